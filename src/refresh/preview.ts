import type { ColumnMask, TablePlan } from '../masking/mask-plan.ts';
import { compileStrategy } from '../masking/strategies/compile.ts';
import type { Distinctness } from '../masking/strategy.ts';
import { type Connection, ServerError } from '../postgres/connection.ts';
import { identifier, qualified } from '../postgres/quote.ts';

/** What a value looks like: never the value itself. */
export type Shape = {
  /** Characters. */
  readonly length: number;
  /** Letters as a and A, digits as 9, other scripts as x, rare signs as #; undefined where that would be the value. */
  readonly shape: string | undefined;
};

export type PreviewRow =
  | 'null'
  | { readonly clear: Shape; readonly mask: Shape | 'null'; readonly same: boolean };

export type ColumnPreview = {
  readonly column: string;
  readonly type: string;
  readonly mask: ColumnMask;
  /** Whether different values have different masks; undefined for an expression of the team's own. */
  readonly distinctness: Distinctness | undefined;
  /** The table's first rows; a text when they could not be computed. */
  readonly rows: readonly PreviewRow[] | string;
};

export const PREVIEW_ROWS = 5;
/** Characters of a shape. */
const SHOWN = 48;
/** Bytes as stored, above which a value is left alone. */
const LARGEST_VALUE = 1_000_000;

/**
 * Computes, in the source's own session and with the keys set there, the shapes of a table's first rows and of their
 * masks. Only shapes leave the server. Inside a transaction, whose failures are taken back.
 */
export async function previewTable(
  connection: Connection,
  plan: TablePlan,
): Promise<readonly ColumnPreview[]> {
  const previews: ColumnPreview[] = [];
  for (const { name, mask } of plan.columns) {
    const column = plan.table.columns.find((one) => one.name === name);
    const rows = mask.kind === 'computed' ? [] : await rowsOf(connection, plan, name, mask);
    previews.push({
      column: name,
      type: column?.type.sql ?? '',
      mask,
      distinctness: distinctnessOf(plan, name, mask),
      rows,
    });
  }
  return previews;
}

function distinctnessOf({ table }: TablePlan, name: string, mask: ColumnMask): Distinctness | undefined {
  const column = table.columns.find((one) => one.name === name);
  if (mask.kind !== 'masked' || column === undefined) return { kind: 'injective' };
  const { strategy, domain } = mask;
  if (strategy.as === 'sql' || strategy.as === 'derive') return undefined;
  const compiled = compileStrategy(strategy, { column, table, domain });
  return 'refusal' in compiled ? undefined : compiled.distinctness;
}

/** The server's own words may repeat a value, and are not told. */
async function rowsOf(
  connection: Connection,
  plan: TablePlan,
  name: string,
  mask: ColumnMask,
): Promise<readonly PreviewRow[] | string> {
  await connection.query('SAVEPOINT pullgres_preview');
  try {
    const { rows } = await connection.query(statement(plan, name, mask));
    return rows.map(rowOf);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    await connection.query('ROLLBACK TO SAVEPOINT pullgres_preview');
    return `the source refused it (SQLSTATE ${error.code})`;
  } finally {
    await connection.query('RELEASE SAVEPOINT pullgres_preview').catch(() => undefined);
  }
}

/** `format` and not a cast, `num_nulls` and not IS NULL: see sample.ts. OFFSET 0 lets each mask be computed once. */
function statement({ table }: TablePlan, name: string, mask: ColumnMask): string {
  const value = identifier(name);
  const masked = mask.kind === 'masked' ? `(${mask.sql})` : value;
  const text = (sql: string) =>
    `CASE WHEN pg_catalog.num_nulls(${sql}) = 0 THEN pg_catalog.format('%s', ${sql}) COLLATE pg_catalog."C" END`;
  const isSmall = `coalesce(pg_catalog.pg_column_size(${value}), 0) <= ${LARGEST_VALUE}`;
  return `
    SELECT ${['v', 'm'].map((of) => `pg_catalog.char_length(${of}) AS ${of}l, ${shown(of)} AS ${of}s`).join(', ')}, v = m AS same
    FROM (
      SELECT ${text(value)} AS v, ${text(masked)} AS m
      FROM (SELECT * FROM ONLY ${qualified(table.schema, table.name)} LIMIT ${PREVIEW_ROWS}) AS rows
      WHERE ${isSmall} OFFSET 0
    ) AS texts`;
}

const LOWER = 'abcdefghijklmnopqrstuvwxyz';

/** Shape of a text; null where the shape is the text, as that of \`a\` would be. */
function shown(of: string): string {
  const from = `${LOWER}${LOWER.toUpperCase()}0123456789`;
  const to = `${'a'.repeat(26)}${'A'.repeat(26)}${'9'.repeat(10)}`;
  const cut = `pg_catalog."left"(${of}, ${SHOWN})`;
  const plain = `pg_catalog.translate(${cut}, '${from}', '${to}')`;
  const printable = `pg_catalog.regexp_replace(${plain}, '[^ -~]', 'x', 'g')`;
  const shape = `pg_catalog.regexp_replace(${printable}, '[^]A-Za-z0-9 @._+:/(),{}"[-]', '#', 'g')`;
  return `NULLIF(${shape}, ${cut})`;
}

function rowOf({ vl, vs, ml, ms, same }: Record<string, unknown>): PreviewRow {
  if (typeof vl !== 'number') return 'null';
  const mask = typeof ml === 'number' ? shapeOf(ml, ms) : 'null';
  return { clear: shapeOf(vl, vs), mask, same: same === true };
}

function shapeOf(length: number, shape: unknown): Shape {
  return { length, shape: typeof shape === 'string' ? shape : undefined };
}
