import assert from 'node:assert/strict';
import { test } from 'node:test';
import { workingTree } from '../../src/migrations/file-tree.ts';
import { graphileMigrate } from '../../src/migrations/graphile-migrate.ts';
import { agrees, type Subject } from './agreement.ts';
import { type NativeSubject, recordsTruly, sameFromFiles } from './command-mode.ts';
import { output, program, projectOf, type Runner } from './real-tools.ts';

const run = (runner: Runner, ...args: string[]) => output(runner(program('graphile-migrate'), ...args));

const nothingPending = async (runner: Runner) => assert.match(await run(runner, 'status'), /Up to date/);

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
  nothingPending,
});

test('graphile-migrate: the fixture is whole', async () => {
  assert.equal(
    await graphileMigrate.obstacle?.(workingTree(projectOf('graphile-migrate')), 'migrations'),
    undefined,
  );
});

const subject: NativeSubject = {
  name: 'graphile-migrate',
  change: ['migrations/committed/000002-index.sql', 'migrations/committed/000003.sql'],
  rows: "insert into customers select n + 1, 'Öz' from generate_series(1, 50) n",
  // It wants a shadow database to be named, and does not use it here.
  up: 'SHADOW_DATABASE_URL=postgres:///shadow graphile-migrate migrate',
  locks: [/create table orders/i, 'public.customers', 'ShareRowExclusiveLock'],
  history: ['graphile_migrate.migrations', 'graphile_migrate.current'],
  apart: ['date'],
  nothingPending,
  directory: 'migrations',
  own: /graphile_migrate/,
};

recordsTruly(subject);
// The files' rehearsal notes that current.sql is empty, and `migrate` leaves it alone.
sameFromFiles({ ...subject, history: ['graphile_migrate.migrations'] });
