import { randomBytes } from 'node:crypto';
import { ProviderError } from '../errors.ts';
import type { MaskPlan } from '../masking/mask-plan.ts';
import { byChance, isMoreThanChance, type Overlap } from '../masking/verification/chance.ts';
import { type FingerprintSet, fingerprintSet, type Side } from '../masking/verification/fingerprint-set.ts';
import { controlQuery, realQuery, type Sketch } from '../masking/verification/overlap-queries.ts';
import { distinctOf, samplePercent } from '../masking/verification/sample-query.ts';
import { type SensitiveColumn, sensitiveColumns } from '../masking/verification/sensitive.ts';
import { shareFairly } from '../masking/verification/shares.ts';
import { textHasher } from '../masking/verification/text-hash.ts';
import { tokenReader } from '../masking/verification/tokens.ts';
import { statusOf, type Verdict } from '../masking/verification/verdicts.ts';
import { binaryRows } from '../postgres/copy-binary.ts';
import { thousands } from '../thousands.ts';
import { copyRows, type RowSession } from './copy-rows.ts';
import { placeOf } from './needles.ts';
import type { RowWatch, WatchedColumn } from './watch-rows.ts';

type Session = RowSession & { readonly script: (sql: string) => Promise<void> };

export type OverlapRequest = {
  readonly plan: MaskPlan;
  /** On the source, inside of the transaction with the snapshot, with the masks' keys set. */
  readonly source: Session;
  /** The settings that hold the masks' keys (`MaskKeys.settings`). */
  readonly settings: readonly string[];
  /** Clear values in all, shared fairly between the columns. Default 50,000. */
  readonly sample?: number;
};

const SAMPLE = 50_000;
const ROWS_FOR_A_VALUE = 1.5;

/** The session's setting that holds the run's seed. */
const SEED = 'pullgres.proof_seed';

/** Holds the copy's words against fingerprints of clear values while the scan reads its rows. */
export type OverlapWatch = RowWatch & { readonly verdict: () => Verdict };

/**
 * Takes fingerprints of clear values from the source: the server's own seeded hash of whole values, words of names, and
 * digits without their separators, so that no value leaves the source. Then it waits for the rows of the copy, whose
 * words are hashed here in the same way: hundred times faster than taking them apart in SQL.
 */
export async function watchOverlap(request: OverlapRequest): Promise<OverlapWatch> {
  const columns = sensitiveColumns(request.plan);
  const seed = randomBytes(8).readBigInt64LE();
  const set = fingerprintSet();
  const gaps = await gather(request, { columns, set, seed });
  const tally = tallyOf(set);
  const places: Place[] = [];
  const hash = textHasher(seed);
  let tokens = 0;
  let place: Place | undefined;
  const read = tokenReader((bytes, from, to) => {
    tokens += 1;
    const halves = hash(bytes, from, to);
    const slot = set.find(halves[0] as number, halves[1] as number);
    if (slot >= 0) place?.met.add(slot);
  });
  return {
    watch: (fields) => {
      const here = fields.map((column) => column && { column, met: new Set<number>() });
      places.push(...here.filter((each) => each !== undefined));
      return binaryRows((values) => {
        for (let at = 0; at < values.length; at += 1) {
          const value = values[at];
          place = here[at];
          if (place !== undefined && value !== undefined) read(value);
        }
      });
    },
    miss: (gap) => void gaps.push(gap),
    verdict: () => {
      const problems = places.flatMap((each) => problemsOf(each, { set, columns, tally }));
      const common =
        problems.length === 0
          ? 'no more in common than by chance'
          : `${problems.length} have more in common than by chance`;
      return {
        status: set.size === 0 || tokens === 0 ? 'unproven' : statusOf(problems.length, gaps.length),
        summary: `${thousands(set.size)} fingerprints of ${thousands(columns.length)} sensitive columns and of a control held against ${thousands(tokens)} words in ${thousands(places.length)} columns: ${common}.`,
        problems: [...problems, ...gaps],
      };
    },
  };
}

type Gathering = {
  readonly columns: readonly SensitiveColumn[];
  readonly set: FingerprintSet;
  readonly seed: bigint;
};

type Gaps = { where: string; what: string }[];

