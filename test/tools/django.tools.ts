import assert from 'node:assert/strict';
import { recordsTruly } from './command-mode.ts';
import { output, type Runner } from './real-tools.ts';

/** Debian's Python, which has Debian's Django. */
const MANAGE = '/usr/bin/python3 manage.py';
const manage = (run: Runner, ...args: string[]) => output(run('/usr/bin/python3', 'manage.py', ...args));

recordsTruly({
  name: 'django',
  change: ['shop/migrations/0002_order_status.py', 'shop/migrations/0003_order_customer_required.py'],
  up: `${MANAGE} migrate`,
  down: `${MANAGE} migrate shop 0002`,
  history: ['django_migrations'],
  apart: ['applied'],
  nothingPending: async (run) => {
    await manage(run, 'migrate', '--check');
    assert.match(await manage(run, 'makemigrations', '--check', '--dry-run'), /^No changes detected$/m);
  },
  lastPending: async (run) => {
    const said = await manage(run, 'showmigrations', '--plan');
    assert.deepEqual(said.match(/^\[ \] .*$/gm), ['[ ]  shop.0003_order_customer_required']);
  },
});
