/**
 * A program for `node --eval`, with nothing but Node's own modules because a bundle has no file of ours. Its arguments
 * are the run's folder and the cluster's in it; its input tells of programs that begin (`+id`) and end (`-id`). At the
 * input's end it kills those that have not ended, quits the cluster, whose home may be elsewhere, and removes all.
 */
export const JANITOR = `
const { readFileSync, rmSync, existsSync } = require('node:fs');
const { join, basename, isAbsolute } = require('node:path');
const [directory, cluster] = process.argv.slice(1);
const running = new Set();
let rest = '';
process.on('SIGTERM', () => {}).on('SIGINT', () => {}).on('SIGHUP', () => {});
process.stdin.setEncoding('utf8').on('data', (text) => {
  const lines = (rest + text).split('\\n');
  rest = lines.pop();
  for (const line of lines) running[line[0] === '+' ? 'add' : 'delete'](Number(line.slice(1)));
}).on('end', clean);
const send = (id, signal) => { try { return process.kill(id, signal); } catch { return false; } };
const ours = (id, data) => {
  try { return readFileSync('/proc/' + id + '/cmdline', 'utf8').split('\\0').includes(data); } catch { return false; }
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function clean() {
  if (!existsSync(directory)) return;
  for (const id of running) send(id, 'SIGKILL');
  let home = join(cluster, 'server');
  let processes = [];
  try {
    const record = JSON.parse(readFileSync(join(cluster, 'server.json'), 'utf8'));
    if (isAbsolute(record.home) && /^pullgres-server-[0-9a-f]{16}$/.test(basename(record.home))) home = record.home;
    processes = record.processes;
  } catch {}
  const data = join(home, 'data');
  for (const id of processes) {
    for (const [signal, turns] of [['SIGQUIT', 500], ['SIGKILL', 250]]) {
      if (ours(id, data)) send(id, signal);
      for (let turn = 0; turn < turns && ours(id, data); turn++) await sleep(20);
    }
  }
  for (const path of [home, directory]) rmSync(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
}
`;
