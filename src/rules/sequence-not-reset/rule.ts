import type { InsertStmt, Node } from '@pgsql/types';
import type { Column, Relation } from '../../sql/catalog.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { literalText } from '../../sql/literal.ts';
import { bareName, relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { treeText } from '../../sql/tree-text.ts';
import { collect } from '../../sql/walk.ts';
import { first, tally } from '../remember.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

const isFirst = first<Statement>();

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  if (!('InsertStmt' in node) || node.InsertStmt.override === 'OVERRIDING_USER_VALUE') return [];
  const name = relationName(context.catalog, node.InsertStmt.relation);
  const table = context.catalog.relations.get(name);
  const column = table?.columns.find((one) => isNumbered(one) && isWritten(one, table, node.InsertStmt));
  if (column === undefined || isResetLater(name, column, context)) return [];
  if (!isFirst(context.file.statements, statement, name)) return [];
  return [complaint(name, column.name)];
}

function complaint(table: string, column: string): Complaint {
  const sequence = `pg_get_serial_sequence(${literalText(qualifiedText(table))}, ${literalText(column)})`;
  const highest = `(SELECT max(${identifierText(column)}) FROM ${qualifiedText(table)})`;
  return {
    relation: table,
    part: column,
    message: `The sequence behind ${code(column)} of ${code(table)} does not know of these values, so later inserts fail with duplicate keys when it comes to them.`,
    help: `Leave ${code(column)} out, or add ${code(`SELECT setval(${sequence}, ${highest})`)} after the last insert.`,
  };
}

function isNumbered({ default: value, generated }: Column): boolean {
  return generated === 'identity' || /^nextval\(/i.test(value ?? '');
}

/** Whether the rows have values of their own for the column: written ones above zero, or a query's. */
function isWritten({ name }: Column, table: Relation, { cols, selectStmt }: InsertStmt): boolean {
  const names = cols?.map((one) => ('ResTarget' in one ? one.ResTarget.name : undefined));
  const place = (names ?? table.columns.map((column) => column.name)).indexOf(name);
  if (place < 0 || !selectStmt || !('SelectStmt' in selectStmt)) return false;
  const { valuesLists, targetList = [] } = selectStmt.SelectStmt;
  if (!valuesLists)
    return targetList.length > place && targetList.every(isPlain) && isOwn(valueIn(targetList[place]));
  return valuesLists.some((row) => 'List' in row && isOwn(row.List.items?.[place]));
}

function valueIn(target: Node | undefined): Node | undefined {
  return target && 'ResTarget' in target ? target.ResTarget.val : undefined;
}

/** `*` stands for nobody knows how many columns. */
function isPlain(target: Node): boolean {
  return collect(valueIn(target), 'A_Star').length === 0;
}

/** A number that the sequence may come to: not DEFAULT, nor what nextval() gives, nor zero and below. */
function isOwn(value: Node | undefined): boolean {
  if (!value || 'SetToDefault' in value) return false;
  if ('A_Const' in value)
    return (
      (value.A_Const.ival?.ival ?? 0) > 0 ||
      value.A_Const.sval !== undefined ||
      value.A_Const.fval !== undefined
    );
  return !/nextval/.test(treeText(value));
}

/** The last statements of a file that set sequences, by the words in their texts: names of tables and sequences. */
const resets = tally<Statement, Map<string, number>>(
  () => new Map(),
  (last, { sql, kind, node }, index) => {
    const isReset = kind === 'AlterSeqStmt' || /\bsetval\b/i.test(sql) || /\brestart\b/i.test(sql);
    if (!isReset) return;
    for (const word of wordsOf(sql)) last.set(word, index);
    if ('DoStmt' in node && /\bexecute\b/i.test(sql)) last.set(ANY, index);
  },
);

/** A block that makes its statements' texts may set every sequence. */
const ANY = '';

function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/[^\s'".,;()]+/g) ?? [];
}

function isResetLater(table: string, { name, default: value }: Column, { file }: RuleContext): boolean {
  const last = resets(file.statements);
  const isLater = (word: string): boolean => (last.get(word) ?? -1) > file.index;
  const sequence = /^nextval\('(.*)'/i.exec(value ?? '')?.[1] ?? `${table}_${name}_seq`;
  return (
    isLater(ANY) ||
    [table, sequence].some((one) => wordsOf(bareName(one.includes('.') ? one : `.${one}`)).every(isLater))
  );
}

export const rule: Rule = {
  slug: 'sequence-not-reset',
  section: 'types',
  title: 'Rows with keys of their own leave the sequence behind',
  condition:
    'Rows are inserted with explicit values for a serial or identity column, and the file does not set its sequence after.',
  effect: 'When the sequence comes to those values, inserts of the application fail with duplicate keys.',
  workaround: 'Leave the column out, or call `setval()` after the inserts.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  kinds: ['InsertStmt'],
  check,
};