/** Real values under the masks' own keys; then the control, under keys that go with the savepoint. */
async function gather(request: OverlapRequest, { columns, set, seed }: Gathering): Promise<Gaps> {
  const { source, settings, sample = SAMPLE } = request;
  const shares = shareFairly(sample, columns.map(distinctOf));
  const gaps: Gaps = [];
  await setting(source, SEED, String(seed));
  const each = async (side: Side): Promise<void> => {
    for (const [number, column] of columns.entries()) {
      if (side === 'control' && column.mask === undefined) continue;
      const sketch: Sketch = {
        fingerprint: fingerprintSql,
        percent: samplePercent(column, (shares[number] ?? 0) * ROWS_FOR_A_VALUE),
      };
      const query = side === 'real' ? realQuery(column, sketch) : controlQuery(column, sketch);
      const gap = await gatherColumn(source, { query, column, number, side, set });
      if (gap !== undefined) gaps.push(gap);
    }
  };
  await each('real');
  await source.script('SAVEPOINT pullgres_control');
  for (const name of settings) await setting(source, name, randomBytes(32).toString('hex'));
  await each('control');
  await source.script('ROLLBACK TO SAVEPOINT pullgres_control');
  return gaps;
}

/** For the transaction, so that a savepoint takes it back. */
async function setting(session: RowSession, name: string, value: string): Promise<void> {
  await session.query('SELECT pg_catalog.set_config($1, $2, true) IS NULL', [name, value]);
}

function fingerprintSql(text: string): string {
  return `pg_catalog.hashtextextended(${text} COLLATE pg_catalog."C", pg_catalog.current_setting('${SEED}')::pg_catalog.int8)`;
}

type Column = { query: string; column: SensitiveColumn; number: number; side: Side; set: FingerprintSet };

/** A column that is refused must not end the transaction for the others. */
async function gatherColumn(
  source: Session,
  { query, column, number, side, set }: Column,
): Promise<Gaps[number] | undefined> {
  const what = `The source refused fingerprints of ${placeOf(column)}`;
  await source.script('SAVEPOINT pullgres_column');
  try {
    await copyRows(source, { query, what }, ([hash, strong]) => {
      if (hash === undefined) return;
      set.add(hash.readInt32BE(0), hash.readInt32BE(4), { side, column: number, strong: strong?.[0] === 1 });
    });
    return undefined;
  } catch (error) {
    if (!(error instanceof ProviderError) || error.retryable) throw error;
    return { where: placeOf(column), what: error.message };
  } finally {
    await source.script('ROLLBACK TO SAVEPOINT pullgres_column');
  }
}

/** A column of the copy with the slots of the fingerprints that were met in it. */
type Place = { readonly column: WatchedColumn; readonly met: Set<number> };

type Tally = (column: number, side: Side, strong: boolean) => number;

function tallyOf(set: FingerprintSet): Tally {
  const known = new Map<string, number>();
  return (column, side, strong) => {
    const key = `${column} ${side} ${strong}`;
    const count = known.get(key) ?? set.count(column, side, strong);
    known.set(key, count);
    return count;
  };
}

type Judging = {
  readonly set: FingerprintSet;
  readonly columns: readonly SensitiveColumn[];
  readonly tally: Tally;
};

function problemsOf(place: Place, { set, columns, tally }: Judging): Verdict['problems'] {
  const found = new Map<string, { real: number; control: number }>();
  for (const slot of place.met) {
    const { column, strong, real, control } = set.entry(slot);
    const key = `${column} ${strong}`;
    const counts = found.get(key) ?? { real: 0, control: 0 };
    found.set(key, counts);
    if (real) counts.real += 1;
    if (control) counts.control += 1;
  }
  return [...found].flatMap(([key, counts]) => {
    const column = Number.parseInt(key, 10);
    const strong = key.endsWith('true');
    const overlap = {
      strong,
      real: tally(column, 'real', strong),
      control: tally(column, 'control', strong),
      realFound: counts.real,
      controlFound: counts.control,
    };
    return isMoreThanChance(overlap) ? [problemOf(place.column, columns[column], overlap)] : [];
  });
}

function problemOf(
  { schema, table, column }: WatchedColumn,
  origin: SensitiveColumn | undefined,
  overlap: Overlap,
): Verdict['problems'][number] {
  const chance = byChance(overlap);
  const of = overlap.strong ? 'fingerprints of values' : 'words';
  const expected =
    chance < 0.5 ? 'none is expected by chance' : `about ${Math.round(chance)} are expected by chance`;
  return {
    where: `${schema}.${table}.${column}`,
    what: `${thousands(overlap.realFound)} of ${thousands(overlap.real)} ${of} of ${origin === undefined ? 'a column' : placeOf(origin)} were met here; ${expected}.`,
  };
}
