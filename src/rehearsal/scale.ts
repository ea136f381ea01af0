import { type Manifest, NO_MANIFEST } from '../evidence/manifest.ts';
import type { LintRecord, MigrationRun, ObservedStatement, RehearsalRecord } from '../evidence/schema.ts';
import { code } from '../rules/words.ts';
import { blockedBy } from '../sql/effect.ts';
import { round } from './clock.ts';
import { duration } from './duration.ts';
import { percent, roughly, span } from './scale-words.ts';
import type { Size, Sizes } from './sizes.ts';
import { workLock } from './unpredicted.ts';

export type Scale = NonNullable<RehearsalRecord['scale']>;
type Estimate = Scale['estimates'][number];
type Driver = Estimate['driver'];
type Predicted = LintRecord['statements'][number];
type Production = Manifest['tables'][number];

export type ScaleInput = {
  readonly manifest: Manifest | undefined;
  /** What the branch held before the change. */
  readonly sizes: Sizes;
  /** The parents of a partition, for a manifest that tells of the whole table only. */
  readonly parentsOf: (relation: string) => readonly string[];
  readonly migrations: readonly MigrationRun[];
  /** The statements as the lint read them. */
  readonly statements: readonly Predicted[];
};

/** Below these a measurement is mostly what the server does whatever the size. */
const SHORTEST_MS = 50;
const SMALLEST_SHARE = 0.01;

/** What a statement worked on, and what its time depends on. */
type Work = { readonly driver: Driver; readonly relations: readonly string[] };

const CHANGES_ROWS: readonly string[] = [
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
  'CreateTableAsStmt',
];

function changed(predicted: Predicted | undefined): readonly string[] {
  if (predicted === undefined || !CHANGES_ROWS.includes(predicted.kind)) return [];
  const held = predicted.effects.filter(
    ({ kind, lock }) => kind.endsWith('table') && lock === 'RowExclusiveLock',
  );
  return held.map(({ relation }) => relation);
}

function works(statement: ObservedStatement, predicted: Predicted | undefined): readonly Work[] {
  if (predicted?.kind === 'TruncateStmt') return [];
  const { rewrites, scans, builtOn = [], rows = 0, sequential = [] } = statement;
  return [
    { driver: 'bytes', relations: rewrites },
    { driver: 'index bytes', relations: builtOn },
    { driver: 'bytes', relations: scans },
    { driver: 'rows', relations: rows > 0 ? changed(predicted) : [] },
    { driver: 'rows', relations: sequential.map(({ relation }) => relation) },
  ];
}

type Compared = {
  readonly relation: string;
  readonly size: Size;
  readonly production: Production;
};

/** The relation in both, or the nearest ancestor that is: a manifest may tell of a partitioned table as a whole. */
function compare(relation: string, input: ScaleInput): Compared | undefined {
  const production = input.manifest?.tables.find((table) => table.relation === relation);
  const size = input.sizes.get(relation);
  if (size !== undefined && production !== undefined) return { relation, size, production };
  for (const parent of size === undefined ? [] : input.parentsOf(relation)) {
    const found = compare(parent, input);
    if (found !== undefined) return found;
  }
  return undefined;
}

function amount(driver: Driver, { rows, bytes, indexBytes }: Size | Production): number | undefined {
  return { rows, bytes, 'index bytes': indexBytes }[driver];
}

type Drive = { readonly driver: Driver; readonly here: number; readonly there: number };

/** Several relations of one statement (partitions) count together. Rows that nobody counted, and a first index, are replaced by bytes. */
function drive(driver: Driver, compared: readonly Compared[]): Drive {
  const sum = (numbers: readonly (number | undefined)[]) =>
    numbers.reduce<number>((total, number) => total + (number ?? Number.NaN), 0);
  const here = sum(compared.map(({ size }) => amount(driver, size)));
  const there = sum(compared.map(({ production }) => amount(driver, production)));
  return driver === 'bytes' || (here > 0 && there > 0) ? { driver, here, there } : drive('bytes', compared);
}

/**
 * Time grows with what is read and written. The interval is linear, less and more a third for each tenfold (and at least
 * once): measured time holds costs that do not grow, and production's storage may be quicker; but what fits the cache on
 * the branch may not fit it there. A btree is sorted, so the upper end of a build also grows by n log n over n.
 */
function interval(measuredMs: number, { driver, here, there }: Drive) {
  const ratio = there / here;
  const doubt = (4 / 3) ** Math.max(1, Math.abs(Math.log10(ratio)));
  const sorting = driver === 'index bytes' && ratio > 1 && here > 1 ? Math.log(there) / Math.log(here) : 1;
  const linearMs = measuredMs * ratio;
  return { linearMs, lowMs: linearMs / doubt, highMs: linearMs * doubt * sorting };
}

function queue(
  compared: readonly Compared[],
  linearMs: number,
  blocks: { readonly reads: boolean; readonly writes: boolean },
) {
  const count = (isBlocked: boolean, rates: readonly (number | undefined)[]) => {
    const known = rates.filter((rate) => rate !== undefined);
    if (!isBlocked || known.length === 0) return undefined;
    return Math.round((known.reduce((total, rate) => total + rate, 0) * linearMs) / 1000);
  };
  return {
    queuedReads: count(
      blocks.reads,
      compared.map(({ production }) => production.readsPerSecond),
    ),
    queuedWrites: count(
      blocks.writes,
      compared.map(({ production }) => production.writesPerSecond),
    ),
  };
}

