import assert from 'node:assert/strict';
import { sqitch } from '../../src/migrations/sqitch.ts';
import { agrees } from './agreement.ts';
import { output, type Runner } from './real-tools.ts';

/** Debian's sqitch, whose target is the database of the environment. */
const run = (runner: Runner, ...args: string[]) => output(runner('sqitch', ...args));

agrees({
  tool: sqitch,
  directory: '.',
  tables: ['releases', 'projects', 'changes', 'tags', 'dependencies', 'events'].map(
    (name) => `sqitch.${name}`,
  ),
  uncommented: true,
  apart: [
    ...['committed_at', 'committer_name', 'committer_email', 'created_at', 'creator_name', 'creator_email'],
    ...['installed_at', 'installer_name', 'installer_email'],
  ],
  up: async (runner) => void (await run(runner, 'deploy', 'db:pg:')),
  down: async (runner) => void (await run(runner, 'revert', '-y', '--to', '@HEAD^', 'db:pg:')),
  nothingPending: async (runner) => {
    assert.match(await run(runner, 'status', 'db:pg:'), /Nothing to deploy \(up-to-date\)/);
    assert.match(await run(runner, 'check', 'db:pg:'), /Check successful/);
  },
  lastPending: async (runner) => {
    const { output } = await runner('sqitch', 'status', 'db:pg:');
    assert.match(output, /Undeployed change:\n.* \* orders @v1\.1/s);
  },
});
