import assert from 'node:assert/strict';
import { recordsTruly } from './command-mode.ts';
import { output } from './real-tools.ts';

recordsTruly({
  name: 'sequelize',
  change: [
    'migrations/20240101000002-order-status.js',
    'migrations/20240101000003-order-customer-required.js',
  ],
  up: 'sequelize db:migrate',
  down: 'sequelize db:migrate:undo',
  history: ['"SequelizeMeta"'],
  apart: [],
  nothingPending: async (run) => {
    const said = await output(run('sequelize', 'db:migrate:status'));
    assert.equal(said.match(/^up /gm)?.length, 3);
    assert.doesNotMatch(said, /^down /m);
  },
  lastPending: async (run) => {
    const said = await output(run('sequelize', 'db:migrate:status'));
    assert.deepEqual(said.match(/^down .*$/gm), ['down 20240101000003-order-customer-required.js']);
  },
});
