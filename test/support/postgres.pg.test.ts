import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

const SUPPORT = new URL('./postgres.ts', import.meta.url).href;

/** Ways for a test file to end; all but the last have their server up by then. */
const ENDS: Readonly<Record<string, string>> = {
  'a test that passes': `test('x', start);`,
  'a test that fails': `test('x', async () => { await start(); throw new Error('failed'); });`,
  'an exit in the middle': `test('x', async () => { await start(); process.exit(1); });`,
  'an error that nobody caught': `await start(); setTimeout(() => { throw new Error('uncaught'); });`,
  'a termination': `await start(); process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000);`,
  'a kill': `await start(); process.kill(process.pid, 'SIGKILL');`,
  'an interrupt while it starts': `console.log('UP'); start();
    setTimeout(() => process.kill(process.pid, 'SIGINT'), 150); setInterval(() => {}, 1000);`,
};

const PROGRAM = `import { test } from 'node:test';
  import { freshDatabase } from ${JSON.stringify(SUPPORT)};
  async function start() { console.log('UP', (await freshDatabase()).database); }
  `;

function processesWith(text: string): string[] {
  const all = execFileSync('ps', ['-ww', '-A', '-o', 'pid=,command='], { encoding: 'utf8' });
  return all.split('\n').filter((line) => line.includes(text));
}

test('however a test file ends, its server and folder are gone', async (t) => {
  for (const [name, end] of Object.entries(ENDS)) {
    await t.test(name, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'pullgres-test-support-'));
      chmodSync(folder, 0o755);
      const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
      const child = spawnSync(process.execPath, ['--input-type=module', '--eval', PROGRAM + end], {
        env: { ...environment, TMPDIR: folder },
        encoding: 'utf8',
        timeout: 60_000,
      });
      const left = (): string[] => [...readdirSync(folder), ...processesWith(folder)];
      for (let turn = 0; turn < 300 && left().length > 0; turn++) await sleep(50);
      const found = left();
      rmSync(folder, { recursive: true });
      const said = `${child.stdout}\n${child.stderr}`;
      assert.match(child.stdout, /UP/, said);
      assert.deepEqual(found, [], said);
    });
  }
});
