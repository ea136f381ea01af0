import assert from 'node:assert/strict';
import { join } from 'node:path';
import { liquibase } from '../../src/migrations/liquibase.ts';
import { agrees } from './agreement.ts';
import { installed, output, type Runner } from './real-tools.ts';

/** What npm's package brings besides its wrapper: Liquibase itself. */
const LIQUIBASE = join('liquibase', 'dist', 'liquibase', 'liquibase');

const run = (runner: Runner, ...args: string[]) =>
  output(runner(installed(LIQUIBASE), '--headless=true', '--show-banner=false', '--log-level=off', ...args));

agrees({
  tool: liquibase,
  directory: 'db/changelog',
  tables: ['public.databasechangelog', 'public.databasechangeloglock'],
  apart: ['dateexecuted', 'deployment_id', 'liquibase'],
  up: async (runner) => void (await run(runner, 'update')),
  down: async (runner) => void (await run(runner, 'rollback-count', '--count=1')),
  nothingPending: async (runner) => {
    assert.match(await run(runner, 'status', '--verbose'), /is up to date/);
    assert.match(await run(runner, 'validate'), /No validation errors found/);
  },
  lastPending: async (runner) => {
    const said = await run(runner, 'status', '--verbose');
    assert.deepEqual(said.match(/\S+::\S+::\S+/g), ['db/changelog/002-index.sql::1::ben']);
  },
});
