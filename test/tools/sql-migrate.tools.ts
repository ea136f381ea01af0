import assert from 'node:assert/strict';
import { sqlMigrate } from '../../src/migrations/sql-migrate.ts';
import { agrees } from './agreement.ts';
import { output, type Runner } from './real-tools.ts';

/** Debian's sql-migrate reads dbconfig.yml, which takes the connection from the environment. */
const run = (runner: Runner, ...args: string[]) => output(runner('sql-migrate', ...args));

agrees({
  tool: sqlMigrate,
  directory: 'migrations',
  tables: ['public.gorp_migrations'],
  apart: ['applied_at'],
  up: async (runner) => void (await run(runner, 'up')),
  down: async (runner) => void (await run(runner, 'down')),
  nothingPending: async (runner) => {
    const said = await run(runner, 'status');
    assert.doesNotMatch(said, /\bno\b/);
    assert.equal(said.match(/\.sql/g)?.length, 3, said);
  },
  lastPending: async (runner) => {
    const said = await run(runner, 'status');
    assert.deepEqual(said.match(/\S+\.sql(?= +\| no)/g), ['10-orders-customer-id.sql']);
  },
});
