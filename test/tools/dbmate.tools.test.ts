import assert from 'node:assert/strict';
import { dbmate } from '../../src/migrations/dbmate.ts';
import { agrees } from './agreement.ts';
import { output, program, type Runner } from './real-tools.ts';

const run = (runner: Runner, ...args: string[]) =>
  output(runner(program('dbmate'), '--no-dump-schema', ...args));

agrees({
  tool: dbmate,
  directory: 'db/migrations',
  tables: ['public.schema_migrations'],
  apart: [],
  up: async (runner) => void (await run(runner, 'migrate')),
  down: async (runner) => void (await run(runner, 'rollback')),
  nothingPending: async (runner) => assert.match(await run(runner, 'status'), /^Pending: 0$/m),
  lastPending: async (runner) => {
    const said = await run(runner, 'status');
    assert.deepEqual(said.match(/^\[ \] .*$/gm), ['[ ] 20240101000003_orders_customer_id.sql']);
  },
});
