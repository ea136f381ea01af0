import type { Evidence } from '../../src/evidence/schema.ts';
import { findingOf, judged, lintOf, observedOf, placeOf, statementOf } from './evidence.ts';

const TABLES = ['orders', 'order_items', 'customers', 'invoices', 'shipments', 'refunds', 'audit_log'];
const MODES = [
  'AccessExclusiveLock',
  'ShareLock',
  'ShareUpdateExclusiveLock',
  'ShareRowExclusiveLock',
] as const;

/** A pull request of many migrations with as many statements each, every one predicted, observed and of a lock. */
export function manyMigrations(migrations: number, statements: number): Evidence {
  const files = Array.from(
    { length: migrations },
    (_, at) => `db/migrations/${String(at + 101).padStart(4, '0')}_change_${TABLES[at % TABLES.length]}.sql`,
  );
  const all = files.flatMap((file, at) =>
    Array.from({ length: statements }, (_, number) => statementAt(file, at, number)),
  );
  return judged({
    migrations: { tool: 'sql', directory: 'db/migrations', added: files, altered: [], base: 100 },
    lint: lintOf({
      status: 'failed',
      files,
      statements: all.map(({ predicted }) => predicted),
      findings: all
        .filter((_, at) => at % statements === 0)
        .map(({ predicted: { place }, relation }, at) =>
          findingOf({ place, relation, fingerprint: at.toString(16).padStart(16, '0') }),
        ),
    }),
    rehearsal: {
      status: 'passed',
      findings: [],
      migrations: files.map((file, at) => ({
        version: String(at + 101),
        file,
        outcome: 'applied',
        durationMs: 60 + 30 * statements,
        statements: all
          .filter(({ predicted }) => predicted.place.file === file)
          .map(({ observed }) => observed),
        walBytes: 8192 * at,
      })),
    },
  });
}

function statementAt(file: string, migration: number, number: number) {
  const relation = `public.${TABLES[(migration + number) % TABLES.length]}`;
  const mode = MODES[(migration * 3 + number) % MODES.length] ?? 'ShareLock';
  const columns = Array.from({ length: 8 }, (_, at) => `  ADD COLUMN note_${number}_${at} text`);
  const sql = `ALTER TABLE ${relation}\n${columns.join(',\n')}`;
  const place = placeOf(file, 1 + number * 10, sql, number * 500);
  const from = 10 + 30 * number;
  const to = from + 5 + ((migration * 7 + number * 13) % 60);
  const effect = {
    relation,
    kind: 'table',
    rewrite: false,
    scan: false,
    dataLoss: false,
    why: 'adds columns',
  };
  return {
    relation,
    predicted: statementOf({ place, sql, kind: 'AlterTableStmt', effects: [{ ...effect, lock: mode }] }),
    observed: observedOf({
      place,
      sql,
      durationMs: to - from,
      from,
      locks: [{ relation, mode, heldMs: to - from, from, to }],
      agreement: { status: 'agrees', missing: [], unexpected: [] },
    }),
  };
}
