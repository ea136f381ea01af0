import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workingTree } from '../../src/migrations/file-tree.ts';
import { graphileMigrate } from '../../src/migrations/graphile-migrate.ts';
import { agrees, type Subject } from './agreement.ts';
import { output, program, projectOf, type Runner } from './real-tools.ts';

const run = (runner: Runner, ...args: string[]) => output(runner(program('graphile-migrate'), ...args));

/** Its current.sql is empty: a list of it would have a fourth migration. */
const committed: Subject['tool'] = {
  ...graphileMigrate,
  list: async (...args) =>
    (await graphileMigrate.list(...args)).filter(({ version }) => version !== 'current'),
};

agrees({
  tool: committed,
  directory: 'migrations',
  tables: ['graphile_migrate.migrations', 'graphile_migrate.current'],
  apart: ['date'],
  up: async (runner) => void (await run(runner, 'migrate')),
  nothingPending: async (runner) => assert.match(await run(runner, 'status'), /Up to date/),
});

test('graphile-migrate: the fixture is whole', async () => {
  assert.equal(
    await graphileMigrate.obstacle?.(workingTree(projectOf('graphile-migrate')), 'migrations'),
    undefined,
  );
});
