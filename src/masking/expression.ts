import { type DataTypeDef, type Expr, type ExprCall, type ExprRef, parse } from 'pgsql-ast-parser';
import { UserError } from '../errors.ts';
import {
  ALLOWED_CONSTRUCTS,
  ALLOWED_FIELDS,
  ALLOWED_FUNCTIONS,
  ALLOWED_OPERATORS,
  ALLOWED_TYPES,
  TEXT_SEARCH_FUNCTIONS,
  ZONELESS_TYPES,
} from './allowed.ts';
import { refused, refusedNode, shown } from './refuse.ts';

/** Longest masking expression, in UTF-16 characters. */
export const MAXIMUM_EXPRESSION_LENGTH = 2000;
const MAXIMUM_DEPTH = 100;

/** The row that an expression may read. */
export type Row = {
  readonly columns: readonly string[];
  /** SQL that stands for a column; its quoted name when left out. */
  readonly read?: ((column: string) => string) | undefined;
  /** Also allow to_tsvector with one of the server's own configurations, and setweight. */
  readonly textSearch?: boolean | undefined;
  /** For a condition that chooses rows: `now()` and `current_date` may be asked, which are the same for every row of a transaction. */
  readonly clock?: boolean;
};

/** An expression that is safe to run on every row: printed anew, with the row's columns that it reads, sorted. */
export type CheckedExpression = { readonly sql: string; readonly columns: readonly string[] };

type Node<Type extends Expr['type']> = Extract<Expr, { type: Type }>;
/** Prints a part, one level deeper. */
type Print = (part: Expr) => string;
type Scope = { readonly row: Row; readonly used: Set<string>; readonly depth: number };

/**
 * Checks a masking expression and prints it back from its syntax tree, so that nothing of the given text reaches the
 * server unread: names quoted, functions and operators bound to pg_catalog, every step in parentheses. Allowed are the
 * row's own columns, literals, a list of immutable functions, operators, CASE, and casts to Postgres' own types.
 * Throws UserError that says what is not allowed and why.
 */
export function checkExpression(text: string, row: Row): CheckedExpression {
  if (text.length > MAXIMUM_EXPRESSION_LENGTH) {
    throw new UserError(
      `A masking expression of ${text.length} characters is too long; at most ${MAXIMUM_EXPRESSION_LENGTH} are read.`,
      { hint: 'Say it more simply, or mask the column with `null` or `empty`.' },
    );
  }
  const used = new Set<string>();
  const sql = printExpression(parseExpression(text), { row, used, depth: 1 });
  return { sql, columns: [...used].toSorted() };
}

function parseExpression(text: string): Expr {
  try {
    return parse(text, 'expr');
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : '';
    const [, line, column] = /line (\d+) col (\d+)/.exec(message) ?? [];
    const where = line ? ` (line ${line}, column ${column})` : '';
    throw new UserError(`This is not one SQL expression${where}: ${shown(text)}.`, {
      hint: "Write one expression over the row's columns, such as lower(name) || '@example.org', without semicolons and dollar quotes.",
    });
  }
}

function printExpression(node: Expr, scope: Scope): string {
  if (scope.depth > MAXIMUM_DEPTH) {
    throw refused('so deep a nesting', `at most ${MAXIMUM_DEPTH} levels are read`);
  }
  const print: Print = (part) => printExpression(part, { ...scope, depth: scope.depth + 1 });
  switch (node.type) {
    case 'ref':
      return printColumn(node, scope);
    case 'null':
      return 'NULL';
    case 'boolean':
      return node.value ? 'TRUE' : 'FALSE';
    case 'string':
      return literal(node.value);
    case 'integer':
    case 'numeric':
      return number(node.value);
    case 'cast':
      return `CAST(${print(node.operand)} AS ${printType(node.to)})`;
    case 'call':
      return isClock(node, scope) ? 'pg_catalog.now()' : printCall(node, print, scope.row);
    case 'unary':
      return printUnary(node, print);
    case 'binary':
      return printBinary(node, print);
    case 'ternary':
      return `(${print(node.value)} ${node.op} ${print(node.lo)} AND ${print(node.hi)})`;
    case 'case':
      return printCase(node, print);
    case 'extract':
      return printExtract(node, print);
    case 'substring':
      return `SUBSTRING(${print(node.value)}${optional('FROM', node.from, print)}${optional('FOR', node.for, print)})`;
    case 'overlay':
      return `OVERLAY(${print(node.value)} PLACING ${print(node.placing)} FROM ${print(node.from)}${optional('FOR', node.for, print)})`;
    case 'member':
      return `(${print(node.operand)} OPERATOR(pg_catalog.${node.op}) ${typeof node.member === 'number' ? number(node.member) : literal(node.member)})`;
    case 'keyword':
      if (scope.row.clock && CLOCKS.has(node.keyword)) return node.keyword.toUpperCase();
      throw refusedNode(node.type);
    default:
      throw refusedNode(node.type);
  }
}

