import assert from 'node:assert/strict';
import { recordsTruly } from './command-mode.ts';
import type { Runner } from './real-tools.ts';

/** Exit code 1 when some are pending (typeorm, MigrationShowCommand). */
async function shown(run: Runner): Promise<string> {
  return (await run('typeorm', 'migration:show', '-d', 'data-source.js')).output;
}

recordsTruly({
  name: 'typeorm',
  change: ['migrations/1704067200002-OrderStatus.js', 'migrations/1704067200003-OrderCustomerRequired.js'],
  up: 'typeorm migration:run -d data-source.js',
  down: 'typeorm migration:revert -d data-source.js',
  history: ['migrations'],
  apart: [],
  nothingPending: async (run) => {
    const lines = (await shown(run)).match(/^\[.\].*$/gm) ?? [];
    assert.deepEqual(
      lines.map((line) => line.slice(0, 3)),
      ['[X]', '[X]', '[X]'],
    );
  },
  lastPending: async (run) =>
    assert.deepEqual((await shown(run)).match(/^\[ \].*$/gm), ['[ ] OrderCustomerRequired1704067200003']),
});