function queueWords({ queuedReads, queuedWrites }: ReturnType<typeof queue>): string {
  const parts = [
    ...(queuedReads === undefined ? [] : [`${roughly(queuedReads)} reads`]),
    ...(queuedWrites === undefined ? [] : [`${roughly(queuedWrites)} writes`]),
  ];
  return parts.length === 0 ? '' : `; ${parts.join(' and ')} would queue`;
}

type Note = { readonly kind: 'short' | 'small' | 'empty' | 'unknown'; readonly about: string };

function whereOf({ place }: ObservedStatement): string {
  return `${place.file}:${place.line}`;
}

/** What grows with the data: the statement's time without that in which it waited for other sessions. */
function workedMs({ durationMs, waits = [] }: ObservedStatement): number {
  return round(durationMs - waits.reduce((sum, { ms }) => sum + ms, 0));
}

function estimate(
  statements: readonly ObservedStatement[],
  at: number,
  input: ScaleInput,
): Estimate | Note | undefined {
  const statement = statements[at] as ObservedStatement;
  const { place } = statement;
  const measuredMs = workedMs(statement);
  const predicted = input.statements.find(
    (each) => each.place.file === place.file && each.place.startByte === place.startByte,
  );
  // Tables that the change itself made have no size before it.
  const existing = works(statement, predicted).map(({ driver, relations }) => ({
    driver,
    relations: relations.filter((relation) => input.sizes.has(relation)),
  }));
  const work = existing.find(({ relations }) => relations.length > 0);
  const first = work?.relations[0];
  if (work === undefined || first === undefined) return undefined;
  if (measuredMs < SHORTEST_MS) return { kind: 'short', about: whereOf(statement) };
  const found = new Map(
    work.relations.flatMap((relation) => {
      const compared = compare(relation, input);
      return compared === undefined ? [] : [[compared.relation, compared] as const];
    }),
  );
  if (found.size === 0) return { kind: 'unknown', about: code(first) };
  const compared = [...found.values()];
  const driven = drive(work.driver, compared);
  if (!(driven.here > 0 && driven.there > 0)) return { kind: 'empty', about: code(first) };
  const share = driven.here / driven.there;
  if (share < SMALLEST_SHARE) return { kind: 'small', about: `${code(first)} (${percent(share)})` };
  const { linearMs, lowMs, highMs } = interval(measuredMs, driven);
  const mode = workLock(statements, at, first)?.mode;
  const queued = queue(
    compared,
    linearMs,
    mode === undefined ? { reads: false, writes: false } : blockedBy(mode),
  );
  const names = `${code(compared[0]?.relation ?? first)}${compared.length > 1 ? ` and ${compared.length - 1} more` : ''}`;
  return {
    place,
    relation: compared[0]?.relation ?? first,
    driver: driven.driver,
    share,
    measuredMs,
    lowMs: round(lowMs),
    highMs: round(highMs),
    ...(queued.queuedReads === undefined ? {} : { queuedReads: queued.queuedReads }),
    ...(queued.queuedWrites === undefined ? {} : { queuedWrites: queued.queuedWrites }),
    words: `The branch holds ${percent(share)} of the ${driven.driver} of ${names}: ${duration(measuredMs)} here, ${span(lowMs, highMs)} in production${queueWords(queued)}.`,
  };
}

const NOTE_WORDS: Readonly<Record<Note['kind'], (about: string) => string>> = {
  short: (about) => `Under ${SHORTEST_MS} ms is too short to extrapolate from: ${about}.`,
  small: (about) =>
    `The branch holds under ${percent(SMALLEST_SHARE)} of production, too little to extrapolate from: ${about}.`,
  empty: (about) => `The branch or production holds nothing of it, so nothing is extrapolated: ${about}.`,
  unknown: (about) => `The manifest does not tell of ${about}.`,
};

/** Names of one kind are listed in one sentence. */
const LISTED = 10;

function noteWords(notes: readonly Note[]): readonly string[] {
  return (Object.keys(NOTE_WORDS) as Note['kind'][]).flatMap((kind) => {
    const about = [...new Set(notes.filter((note) => note.kind === kind).map((note) => note.about))];
    const more = about.length > LISTED ? ` and ${about.length - LISTED} more` : '';
    return about.length === 0 ? [] : [NOTE_WORDS[kind](`${about.slice(0, LISTED).join(', ')}${more}`)];
  });
}

/**
 * What the statements that rewrote, built, scanned or changed rows of existing tables would take in production, by the
 * sizes in the manifest. Without a manifest nothing is extrapolated, which `source` says.
 */
export function extrapolate(input: ScaleInput): Scale {
  const { manifest, migrations } = input;
  if (manifest === undefined) return { source: NO_MANIFEST, estimates: [] };
  const results = migrations.flatMap(({ statements }) =>
    statements.flatMap((_, at) => estimate(statements, at, input) ?? []),
  );
  const notes = noteWords(results.filter((result) => 'kind' in result));
  return {
    source: `${manifest.source}, ${manifest.takenAt.slice(0, 10)}`,
    estimates: results.filter((result) => 'words' in result),
    ...(notes.length === 0 ? {} : { notes }),
  };
}
