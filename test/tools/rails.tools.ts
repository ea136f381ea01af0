import assert from 'node:assert/strict';
import { recordsTruly } from './command-mode.ts';
import { output } from './real-tools.ts';

recordsTruly({
  name: 'rails',
  change: [
    'db/migrate/20240101000002_add_status_to_orders.rb',
    'db/migrate/20240101000003_require_customer_of_orders.rb',
  ],
  up: 'rake db:migrate',
  down: 'rake db:rollback',
  history: ['schema_migrations', 'ar_internal_metadata'],
  apart: ['created_at', 'updated_at'],
  nothingPending: async (run) => void (await output(run('rake', 'db:abort_if_pending_migrations'))),
  lastPending: async (run) => {
    const said = await output(run('rake', 'db:migrate:status'));
    assert.deepEqual(said.match(/^ +down .*$/gm), ['  down    20240101000003  Require customer of orders']);
  },
});
