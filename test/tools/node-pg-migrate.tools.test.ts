import assert from 'node:assert/strict';
import { nodePgMigrate } from '../../src/migrations/node-pg-migrate.ts';
import { agrees } from './agreement.ts';
import { output, program, type Runner } from './real-tools.ts';

const migrate = (run: Runner, ...args: string[]) => output(run(program('node-pg-migrate'), ...args));

agrees({
  tool: nodePgMigrate,
  directory: 'migrations',
  tables: ['public.pgmigrations'],
  apart: ['id', 'run_on'],
  up: async (run) => void (await migrate(run, 'up')),
  down: async (run) => void (await migrate(run, 'down')),
  nothingPending: async (run) => assert.match(await migrate(run, 'up', '--dry-run'), /No migrations to run!/),
  lastPending: async (run) => {
    const said = await migrate(run, 'up', '--dry-run');
    assert.deepEqual(said.match(/^> - .*$/gm), ['> - 20240101120000000_paid-at']);
  },
});
