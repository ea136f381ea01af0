import { randomBytes } from 'node:crypto';
import { ProviderError } from '../errors.ts';
import type { MaskPlan } from '../masking/mask-plan.ts';
import { byChance, isMoreThanChance, type Overlap } from '../masking/verification/chance.ts';
import { type FingerprintSet, fingerprintSet, type Side } from '../masking/verification/fingerprint-set.ts';
import {
  controlQuery,
  realQuery,
  type Sketch,
  type TargetColumn,
  tokensQuery,
} from '../masking/verification/overlap-queries.ts';
import { distinctOf } from '../masking/verification/sample-query.ts';
import { type SensitiveColumn, sensitiveColumns } from '../masking/verification/sensitive.ts';
import { statusOf, type Verdict } from '../masking/verification/verdicts.ts';
import { thousands } from '../thousands.ts';
import { copyRows, type RowSession } from './copy-rows.ts';
import { fingerprintSql, RUN_KEY } from './fingerprints.ts';
import { placeOf } from './needles.ts';

type Session = RowSession & {
  readonly serverVersion: number;
  readonly script: (sql: string) => Promise<void>;
};

export type OverlapRequest = {
  readonly plan: MaskPlan;
  /** On the source, inside of the transaction with the snapshot, with the masks' keys set. */
  readonly source: Session;
  /** An administrator's in the filled database. */
  readonly target: Session;
  /** The settings that hold the masks' keys (`MaskKeys.settings`). */
  readonly settings: readonly string[];
  /** Most fingerprints that are kept, 30 bytes each; of more an equal part of both sides is compared. Default 2,000,000. */
  readonly most?: number;
};

const MOST = 2_000_000;

/** By the type below domains. What is left out has no words: truth values, times, fractions, geometry. */
const COLUMNS = `
  WITH RECURSIVE base AS (
    SELECT oid, oid AS below FROM pg_catalog.pg_type WHERE typtype <> 'd'
    UNION ALL SELECT d.oid, b.below FROM pg_catalog.pg_type d JOIN base b ON b.oid = d.typbasetype WHERE d.typtype = 'd')
  SELECT * FROM (
    SELECT n.nspname AS schema, c.relname AS table, a.attname AS column,
      CASE WHEN t.typname IN ('json', 'jsonb') THEN 'json' WHEN t.typname = 'hstore' THEN 'hstore' WHEN t.typcategory = 'A' THEN 'array'
        WHEN t.typtype = 'c' THEN 'composite' WHEN t.typcategory = 'S' OR t.typname IN ('xml', 'citext') THEN 'text'
        WHEN t.typname IN ('int8', 'numeric') THEN 'integer' WHEN t.typname IN ('uuid', 'inet', 'cidr', 'tsvector', 'ltree') THEN 'other' END AS category
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN base ON base.oid = a.atttypid JOIN pg_catalog.pg_type t ON t.oid = base.below
    WHERE c.relkind IN ('r', 'm') AND c.relispopulated AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_(toast|temp)'
    ORDER BY c.oid, a.attnum) AS columns WHERE category IS NOT NULL`;

/**
 * Holds fingerprints of the clear values against fingerprints of all that stands in the copy: whole values, words,
 * members of JSON, digits without their separators. Clear values stay in the source; the key lasts as long as the run.
 */
export async function proveOverlap(request: OverlapRequest): Promise<Verdict> {
  const { source, target, plan } = request;
  const columns = sensitiveColumns(plan);
  const sketch = sketchFor(columns, request.most ?? MOST);
  await setRunKey([source, target], randomBytes(32).toString('hex'));
  const set = fingerprintSet();
  const gaps = await gather(request, { columns, sketch, set });
  const problems: { where: string; what: string }[] = [];
  const places = (await target.query(COLUMNS)).rows as unknown as readonly TargetColumn[];
  let tokens = 0;
  for (const place of places) {
    const found = await meetAll(target, { place, sketch, set });
    if (found.gap !== undefined) gaps.push(found.gap);
    tokens += found.tokens;
    for (const [key, counts] of found.counts) {
      const strong = key.endsWith('strong');
      const column = Number.parseInt(key, 10);
      const overlap = { ...totals(set, column, strong), ...counts, strong };
      if (isMoreThanChance(overlap)) problems.push(problemOf(place, columns[column], overlap));
    }
  }
  const part = sketch.thinning === 0 ? '' : `, one in ${2 ** sketch.thinning} of them`;
  return {
    status: set.size === 0 ? 'unproven' : statusOf(problems.length, gaps.length),
    summary: `Fingerprints of ${thousands(columns.length)} sensitive columns (${thousands(set.size)}${part}, half of them a control) held against ${thousands(tokens)} words in ${thousands(places.length)} columns: ${problems.length === 0 ? 'no more in common than by chance' : `${problems.length} columns have more in common than by chance`}.`,
    problems: [...problems, ...gaps],
  };
}

