import type { ObservedStatement } from '../evidence/schema.ts';
import { identifier, literal, qualified } from '../postgres/quote.ts';
import { identifierText } from '../sql/identifier.ts';
import { splitType } from '../sql/types.ts';
import type { Key } from './preflight-demand.ts';

export type Check = NonNullable<ObservedStatement['preflight']>[number]['check'];

/** One count to be made. `count` gives one number; `find` is what a person asks to see the rows. */
export type Count = {
  readonly check: Check;
  /** Not quoted: `public.users`. */
  readonly relation: string;
  readonly subject: string;
  readonly count: string;
  readonly find?: string | undefined;
};

/** A relation as the session sees it. */
export type Table = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** pg_class.relkind. */
  readonly kind: string;
};

export function relationOf({ schema, name }: Table): string {
  return `${schema}.${name}`;
}

/** Without its children, where the statement or what it makes does not reach them. */
export function source(table: Table, only: boolean): string {
  return `${only ? 'ONLY ' : ''}${qualified(table.schema, table.name)}`;
}

/** An index and a foreign key cover a table's own rows; of a partitioned one those of its partitions. */
export function ownRows(table: Table, only = false): string {
  return source(table, only || table.kind === 'r');
}

/** Names that we quoted ourselves, as a person writes them. Never for an expression, which may hold such a text as a string. */
function shown(names: string): string {
  return names.replaceAll(/"((?:[^"]|"")+)"/g, (_, name: string) =>
    identifierText(name.replaceAll('""', '"')),
  );
}

function rowsWhere(from: string, condition: string): { readonly count: string; readonly find: string } {
  return {
    count: `SELECT pg_catalog.count(*) AS rows FROM ${from} WHERE ${condition}`,
    find: `SELECT * FROM ${shown(from)} WHERE ${condition};`,
  };
}

/** A row of nulls is no null (docs: 9.2, IS NULL), so that is not asked. */
export function nulls(table: Table, only: boolean, column: string): Count {
  const from = source(table, only);
  const name = identifierText(column);
  const find = `SELECT * FROM ${shown(from)} WHERE ${name} IS NULL;`;
  const count = `SELECT pg_catalog.count(*) AS rows FROM ${from} WHERE pg_catalog.num_nulls(${identifier(column)}) = 1`;
  return { check: 'nulls', relation: relationOf(table), subject: column, count, find };
}

/** A new column that may not be null and has no value is missing in each row that is there. */
export function empty(table: Table, only: boolean, column: string): Count {
  const count = `SELECT pg_catalog.count(*) AS rows FROM ${source(table, only)}`;
  return { check: 'nulls', relation: relationOf(table), subject: column, count };
}

export type UniqueDemand = {
  readonly keys: readonly Key[];
  readonly condition?: string | undefined;
  readonly nullsAlike: boolean;
};

/** Rows in excess: of three with one key, two. The keys get names, since a constant in GROUP BY would be a position. */
export function duplicates(
  table: Table,
  only: boolean,
  { keys, condition, nullsAlike }: UniqueDemand,
): Count {
  const from = ownRows(table, only);
  const texts = keys.map((key) => keyText(key, identifier));
  const plain = keys.map((key) => keyText(key, identifierText));
  const filled = nullsAlike ? [] : [`pg_catalog.num_nulls(${texts.join(', ')}) = 0`];
  const isFilled = nullsAlike ? [] : plain.map((text) => `${text} IS NOT NULL`);
  const where = (more: readonly string[]) => {
    const all = [...(condition === undefined ? [] : [`(${condition})`]), ...more];
    return all.length === 0 ? '' : ` WHERE ${all.join(' AND ')}`;
  };
  const named = texts.map((text, at) => `${text} AS key_${at + 1}`).join(', ');
  const names = texts.map((_, at) => `key_${at + 1}`).join(', ');
  const groups = `SELECT pg_catalog.count(*) AS size FROM (SELECT ${named} FROM ${from}${where(filled)}) AS keys GROUP BY ${names} HAVING pg_catalog.count(*) > 1`;
  const places = keys.map((_, at) => at + 1).join(', ');
  return {
    check: 'duplicates',
    relation: relationOf(table),
    subject: keys.map(({ text }) => text).join(', '),
    count: `SELECT COALESCE(pg_catalog.sum(size - 1), 0) AS rows FROM (${groups}) AS groups`,
    find: `SELECT ${plain.join(', ')}, count(*) FROM ${shown(from)}${where(isFilled)} GROUP BY ${places} HAVING count(*) > 1;`,
  };
}

