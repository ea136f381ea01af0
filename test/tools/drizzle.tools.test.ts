import assert from 'node:assert/strict';
import { drizzle } from '../../src/migrations/drizzle.ts';
import { agrees } from './agreement.ts';
import { output, program, type Runner } from './real-tools.ts';

const migrate = (run: Runner) =>
  output(run(program('drizzle-kit'), 'migrate', '--config=drizzle.config.mjs'));

// drizzle-kit has no list of what is pending: that a second run changes nothing is what it shows.
agrees({
  tool: drizzle,
  directory: 'drizzle',
  tables: ['drizzle.__drizzle_migrations'],
  apart: [],
  up: async (run) => void (await migrate(run)),
  nothingPending: async (run) => assert.match(await migrate(run), /migrations applied successfully/),
});
