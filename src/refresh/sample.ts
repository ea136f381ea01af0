import { UserError } from '../errors.ts';
import type { ColumnSample } from '../masking/detection/detection.ts';
import type { SourceColumn, SourceTable, TypeCategory } from '../masking/source.ts';
import { type Connection, ServerError } from '../postgres/connection.ts';
import { identifier, qualified } from '../postgres/quote.ts';
import { type Part, partsOf } from './sample-parts.ts';
import { arrayElements, hstoreValues } from './value-texts.ts';

const MOST_VALUES = 1_000;
/** Characters of a value that are looked at. A document that is cut cannot be read, so these may be longer. */
const TEXT_LENGTH = 2_000;
const DOCUMENT_LENGTH = 16_000;
/** Bytes as stored, above which a value is left alone: to cut a compressed value the server has to unpack all of it. */
const LARGEST_VALUE = 1_000_000;
/** Columns that one statement asks for, so that a table with 1,600 of them is not in memory at once. */
const COLUMNS_AT_ONCE = 16;

/** Values of these say nothing that a detector could read. */
const SILENT: ReadonlySet<TypeCategory> = new Set<TypeCategory>(['bytes', 'tsvector']);

type Gathered = { readonly values: Set<string>; rows: number };

/**
 * Looks at some rows of a table: all of a small one; of a big one the first and last blocks and blocks chosen at random
 * (docs: SELECT, TABLESAMPLE SYSTEM). By column: at most 1,000 distinct values, cut to 2,000 characters, documents to 16,000.
 * A column without an entry could not be read as text. A partitioned table is sampled in its partitions; a foreign one not
 * at all, since its rows are another server's. Only SELECTs are sent; inside a transaction, also savepoints.
 * @throws UserError when the role may not read the table. ProviderError when the connection is lost. Neither repeats a value.
 */
export async function sampleColumns(
  connection: Connection,
  table: SourceTable,
): Promise<ReadonlyMap<string, ColumnSample>> {
  const gathered = new Map<string, Gathered>();
  const columns = table.columns.filter(({ type }) => !SILENT.has(type.category));
  for (const part of await guarded(connection, table, () => partsOf(connection, table))) {
    for (const batch of batches(columns)) await sampleBatch(connection, table, part, batch, gathered);
  }
  return new Map([...gathered].map(([name, { values, rows }]) => [name, { values: [...values], rows }]));
}

function* batches(columns: readonly SourceColumn[]): Generator<readonly SourceColumn[]> {
  const documents = columns.filter(({ type }) => type.category === 'json');
  const others = columns.filter(({ type }) => type.category !== 'json');
  for (let from = 0; from < others.length; from += COLUMNS_AT_ONCE)
    yield others.slice(from, from + COLUMNS_AT_ONCE);
  for (const document of documents) yield [document];
}

/** A type's output function can fail: then the columns are asked one by one, and those that fail have no sample. */
async function sampleBatch(
  connection: Connection,
  table: SourceTable,
  part: Part,
  columns: readonly SourceColumn[],
  gathered: Map<string, Gathered>,
): Promise<void> {
  try {
    const { rows } = await guarded(connection, table, () => connection.query(statement(part, columns)));
    for (const [index, column] of columns.entries()) note(column, rows, String(index), gathered);
  } catch (error) {
    if (!(error instanceof Unreadable)) throw error;
    if (columns.length === 1) return;
    for (const column of columns) await sampleBatch(connection, table, part, [column], gathered);
  }
}

/**
 * `format` and not a cast: a cast to text may be a function that anybody wrote. `num_nulls` and not IS NULL, which is also
 * true of a composite value whose fields are all null.
 */
function statement(part: Part, columns: readonly SourceColumn[]): string {
  const outputs = columns.map(({ name, type }, index) => {
    const value = `t.${identifier(name)}`;
    const length = type.category === 'json' ? DOCUMENT_LENGTH : TEXT_LENGTH;
    const isShown = `pg_catalog.num_nulls(${value}) = 0 AND pg_catalog.pg_column_size(${value}) <= ${LARGEST_VALUE}`;
    return `CASE WHEN ${isShown} THEN pg_catalog."left"(pg_catalog.format('%s', ${value}), ${length}) END AS "${index}"`;
  });
  return `SELECT ${outputs.join(', ')} FROM ONLY ${qualified(part.schema, part.name)} AS t ${part.rows}`;
}

function note(
  column: SourceColumn,
  rows: readonly Record<string, unknown>[],
  field: string,
  gathered: Map<string, Gathered>,
): void {
  const into = gathered.get(column.name) ?? { values: new Set<string>(), rows: 0 };
  gathered.set(column.name, into);
  into.rows += rows.length;
  for (const row of rows) {
    const text = row[field];
    if (typeof text !== 'string') continue;
    for (const value of valuesOf(column, text)) {
      if (into.values.size < MOST_VALUES) into.values.add(value);
    }
  }
}

function valuesOf({ type }: SourceColumn, text: string): readonly string[] {
  if (type.category === 'array') return arrayElements(text);
  return type.category === 'hstore' ? hstoreValues(text) : [text];
}

/** What the server could not do with the columns that were asked for. Its own words may hold a value and are dropped. */
class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** SQLSTATE 25P01: there is no transaction, so that an error ends nothing but its statement (docs: SAVEPOINT). */
const NO_TRANSACTION = '25P01';
/** insufficient_privilege; also what row_security = off gives a role that would see only some rows. */
const NOT_ALLOWED = '42501';
/** Operator intervention, and a lock or statement that waited too long: no column's fault. */
const NOT_THE_COLUMN = /^(57|55P03|53|08|25|40)/;

async function guarded<T>(connection: Connection, table: SourceTable, work: () => Promise<T>): Promise<T> {
  const saved = await connection.query('SAVEPOINT pullgres_sample').then(
    () => true,
    (error: unknown) => {
      if (error instanceof ServerError && error.code === NO_TRANSACTION) return false;
      throw withoutWords(error, table);
    },
  );
  try {
    return await work();
  } catch (error) {
    if (saved && error instanceof ServerError)
      await connection.query('ROLLBACK TO SAVEPOINT pullgres_sample');
    throw withoutWords(error, table);
  } finally {
    if (saved) await connection.query('RELEASE SAVEPOINT pullgres_sample').catch(() => undefined);
  }
}

function withoutWords(error: unknown, { schema, name }: SourceTable): unknown {
  if (!(error instanceof ServerError)) return error;
  const table = qualified(schema, name);
  if (error.code === NOT_ALLOWED) {
    return new UserError(`The role may not read all rows of ${table} (SQLSTATE ${error.code}).`, {
      hint: 'Give it SELECT on the table; where row-level security is on, also BYPASSRLS, or give the rows as owner.',
    });
  }
  if (NOT_THE_COLUMN.test(error.code)) {
    return new UserError(`Rows of ${table} could not be looked at (SQLSTATE ${error.code}).`, {
      hint: 'Try again when the source is less busy, or from a standby.',
    });
  }
  return new Unreadable(`SQLSTATE ${error.code}`);
}
