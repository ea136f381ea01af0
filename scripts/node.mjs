// Runs the Node 24 that came along as an npm package, whatever Node started this: `node scripts/node.mjs ARGUMENTS`.
// npm 10 makes no node_modules/.bin/node when several platform packages share that name, so it is not relied upon.
// Plain JavaScript, since Node 20 must be able to read it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules');
const system = `${process.platform}-${process.arch}`;
const packaged = ['node', 'node-bin']
  .map((name) => join(modules, `${name}-${system}`, 'bin', 'node'))
  .find((path) => existsSync(path));
const isNewEnough = Number(process.versions.node.split('.')[0]) >= 24;
const program = packaged ?? (isNewEnough ? process.execPath : undefined);

if (program === undefined) {
  console.error(
    `There is no Node 24 package for ${system} in node_modules, and this is Node ${process.versions.node}.`,
  );
  console.error('Run npm ci first; where it brings none, start this with Node 24 or newer.');
  process.exit(1);
}

const path = [dirname(program), process.env.PATH].join(delimiter);
const child = spawn(program, process.argv.slice(2), {
  stdio: 'inherit',
  env: { ...process.env, PATH: path },
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('error', (error) => {
  console.error(error.message);
  process.exitCode = 1;
});
child.on('close', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