const CLOCKS: ReadonlySet<string> = new Set(['current_date', 'current_timestamp']);

function isClock({ function: { name, schema }, args }: ExprCall, { row }: Scope): boolean {
  return row.clock === true && name === 'now' && args.length === 0 && !isForeign(schema);
}

function printColumn({ table, name: written }: ExprRef, { row, used }: Scope): string {
  // pgsql-ast-parser 12 leaves a doubled quote inside a quoted name as it stands.
  const name = written.replaceAll('""', '"');
  if (table) {
    throw refused(
      shown(`${table.name}.${name}`),
      'a mask reads only its own row; write the column’s name alone',
    );
  }
  if (name === '*') throw refused('`*`', 'name the columns that the mask reads');
  if (!row.columns.includes(name)) {
    const known = row.columns.map(shown).join(', ');
    throw refused(`the column ${shown(name)}`, `the row has only ${known}`);
  }
  used.add(name);
  return row.read === undefined ? identifier(name) : `(${row.read(name)})`;
}

function printCall(node: ExprCall, print: Print, row: Row): string {
  const { name, schema } = node.function;
  if (isForeign(schema)) {
    throw refused(
      `the function ${shown(`${schema}.${name}`)}`,
      'only Postgres’ own functions are known to read nothing else',
    );
  }
  if (node.over || node.filter || node.withinGroup || node.orderBy || node.distinct) {
    throw refused(`an aggregate or window call of ${shown(name)}`, 'a mask reads only its own row');
  }
  if (row.textSearch && TEXT_SEARCH_FUNCTIONS.has(name)) return printTextSearch(node, print);
  const parts = node.args.map(print).join(', ');
  if (ALLOWED_FUNCTIONS.has(name)) return `pg_catalog.${identifier(name)}(${parts})`;
  if (ALLOWED_CONSTRUCTS.has(name) && schema === undefined) return `${name.toUpperCase()}(${parts})`;
  const allowed = [...ALLOWED_CONSTRUCTS, ...ALLOWED_FUNCTIONS].toSorted().join(', ');
  throw refused(`the function ${shown(name)}`, `allowed are those that depend on the row alone: ${allowed}`);
}

/** The configuration must be a constant: with one argument to_tsvector asks the session for it. */
function printTextSearch({ function: { name }, args }: ExprCall, print: Print): string {
  const [first, second] = args;
  if (first === undefined || second === undefined || args.length !== 2) {
    throw refused(
      `${shown(name)} with ${args.length} arguments`,
      "write two of them: to_tsvector('simple', notes)",
    );
  }
  if (name === 'setweight') {
    const weight = second.type === 'cast' ? second.operand : second;
    if (weight.type !== 'string' || !/^[A-Da-d]$/.test(weight.value)) {
      throw refused('setweight without a constant weight', "write 'A', 'B', 'C' or 'D'");
    }
    return `pg_catalog.setweight(${print(first)}, '${weight.value}')`;
  }
  const configuration = first.type === 'cast' ? first.operand : first;
  const known =
    configuration.type === 'string' ? /^(?:pg_catalog\.)?([a-z_]+)$/.exec(configuration.value) : null;
  if (known === null) {
    throw refused(
      'a text search configuration that is no constant of Postgres’ own',
      "write 'simple' or 'english'",
    );
  }
  return `pg_catalog.to_tsvector('pg_catalog.${known[1]}'::pg_catalog.regconfig, ${print(second)})`;
}

