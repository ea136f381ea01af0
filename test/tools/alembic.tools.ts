import assert from 'node:assert/strict';
import { recordsTruly } from './command-mode.ts';
import { output } from './real-tools.ts';

/** Debian's Python, which has Debian's Alembic. */
const ALEMBIC = '/usr/bin/python3 -m alembic';

recordsTruly({
  name: 'alembic',
  change: ['migrations/versions/0002_order_status.py', 'migrations/versions/0003_order_customer_required.py'],
  up: `${ALEMBIC} upgrade head`,
  down: `${ALEMBIC} downgrade -1`,
  history: ['alembic_version'],
  apart: [],
  nothingPending: async (run) =>
    assert.match(await output(run('sh', '-c', `${ALEMBIC} current`)), /^0003 \(head\)$/m),
  lastPending: async (run) => assert.match(await output(run('sh', '-c', `${ALEMBIC} current`)), /^0002$/m),
});
