import assert from 'node:assert/strict';
import { nodePgMigrate } from '../../src/migrations/node-pg-migrate.ts';
import { agrees } from './agreement.ts';
import { type NativeSubject, recordsTruly, sameFromFiles } from './command-mode.ts';
import { output, program, type Runner } from './real-tools.ts';

const migrate = (run: Runner, ...args: string[]) => output(run(program('node-pg-migrate'), ...args));

const nothingPending = async (run: Runner) =>
  assert.match(await migrate(run, 'up', '--dry-run'), /No migrations to run!/);

const lastPending = async (run: Runner) => {
  const said = await migrate(run, 'up', '--dry-run');
  assert.deepEqual(said.match(/^> - .*$/gm), ['> - 20240101120000000_paid-at']);
};

agrees({
  tool: nodePgMigrate,
  directory: 'migrations',
  tables: ['public.pgmigrations'],
  apart: ['id', 'run_on'],
  up: async (run) => void (await migrate(run, 'up')),
  down: async (run) => void (await migrate(run, 'down')),
  nothingPending,
  lastPending,
});

const LAST = 'migrations/20240101120000000_paid-at.sql';

const subject: NativeSubject = {
  name: 'node-pg-migrate',
  change: ['migrations/1700000000002_orders.sql', LAST],
  rows: "insert into customers select n + 1, 'Öz' from generate_series(1, 50) n",
  up: 'node-pg-migrate up',
  down: 'node-pg-migrate down',
  locks: [/create table orders/i, 'public.customers', 'ShareRowExclusiveLock'],
  history: ['pgmigrations'],
  apart: ['id', 'run_on'],
  nothingPending,
  lastPending,
  directory: 'migrations',
  own: /pgmigrations/,
};

recordsTruly(subject);
// All that is pending goes in one transaction, and files are rehearsed each in its own: one file is the same in both.
sameFromFiles({ ...subject, change: [LAST] });
