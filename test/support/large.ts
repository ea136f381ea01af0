import type { Evidence } from '../../src/evidence/schema.ts';
import { findingOf, judged, lintOf, observedOf, placeOf, statementOf, testsOf } from './evidence.ts';

/** A statement of 21 lines. */
const SQL = `ALTER TABLE orders\n${Array.from({ length: 20 }, (_, line) => `  ADD COLUMN c${line} text`).join(',\n')}`;

/** A change of many migrations with five statements and five findings each, rehearsed and measured. */
export function largeEvidence(migrations = 200): Evidence {
  const files = Array.from(
    { length: migrations },
    (_, index) => `db/migrations/${String(index).padStart(4, '0')}.sql`,
  );
  const places = files.flatMap((file) =>
    Array.from({ length: 5 }, (_, index) => placeOf(file, 1 + index * 30, SQL, index * 500)),
  );
  return judged({
    migrations: { tool: 'sql', directory: 'db', added: files, altered: [], base: 0 },
    lint: lintOf({
      status: 'failed',
      files,
      statements: places.map((place) => statementOf({ place, sql: SQL })),
      findings: places.map((place) => findingOf({ place })),
    }),
    rehearsal: {
      status: 'passed',
      findings: [],
      ...measuredParts(files, places),
      migrations: files.map((file) => ({
        version: file,
        file,
        outcome: 'applied' as const,
        durationMs: 10,
        statements: places.filter((place) => place.file === file).map((place) => observed(place)),
      })),
    },
    tests: testsOf({ counts: { passed: 1280, failed: 0, errored: 0, skipped: 4 }, durationMs: 41_200 }),
  });
}

type Place = ReturnType<typeof placeOf>;
type Rehearsal = NonNullable<Evidence['rehearsal']>;

function observed(place: Place) {
  const lock = { relation: 'public.orders', mode: 'ShareLock', heldMs: 1.5, from: 0.1, to: 1.6 } as const;
  return observedOf({ place, sql: SQL, durationMs: 2, from: 0.1, locks: [lock], scans: ['public.orders'] });
}

function measuredParts(
  files: readonly string[],
  places: readonly Place[],
): Pick<Rehearsal, 'contention' | 'scale' | 'deploy' | 'schema'> {
  const waited = { reads: 30, writes: 40, longestReadMs: 5, longestWriteMs: 1500, queuedReads: 7 };
  const grown = { driver: 'rows', share: 0.1, measuredMs: 2, lowMs: 20, highMs: 30 } as const;
  return {
    contention: {
      status: 'measured',
      tables: files.map((_, index) => ({ relation: `public.t${index}`, ...waited })),
    },
    scale: {
      source: 'manifest of 2026-11-20',
      estimates: places.map((place) => ({
        place,
        relation: 'public.orders',
        ...grown,
        words: '20 to 30 ms',
      })),
    },
    deploy: {
      tables: files.map((_, index) => ({ relation: `public.t${index}`, mode: 'ShareLock', heldMs: 9 })),
      advice: files.map((file) => `Apply \`${file}\` alone.`),
    },
    schema: files.map((_, index) => ({
      change: 'altered',
      kind: 'table',
      name: `public.t${index}`,
      removed: [],
      added: ['c0 text', 'c1 text'],
    })),
  };
}