function printUnary({ op, operand, opSchema }: Node<'unary'>, print: Print): string {
  refuseForeignOperator(opSchema);
  if (op === 'NOT') return `(NOT ${print(operand)})`;
  if (op === '-' || op === '+') return `(OPERATOR(pg_catalog.${op}) ${print(operand)})`;
  return `(${print(operand)} ${op})`;
}

function printBinary({ op, left, right, opSchema }: Node<'binary'>, print: Print): string {
  refuseForeignOperator(opSchema);
  if (op === 'AND' || op === 'OR') return `(${print(left)} ${op} ${print(right)})`;
  if (op === 'IN' || op === 'NOT IN') {
    if (right.type !== 'list') throw refusedNode(right.type);
    return `(${print(left)} ${op} (${right.expressions.map(print).join(', ')}))`;
  }
  const operator = ALLOWED_OPERATORS.get(op);
  if (operator === undefined) {
    throw refused(`the operator ${shown(op)}`, `allowed are ${[...ALLOWED_OPERATORS.keys()].join(' ')}`);
  }
  return `(${print(left)} OPERATOR(pg_catalog.${operator}) ${print(right)})`;
}

function printCase({ value, whens, else: otherwise }: Node<'case'>, print: Print): string {
  const subject = value ? ` ${print(value)}` : '';
  const branches = whens.map((one) => ` WHEN ${print(one.when)} THEN ${print(one.value)}`);
  return `(CASE${subject}${branches.join('')}${optional('ELSE', otherwise, print)} END)`;
}

function printExtract({ field, from }: Node<'extract'>, print: Print): string {
  if (!ALLOWED_FIELDS.has(field.name)) {
    throw refused(`the field ${shown(field.name)}`, `allowed are ${[...ALLOWED_FIELDS].join(', ')}`);
  }
  if (from.type !== 'cast' || !ZONELESS_TYPES.has(printType(from.to))) {
    throw refused(
      'EXTRACT on a value of unknown type',
      'it could depend on the session’s time zone; write EXTRACT(year FROM born::date)',
    );
  }
  return `EXTRACT(${field.name} FROM ${print(from)})`;
}

function printType(type: DataTypeDef): string {
  if (type.kind === 'array') throw refused('a cast to an array', 'a mask is a single value');
  const name = ALLOWED_TYPES.get(type.name);
  if (name === undefined || isForeign(type.schema)) {
    const given = type.schema === undefined ? type.name : `${type.schema}.${type.name}`;
    throw refused(`a cast to ${shown(given)}`, `allowed are ${[...ALLOWED_TYPES.keys()].join(', ')}`);
  }
  const config = type.config ?? [];
  return config.length > 0 ? `${name}(${config.map(number).join(', ')})` : name;
}

function isForeign(schema: string | undefined): boolean {
  return schema !== undefined && schema !== 'pg_catalog';
}

function refuseForeignOperator(schema: string | undefined): void {
  if (!isForeign(schema)) return;
  throw refused(
    `an operator of the schema ${shown(schema ?? '')}`,
    'only Postgres’ own operators are known to read nothing else',
  );
}

function optional(keyword: string, part: Expr | null | undefined, print: Print): string {
  return part ? ` ${keyword} ${print(part)}` : '';
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An escape string whenever there is a backslash, so that the server's standard_conforming_strings does not matter. */
function literal(text: string): string {
  if (text.includes('\0')) throw refused('a NUL character', 'Postgres cannot store it');
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? `E${quoted}` : quoted;
}

/** The parser reads numbers as doubles: beyond 15 digits, what is printed back might not be what was written. */
function number(value: number): string {
  const digits = String(value);
  if (/^[0-9.]{1,16}$/.test(digits) && digits.replace('.', '').length <= 15) return digits;
  throw refused(`the number ${shown(digits)}`, 'at most 15 digits are read exactly');
}
