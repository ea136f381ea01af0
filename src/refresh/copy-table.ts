import { ProviderError } from '../errors.ts';
import type { PlannedColumn, TablePlan } from '../masking/mask-plan.ts';
import type { CopyConnection } from '../postgres/copy.ts';
import { identifier, qualified } from '../postgres/quote.ts';
import { withoutValues } from '../postgres/refusal.ts';
import { inOrder } from './read-ahead.ts';
import type { ReaderPool } from './reader-pool.ts';

/** Blocks of 8 kB in one range: small enough for the read-ahead to hold about one, large enough that planning its query, 15 ms of CPU for many masks, costs little. */
const RANGE_BLOCKS = 1024;
/** Below this a table is read by one session. */
const SPLIT_BLOCKS = 2 * RANGE_BLOCKS;

export type CopyTable = {
  readonly plan: TablePlan;
  /** From `subsetting`. */
  readonly conditions: readonly string[];
  /** The source's server_encoding: the rows pass as its bytes, and only a target of another encoding converts. */
  readonly encoding: string;
  readonly onBytes: (bytes: number) => void;
};

export type Copied = { readonly sourceRows: number; readonly copiedRows: number };

/** The table as SQL, for people. */
export function tableName({ table }: TablePlan): string {
  return qualified(table.schema, table.name);
}

function copiedColumns(plan: TablePlan): readonly PlannedColumn[] {
  return plan.columns.filter(({ mask }) => mask.kind !== 'computed');
}

/**
 * The query of a table's rows as they leave the source: text, since binary forms hold type OIDs (arrays and composites of
 * the user's own types), which differ between servers, and some types have none. ONLY, since each table that inherits is
 * copied itself.
 */
export function selectRows(plan: TablePlan, conditions: readonly string[]): string {
  const values = copiedColumns(plan).map(({ name, mask }) =>
    mask.kind === 'masked' ? `(${mask.sql})` : identifier(name),
  );
  const where = [...conditions, ...extensionCondition(plan)];
  const clause = where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`;
  return `SELECT ${values.join(', ')} FROM ONLY ${tableName(plan)}${clause}`;
}

/** pg_extension_config_dump's condition, which stands in the catalog with its WHERE. */
function extensionCondition({ table }: TablePlan): readonly string[] {
  const condition = table.extensionRows?.replace(/^\s*where\b/i, '').trim();
  return condition ? [`(${condition})`] : [];
}

/** No list for a table without columns to copy: () is no syntax, and rows without a column are still rows. */
function insertTarget(plan: TablePlan): string {
  const names = copiedColumns(plan).map(({ name }) => identifier(name));
  return names.length === 0 ? tableName(plan) : `${tableName(plan)} (${names.join(', ')})`;
}

/**
 * Ranges of the heap by block, as conditions. Only from Postgres 14 on does the server read no more than the range, and a
 * table with conditions that look into other tables would build their hashes anew for each.
 */
export function rangesOf(
  plan: TablePlan,
  blocks: number,
  version: number,
  conditions: readonly string[],
): readonly string[] {
  if (version < 14 || blocks < SPLIT_BLOCKS || conditions.some((condition) => condition.includes('EXISTS')))
    return [''];
  const starts = Array.from({ length: Math.ceil(blocks / RANGE_BLOCKS) }, (_, at) => at * RANGE_BLOCKS);
  const ctid = `${tableName(plan)}.ctid`;
  return starts.map((start, at) => {
    const from = at === 0 ? [] : [`${ctid} >= '(${start},0)'`];
    // The last one is open: the table may have grown since its blocks were counted.
    const to = at === starts.length - 1 ? [] : [`${ctid} < '(${start + RANGE_BLOCKS},0)'`];
    return [...from, ...to].join(' AND ');
  });
}

/**
 * Copies one table in one transaction of the target, its rows in the heap's order whatever the number of readers. The
 * TRUNCATE makes it repeatable, lets the rows be written as frozen and, with wal_level = minimal, without WAL
 * (docs: COPY, FREEZE; 14.4.7). Rows of an extension's configuration table stand beside those that CREATE EXTENSION made.
 * @throws ProviderError without any value; the transaction is rolled back.
 */
export async function copyTable(
  request: CopyTable & { readonly blocks: number },
  readers: ReaderPool,
  target: CopyConnection,
): Promise<Copied> {
  const { plan, conditions, encoding } = request;
  const name = tableName(plan);
  const ofExtension = plan.table.ofExtension !== undefined;
  const queries = rangesOf(plan, request.blocks, readers.version, conditions).map(
    (range) =>
      `COPY (${selectRows(plan, range === '' ? conditions : [range, ...conditions])}) TO STDOUT WITH (ENCODING '${encoding}')`,
  );
  const reading = inOrder(queries, readers, `The source refused to read ${name}`);
  const what = `The target refused the rows of ${name}`;
  try {
    await target.script(`BEGIN; ${ofExtension ? emptyOwn(plan) : `TRUNCATE ONLY ${name}`}`);
    const options = `(${ofExtension ? '' : 'FREEZE true, '}ENCODING '${encoding}')`;
    const copiedRows = await target.copyIn(
      `COPY ${insertTarget(plan)} FROM STDIN WITH ${options}`,
      reading.chunks,
      {
        what,
        onBytes: request.onBytes,
      },
    );
    const sourceRows = reading.rows();
    if (sourceRows !== copiedRows)
      throw new ProviderError(
        `The source gave ${sourceRows} rows of ${name}, and the target took ${copiedRows}.`,
      );
    await target.script('COMMIT');
    return { sourceRows, copiedRows };
  } catch (error) {
    throw withoutValues(error, what);
  } finally {
    await reading.end();
  }
}

function emptyOwn(plan: TablePlan): string {
  const [condition = 'true'] = extensionCondition(plan);
  return `DELETE FROM ONLY ${tableName(plan)} WHERE ${condition}`;
}
