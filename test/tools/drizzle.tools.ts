import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drizzle } from '../../src/migrations/drizzle.ts';
import { agrees } from './agreement.ts';
import { type NativeSubject, recordsTruly, sameFromFiles } from './command-mode.ts';
import { fixtureOf, output, program, type Runner } from './real-tools.ts';

const migrate = (run: Runner) =>
  output(run(program('drizzle-kit'), 'migrate', '--config=drizzle.config.mjs'));

// drizzle-kit has no list of what is pending: that a second run changes nothing is what it shows.
const nothingPending = async (run: Runner) =>
  assert.match(await migrate(run), /migrations applied successfully/);

agrees({
  tool: drizzle,
  directory: 'drizzle',
  tables: ['drizzle.__drizzle_migrations'],
  apart: [],
  up: async (run) => void (await migrate(run)),
  nothingPending,
});

const JOURNAL = 'drizzle/meta/_journal.json';

const LAST = 'drizzle/0002_paid_at.sql';

/** Cuts the journal to its first entries. */
const keepEntries = (count: number) => (folder: string) => {
  const journal = JSON.parse(readFileSync(join(fixtureOf('drizzle'), JOURNAL), 'utf8'));
  writeFileSync(
    join(folder, JOURNAL),
    JSON.stringify({ ...journal, entries: journal.entries.slice(0, count) }),
  );
};

const subject: NativeSubject = {
  name: 'drizzle',
  change: ['drizzle/0001_reference.sql', LAST, JOURNAL],
  without: keepEntries(1),
  rows: `
    insert into customers select n + 1, 'Öz' from generate_series(1, 50) n;
    insert into orders select id, id from customers`,
  up: 'drizzle-kit migrate --config=drizzle.config.mjs',
  locks: [/add constraint/i, 'public.customers', 'ShareRowExclusiveLock'],
  history: ['drizzle.__drizzle_migrations'],
  apart: [],
  nothingPending,
  directory: 'drizzle',
  own: /__drizzle_migrations|create schema/i,
};

recordsTruly(subject);
// All that is pending goes in one transaction, and files are rehearsed each in its own: one file is the same in both.
sameFromFiles({ ...subject, change: [LAST, JOURNAL], without: keepEntries(2) });
