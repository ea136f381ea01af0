import assert from 'node:assert/strict';
import { dbmate } from '../../src/migrations/dbmate.ts';
import { agrees } from './agreement.ts';
import { type NativeSubject, recordsTruly, sameFromFiles } from './command-mode.ts';
import { output, program, type Runner } from './real-tools.ts';

const run = (runner: Runner, ...args: string[]) =>
  output(runner(program('dbmate'), '--no-dump-schema', ...args));

const nothingPending = async (runner: Runner) => assert.match(await run(runner, 'status'), /^Pending: 0$/m);

const lastPending = async (runner: Runner) => {
  const said = await run(runner, 'status');
  assert.deepEqual(said.match(/^\[ \] .*$/gm), ['[ ] 20240101000003_orders_customer_id.sql']);
};

agrees({
  tool: dbmate,
  directory: 'db/migrations',
  tables: ['public.schema_migrations'],
  apart: [],
  up: async (runner) => void (await run(runner, 'migrate')),
  down: async (runner) => void (await run(runner, 'rollback')),
  nothingPending,
  lastPending,
});

const subject: NativeSubject = {
  name: 'dbmate',
  change: ['db/migrations/20240101000002_orders.sql', 'db/migrations/20240101000003_orders_customer_id.sql'],
  rows: "insert into customers select n + 1, 'Öz' from generate_series(1, 50) n",
  up: 'dbmate --no-dump-schema migrate',
  down: 'dbmate --no-dump-schema rollback',
  locks: [/create table orders/i, 'public.customers', 'ShareRowExclusiveLock'],
  history: ['schema_migrations'],
  apart: [],
  nothingPending,
  lastPending,
  directory: 'db/migrations',
  own: /schema_migrations/,
};

recordsTruly(subject);
sameFromFiles(subject);