function keyText({ text, isColumn, collation }: Key, quoted: (name: string) => string): string {
  const value = isColumn ? quoted(text) : `(${text})`;
  return collation === undefined ? value : `${value} COLLATE ${collation.map(quoted).join('.')}`;
}

/** One column of a foreign key: the referenced one, the operator of its index, and its collation where it has one. */
export type Pair = {
  readonly column: string;
  readonly referenced: string;
  readonly operator: string;
  readonly collation?: string | undefined;
};

/** MATCH SIMPLE passes over a row with any null, MATCH FULL only over one of nulls (docs: CREATE TABLE, REFERENCES). */
export function orphans(table: Table, referenced: Table, pairs: readonly Pair[], full: boolean): Count {
  const columns = pairs.map(({ column }) => `referring.${identifier(column)}`);
  const nullCount = `pg_catalog.num_nulls(${columns.join(', ')})`;
  const some = full ? `${nullCount} < ${columns.length}` : `${nullCount} = 0`;
  const equal = pairs.map(
    ({ column, referenced: key, operator, collation }) =>
      `referred.${identifier(key)} ${operator} referring.${identifier(column)}${collation === undefined ? '' : ` COLLATE ${collation}`}`,
  );
  const matches = `SELECT FROM ${ownRows(referenced)} AS referred WHERE ${equal.join(' AND ')}`;
  const from = `${ownRows(table)} AS referring`;
  const count = `SELECT pg_catalog.count(*) AS rows FROM ${from} WHERE ${some} AND NOT EXISTS (${matches})`;
  const plain = pairs.map(
    ({ column, referenced: key }) => `referred.${identifier(key)} = referring.${identifier(column)}`,
  );
  const isFilled = `(${columns.map((column) => `${column} IS NOT NULL`).join(full ? ' OR ' : ' AND ')})`;
  const missing = `NOT EXISTS (SELECT FROM ${ownRows(referenced)} AS referred WHERE ${plain.join(' AND ')})`;
  const find = shown(`SELECT * FROM ${from} WHERE ${isFilled} AND ${missing};`);
  const subject = pairs.map(({ column }) => column).join(', ');
  return { check: 'orphans', relation: relationOf(table), subject, count, find };
}

/** A condition that is null is met (docs: 5.5.1). */
export function violations(table: Table, only: boolean, condition: string, subject: string): Count {
  const counted = rowsWhere(source(table, only), `NOT (${condition})`);
  return { check: 'violations', relation: relationOf(table), subject, ...counted };
}

/** Rows of a default partition that the new one would have to take. */
export function misplaced(table: Table, condition: string, subject: string): Count {
  return {
    check: 'violations',
    relation: relationOf(table),
    subject,
    ...rowsWhere(source(table, false), condition),
  };
}

/** A condition on VALUE, asked of the columns of the domain's type. */
export function domainViolations(table: Table, column: string, condition: string, subject: string): Count {
  const values = `(SELECT ${identifier(column)} AS value FROM ${source(table, false)}) AS of_domain`;
  const counted = rowsWhere(values, `NOT (${condition})`);
  return { check: 'violations', relation: relationOf(table), subject: `${column} (${subject})`, ...counted };
}

export type NewType = {
  readonly column: string;
  /** format_type() of the column's type, with its modifiers, and of the new one without. */
  readonly from: string;
  readonly to: string;
  readonly modifiers: readonly number[];
  /** The new type as SQL. */
  readonly sql: string;
  /** What USING casts; undefined without USING. */
  readonly cast?: string | undefined;
  readonly serverVersion: number;
};

