import assert from 'node:assert/strict';
import { sqitch } from '../../src/migrations/sqitch.ts';
import { agrees } from './agreement.ts';
import { type NativeSubject, recordsTruly, sameFromFiles } from './command-mode.ts';
import { output, type Runner } from './real-tools.ts';

/** Debian's sqitch, whose target is the database of the environment. */
const run = (runner: Runner, ...args: string[]) => output(runner('sqitch', ...args));

const tables = ['releases', 'projects', 'changes', 'tags', 'dependencies', 'events'].map(
  (name) => `sqitch.${name}`,
);

const apart = [
  ...['committed_at', 'committer_name', 'committer_email', 'created_at', 'creator_name', 'creator_email'],
  ...['installed_at', 'installer_name', 'installer_email'],
];

const nothingPending = async (runner: Runner) => {
  assert.match(await run(runner, 'status', 'db:pg:'), /Nothing to deploy \(up-to-date\)/);
  assert.match(await run(runner, 'check', 'db:pg:'), /Check successful/);
};

const lastPending = async (runner: Runner) => {
  const { output } = await runner('sqitch', 'status', 'db:pg:');
  assert.match(output, /Undeployed change:\n.* \* orders @v1\.1/s);
};

agrees({
  tool: sqitch,
  directory: '.',
  tables,
  uncommented: true,
  apart,
  up: async (runner) => void (await run(runner, 'deploy', 'db:pg:')),
  down: async (runner) => void (await run(runner, 'revert', '-y', '--to', '@HEAD^', 'db:pg:')),
  nothingPending,
  lastPending,
});

const subject: NativeSubject = {
  name: 'sqitch',
  change: [],
  first: 'sqitch deploy --to customers db:pg:',
  rows: "insert into customers select n + 1, 'Öz' from generate_series(1, 50) n",
  up: 'sqitch deploy db:pg:',
  down: 'sqitch revert -y --to @HEAD^ db:pg:',
  locks: [/create table orders/i, 'public.customers', 'ShareRowExclusiveLock'],
  history: tables,
  apart,
  nothingPending,
  lastPending,
  directory: '.',
  own: /sqitch\./,
};

recordsTruly(subject);
sameFromFiles(subject);
