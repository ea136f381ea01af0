import { identifierText } from '../../sql/identifier.ts';
import type { CollisionRisk } from '../mask-plan.ts';
import type { SourceColumn, SourceKey, SourceTable, TypeCategory } from '../source.ts';
import type { Distinctness, Strategy } from '../strategy.ts';
import { tableName } from './column-id.ts';
import { columnsIn, columnsRead, nullTested, parsed, plainColumn } from './key-expression.ts';
import type { Report } from './missing.ts';

/** What is left of a column's values once they are masked. */
export type ColumnState =
  | { readonly kind: 'clear' }
  | { readonly kind: 'computed' }
  | {
      readonly kind: 'masked';
      readonly strategy: Strategy;
      readonly distinctness: Distinctness;
      readonly foldsCase: boolean;
    };

export type States = ReadonlyMap<string, ColumnState>;

/** From this probability on, two rows that fall together are not taken for a risk but for a failure. */
const TOO_LIKELY = 0.01;

/** Tells of every key that the masks could break, and of those that hold by chance. */
export function checkKeys(
  table: SourceTable,
  keys: readonly SourceKey[],
  states: States,
  rows: number | undefined,
  report: Report,
): readonly CollisionRisk[] {
  return keys.flatMap((key) => {
    const where = `${tableName(table)}, ${key.kind} ${identifierText(key.name)}`;
    const found = judgeKey(table, key, states);
    if ('why' in found) {
      report.problem(where, found.why, found.remedy);
      return [];
    }
    if (found.bits === undefined) return [];
    return collision({ table, key, bits: found.bits, rows, where, report });
  });
}

function collision(of: {
  table: SourceTable;
  key: SourceKey;
  bits: number;
  rows: number | undefined;
  where: string;
  report: Report;
}): readonly CollisionRisk[] {
  const { table, key, bits, rows, where, report } = of;
  const probability = rows === undefined ? undefined : Math.min(1, rows ** 2 / 2 ** (bits + 1));
  if (probability !== undefined && probability >= TOO_LIKELY) {
    report.problem(
      where,
      `masks of ${bits} bits for about ${rows} rows: two of them are equal with a probability of ${probability.toPrecision(2)}`,
      'Choose a strategy that keeps values different, such as digits or code, for one of its columns.',
    );
  }
  return [{ table: tableName(table), key: key.name, bits, probability }];
}

type Broken = { readonly why: string; readonly remedy: string };
type Judged = { readonly bits: number | undefined } | Broken;

function judgeKey(table: SourceTable, key: SourceKey, states: States): Judged {
  const touched = [...new Set([...key.reads, ...partColumns(key)])].filter(
    (name) => !isClear(table, name, states),
  );
  if (touched.length === 0) return { bits: undefined };
  const names = touched.map(identifierText).join(', ');
  if (key.kind === 'exclusion') {
    return {
      why: `rows that exclude each other are told by ${names}, which no mask keeps apart`,
      remedy: `Leave ${names} clear, or leave the table empty.`,
    };
  }
  if (countsNullsApart(key) && partColumns(key).some((name) => alwaysNull(states.get(name))))
    return { bits: undefined };
  if (table.keys.some((other) => other !== key && holdsAlone(other, key, table, states)))
    return { bits: undefined };
  const broken = brokenBy(key, table, states);
  if (broken.length > 0) return together(broken);
  const bits = touched.flatMap((name) => bitsOf(states.get(name)));
  return { bits: bits.length > 0 ? Math.min(...bits) : undefined };
}

/** All that its masks do to a key, part by part. */
function brokenBy(key: SourceKey, table: SourceTable, states: States): readonly Broken[] {
  const parts = key.parts.map((part) => partProblem(part, table, states));
  return [...parts, predicateProblem(key, table, states)].filter((one) => one !== undefined);
}

function together(broken: readonly Broken[]): Broken {
  const of = (texts: readonly string[], between: string): string => [...new Set(texts)].join(between);
  return {
    why: of(
      broken.map(({ why }) => why),
      '; ',
    ),
    remedy: of(
      broken.map(({ remedy }) => remedy),
      ' ',
    ),
  };
}

function bitsOf(state: ColumnState | undefined): readonly number[] {
  return state?.kind === 'masked' && state.distinctness.kind === 'hash' ? [state.distinctness.bits] : [];
}

function partColumns({ parts }: SourceKey): readonly string[] {
  return parts.flatMap((part) => ('column' in part ? [part.column] : []));
}

/** NULL is different from NULL (docs: 11.6); a PRIMARY KEY takes none. */
function alwaysNull(state: ColumnState | undefined): boolean {
  return state?.kind === 'masked' && state.strategy.as === 'null';
}

/** Clear, or computed from columns that are. */
function isClear(table: SourceTable, name: string, states: States): boolean {
  const state = states.get(name);
  if (state?.kind !== 'computed') return state?.kind !== 'masked';
  const expression = table.columns.find((column) => column.name === name)?.default;
  const read = expression === undefined ? undefined : columnsRead(expression);
  const sources = read ?? [...states.keys()];
  return sources.every((one) => states.get(one)?.kind !== 'masked');
}

/**
 * Whether another key's parts are among this one's, and stay different by themselves: then so does this key, whatever
 * becomes of its other parts. Rows with NULL in a part are different for every key that counts NULLs apart.
 */