/** Values that the new type refuses; undefined where there can be none, or where no safe expression is known. */
export function unconvertible(table: Table, only: boolean, type: NewType): Count | undefined {
  const condition = refuses(type);
  if (condition === undefined) return undefined;
  const counted = rowsWhere(source(table, only), condition);
  return { check: 'unconvertible', relation: relationOf(table), subject: type.column, ...counted };
}

const TEXTS: ReadonlySet<string> = new Set(['text', 'character varying', 'character']);
const INTEGERS: Readonly<Record<string, readonly [least: string, most: string]>> = {
  smallint: ['-32768', '32767'],
  integer: ['-2147483648', '2147483647'],
  bigint: ['-9223372036854775808', '9223372036854775807'],
};

function refuses(type: NewType): string | undefined {
  const from = splitType(type.from);
  if (from.array || type.to.endsWith('[]')) return undefined;
  const value = identifier(type.column);
  if (TEXTS.has(type.to)) return type.cast === undefined ? tooLong(value, type) : undefined;
  if (TEXTS.has(from.base)) return type.cast === undefined ? undefined : notRead(type.cast, type);
  // A cast of another expression may round, so only the column itself is asked.
  if (type.cast !== undefined && type.cast !== type.column && type.cast !== value) return undefined;
  if (from.base in INTEGERS && type.to in INTEGERS)
    return isWider(type.to, from.base) ? undefined : outOf(value, INTEGERS[type.to]);
  if (from.base === 'numeric' && type.to in INTEGERS)
    return `(${value} = 'NaN' OR ${outOf(`pg_catalog.round(${value})`, INTEGERS[type.to])})`;
  if (type.to === 'numeric' && (from.base === 'numeric' || from.base in INTEGERS))
    return tooManyDigits(value, type);
  return undefined;
}

/** Holds all that the other integer holds: there is nothing to count. */
function isWider(type: string, than: string): boolean {
  const widths = Object.keys(INTEGERS);
  return widths.indexOf(type) >= widths.indexOf(than);
}

function outOf(value: string, [least, most]: readonly [string, string] = ['', '']): string {
  return `${value} NOT BETWEEN ${least} AND ${most}`;
}

/** What is too long by blanks alone is cut (docs: 8.3). */
function tooLong(value: string, { from, to, modifiers }: NewType): string | undefined {
  const most = modifiers[0] ?? (to === 'character' ? 1 : undefined);
  const {
    base,
    modifiers: [longest = Number.POSITIVE_INFINITY],
  } = splitType(from);
  if (most === undefined || (TEXTS.has(base) && longest <= most)) return undefined;
  return `pg_catalog.char_length(pg_catalog.rtrim(${value}::pg_catalog.text, ' ')) > ${most}`;
}

/** numeric(p, s) rounds to s places and has room for p - s before the point (docs: 8.1.2); NaN always fits. */
function tooManyDigits(value: string, { modifiers }: NewType): string | undefined {
  const [precision, scale = 0] = modifiers;
  if (precision === undefined) return undefined;
  const number = `${value}::pg_catalog.numeric`;
  return `(${number} <> 'NaN' AND pg_catalog.abs(pg_catalog.round(${number}, ${scale})) >= 10::pg_catalog.numeric ^ (${precision - scale}))`;
}

/** The server itself says since 16 whether a text can be read (docs: 9.26.2, pg_input_is_valid). */
function notRead(cast: string, { sql, modifiers, serverVersion, to }: NewType): string | undefined {
  const text = `(${cast})::pg_catalog.text`;
  const type = modifiers.length === 0 ? sql : `${sql}(${modifiers.join(',')})`;
  if (serverVersion >= 16) return `NOT pg_catalog.pg_input_is_valid(${text}, ${literal(type)})`;
  const form = FORMS[to];
  return form === undefined ? undefined : `${text} !~ ${literal(form)}`;
}

/** Before 16: forms that are certainly read. A number with this many digits fits. */
const FORMS: Readonly<Record<string, string>> = {
  uuid: '^[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}$',
};