/** Both sides keep the same part of all fingerprints, so that what is kept of one is found in the other. */
function sketchFor(columns: readonly SensitiveColumn[], most: number): Sketch {
  // The value, its digits, and the control's.
  const expected = columns.reduce((sum, column) => sum + Math.min(distinctOf(column), 2 ** 40), 0) * 3;
  return {
    fingerprint: fingerprintSql,
    thinning: Math.max(0, Math.ceil(Math.log2(expected / most))),
    seed: randomBytes(8)
      .readBigInt64LE()
      .toString()
      .replace(/^-(.*)$/, '(-$1)'),
  };
}

async function setRunKey(sessions: readonly RowSession[], key: string): Promise<void> {
  for (const session of sessions) {
    await session.query('SELECT pg_catalog.set_config($1, $2, false) IS NULL', [RUN_KEY, key]);
  }
}

type Gathering = {
  readonly columns: readonly SensitiveColumn[];
  readonly sketch: Sketch;
  readonly set: FingerprintSet;
};

type Gaps = { where: string; what: string }[];

/** Real values under the masks' own keys; then the control, under keys that go with the savepoint. */
async function gather({ source, settings }: OverlapRequest, gathering: Gathering): Promise<Gaps> {
  const gaps: Gaps = [];
  const { columns, sketch } = gathering;
  const each = async (side: Side, queryOf: (column: SensitiveColumn) => string): Promise<void> => {
    for (const [number, column] of columns.entries()) {
      if (side === 'control' && column.mask === undefined) continue;
      await source.script('SAVEPOINT pullgres_column');
      try {
        await gatherColumn(source, { query: queryOf(column), column, number, side, set: gathering.set });
      } catch (error) {
        if (!(error instanceof ProviderError) || error.retryable) throw error;
        gaps.push({ where: placeOf(column), what: error.message });
      }
      await source.script('ROLLBACK TO SAVEPOINT pullgres_column');
    }
  };
  await each('real', (column) => realQuery(column, sketch));
  await source.script('SAVEPOINT pullgres_control');
  for (const setting of settings) {
    const other = randomBytes(32).toString('hex');
    await source.query('SELECT pg_catalog.set_config($1, $2, true) IS NULL', [setting, other]);
  }
  await each('control', (column) => controlQuery(column, sketch));
  await source.script('ROLLBACK TO SAVEPOINT pullgres_control');
  return gaps;
}

async function gatherColumn(
  source: RowSession,
  gathered: { query: string; column: SensitiveColumn; number: number; side: Side; set: FingerprintSet },
): Promise<void> {
  const { query, column, number, side, set } = gathered;
  const what = `The source refused fingerprints of ${placeOf(column)}`;
  await copyRows(source, { query, what }, ([bytes, strong]) => {
    if (bytes !== undefined) set.add(bytes, { side, column: number, strong: strong?.[0] === 1 });
  });
}

type Counts = { realFound: number; controlFound: number };

async function meetAll(
  target: Session,
  { place, sketch, set }: { place: TargetColumn; sketch: Sketch; set: FingerprintSet },
): Promise<{ tokens: number; counts: ReadonlyMap<string, Counts>; gap?: Gaps[number] }> {
  const counts = new Map<string, Counts>();
  const where = `${place.schema}.${place.table}.${place.column}`;
  let tokens = 0;
  set.begin();
  const query = tokensQuery(place, target.serverVersion, sketch);
  try {
    await copyRows(target, { query, what: `The target refused fingerprints of ${where}` }, ([bytes]) => {
      tokens += 1;
      const met = bytes && set.meet(bytes);
      if (!met) return;
      const key = `${met.column} ${met.strong ? 'strong' : 'word'}`;
      const count = counts.get(key) ?? { realFound: 0, controlFound: 0 };
      counts.set(key, count);
      if (met.real) count.realFound += 1;
      if (met.control) count.controlFound += 1;
    });
  } catch (error) {
    if (!(error instanceof ProviderError) || error.retryable) throw error;
    return { tokens, counts, gap: { where, what: error.message } };
  }
  return { tokens, counts };
}

function totals(set: FingerprintSet, column: number, strong: boolean): Pick<Overlap, 'real' | 'control'> {
  return { real: set.count(column, 'real', strong), control: set.count(column, 'control', strong) };
}

function problemOf(
  place: TargetColumn,
  column: SensitiveColumn | undefined,
  overlap: Overlap,
): Verdict['problems'][number] {
  const chance = byChance(overlap);
  const of = overlap.strong ? 'fingerprints of values' : 'words';
  const expected =
    chance < 0.5 ? 'none is expected by chance' : `about ${Math.round(chance)} are expected by chance`;
  return {
    where: `${place.schema}.${place.table}.${place.column}`,
    what: `${thousands(overlap.realFound)} of ${thousands(overlap.real)} ${of} of ${column === undefined ? 'a column' : placeOf(column)} were met here; ${expected}.`,
  };
}