function holdsAlone(other: SourceKey, key: SourceKey, table: SourceTable, states: States): boolean {
  if (other.kind === 'exclusion' || other.predicate !== undefined) return false;
  if (!other.parts.every((part) => isAmong(part, key))) return false;
  if (brokenBy(other, table, states).length > 0) return false;
  return countsNullsApart(key) || !countsNullsApart(other) || partsAreSet(other, table, states);
}

function isAmong(part: Part, { parts }: SourceKey): boolean {
  const name = 'column' in part ? part.column : foldedColumn(part.expression);
  return parts.some((own) =>
    'column' in own ? own.column === name : 'expression' in part && own.expression === part.expression,
  );
}

/** `lower(email)` is different only where `email` is. */
function foldedColumn(expression: string): string | undefined {
  const tree = parsed(expression);
  return tree && plainColumn(tree)?.name;
}

/** A PRIMARY KEY's parts are never NULL, and NULLS NOT DISTINCT takes one for like another (docs: 11.6). */
function countsNullsApart({ kind, nullsNotDistinct }: SourceKey): boolean {
  return kind === 'unique' && nullsNotDistinct !== true;
}

function partsAreSet(key: SourceKey, table: SourceTable, states: States): boolean {
  return key.parts.every((part) => {
    if (!('column' in part) || alwaysNull(states.get(part.column))) return false;
    const column = table.columns.find((one) => one.name === part.column);
    return key.kind === 'primary key' || column?.notNull === true;
  });
}

type Part = SourceKey['parts'][number];

function partProblem(part: Part, table: SourceTable, states: States): Broken | undefined {
  if ('column' in part) return columnProblem(part.column, false, table, states);
  const tree = parsed(part.expression);
  const plain = tree && plainColumn(tree);
  if (plain) return columnProblem(plain.name, plain.folded, table, states);
  const read = tree ? columnsIn(tree) : [...states.keys()];
  const masked = read.filter((name) => !isClear(table, name, states));
  return masked.length === 0 ? undefined : unprovable(part.expression, masked);
}

function unprovable(expression: string, masked: readonly string[]): Broken {
  const names = masked.map(identifierText).join(', ');
  return {
    why: `whether ${expression} stays different cannot be told once ${names} is masked`,
    remedy: `Leave ${names} clear with an entry under allow, mask another column of the key by "null", or leave the table empty.`,
  };
}

function columnProblem(
  name: string,
  folded: boolean,
  table: SourceTable,
  states: States,
): Broken | undefined {
  const column = table.columns.find((one) => one.name === name);
  const state = states.get(name);
  if (state?.kind === 'computed') return computedProblem(column, table, states);
  if (state?.kind !== 'masked') return undefined;
  const shown = identifierText(name);
  if (state.distinctness.kind === 'none') {
    return {
      why: `values of ${shown} that are different may become equal by ${state.strategy.as}`,
      remedy: apartRemedy(shown, column),
    };
  }
  if ((folded || column?.type.base === 'citext') && !state.foldsCase) {
    return {
      why: `it compares ${shown} without case, and ${state.strategy.as} may make values equal but for case`,
      remedy: `Give ${shown} a strategy that goes by lower case, such as email or username.`,
    };
  }
  return undefined;
}

/** Strategies that keep values of the type different. */
const APART: Partial<Record<TypeCategory, string>> = {
  text: 'email, username, phone, digits or code',
  integer: 'digits',
  uuid: 'uuid',
  network: 'ip',
  mac: 'mac',
  bytes: 'bytes',
  enum: 'enum',
};

function apartRemedy(shown: string, column: SourceColumn | undefined): string {
  const fitting = APART[column?.type.category ?? 'other'];
  if (fitting !== undefined)
    return `Give ${shown} a strategy that keeps values different: ${fitting}, whichever fits.`;
  const nulled = column?.notNull === true ? '' : ', mask it by "null"';
  return `No mask keeps values of ${column?.type.sql ?? 'its type'} different: leave ${shown} clear with an entry under allow${nulled}, or mask one column of the key that is unique by itself so that it stays so.`;
}

function computedProblem(
  column: SourceColumn | undefined,
  table: SourceTable,
  states: States,
): Broken | undefined {
  const expression = column?.default;
  if (column === undefined || isClear(table, column.name, states)) return undefined;
  if (expression !== undefined) {
    const tree = parsed(expression);
    const plain = tree && plainColumn(tree);
    if (plain && states.get(plain.name)?.kind === 'masked')
      return columnProblem(plain.name, plain.folded, table, states);
  }
  return unprovable(identifierText(column.name), columnsRead(expression ?? '') ?? [column.name]);
}

/** Masked columns decide which rows a partial index holds: only NULL or not NULL stays the same. */
function predicateProblem(key: SourceKey, table: SourceTable, states: States): Broken | undefined {
  if (key.predicate === undefined) return undefined;
  const tree = parsed(key.predicate);
  const read = tree ? columnsIn(tree) : key.reads.filter((name) => !partColumns(key).includes(name));
  const masked = read.filter((name) => !isClear(table, name, states));
  const nullTests = tree ? nullTested(tree) : new Set<string>();
  const changed = masked.filter((name) => !(nullTests.has(name) && keepsNull(states.get(name))));
  if (changed.length === 0) return undefined;
  const names = changed.map(identifierText).join(', ');
  return {
    why: `its condition (${key.predicate}) reads ${names}, so other rows may come under it once masked`,
    remedy: `Leave ${names} clear with an entry under allow, or leave the table empty.`,
  };
}

function keepsNull(state: ColumnState | undefined): boolean {
  return state?.kind === 'masked' && !['null', 'set', 'sql', 'derive', 'empty'].includes(state.strategy.as);
}
