import assert from 'node:assert/strict';
import { recordsTruly } from './command-mode.ts';
import { output } from './real-tools.ts';

recordsTruly({
  name: 'knex',
  change: [
    'migrations/20240101000002_order_status.js',
    'migrations/20240101000003_order_customer_required.js',
  ],
  up: 'knex migrate:latest',
  down: 'knex migrate:down',
  history: ['knex_migrations', 'knex_migrations_lock'],
  apart: ['migration_time'],
  nothingPending: async (run) =>
    assert.match(await output(run('knex', 'migrate:list')), /^No Pending Migration files Found\.$/m),
  lastPending: async (run) => {
    const said = await output(run('knex', 'migrate:list'));
    assert.match(
      said,
      /^Found 1 Pending Migration file\/files\.\n20240101000003_order_customer_required\.js/m,
    );
  },
});
