import { hasPlainKeys } from '../../sql/apply/create-index.ts';
import type { Relation } from '../../sql/catalog.ts';
import { expressionText } from '../../sql/expression.ts';
import { indexesOf } from '../../sql/graph.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { type CreatedIndex, createdIndex, droppedIndexes, indexElements } from '../index-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const made = createdIndex(statement, context.catalog);
  const keys = made && plainKeys(made);
  if (made === undefined || keys === undefined || made.onTable?.isNew) return [];
  const method = made.node.accessMethod ?? 'btree';
  const other = indexesOf(context.catalog, made.table).find(
    (one) => serves(one, keys, method) && one.name !== made.index && !isDroppedLater(one, context),
  );
  if (other === undefined) return [];
  const index = bareName(made.index);
  return [
    {
      relation: made.table,
      part: index,
      message: `Queries can use ${code(bareName(other.name))} (${code(other.indexColumns.join(', '))}) wherever they could use ${code(index)} (${code(keys.join(', '))}), and every write to ${code(made.table)} pays for both.`,
      help: keepsRowsOut(other, context)
        ? `Leave ${code(index)} out: ${code(bareName(other.name))} serves the same queries, and it keeps wrong rows out besides.`
        : `Leave ${code(index)} out, or drop ${code(bareName(other.name))} if this one is to replace it.`,
    },
  ];
}

/** A unique index keeps rows out, with a constraint or without: the new one cannot replace it. */
function keepsRowsOut({ name, unique, table }: Relation, { catalog }: RuleContext): boolean {
  const constraints = catalog.relations.get(table ?? '')?.constraints ?? [];
  return unique || constraints.some((one) => one.index === name || `${schemaOf(name)}.${one.name}` === name);
}

function schemaOf(name: string): string {
  return name.slice(0, name.indexOf('.'));
}

/** The keys of an index that only speeds up queries; undefined where an order, a collation, an operator class, INCLUDE or WHERE make it one of its own. */
function plainKeys({ node }: CreatedIndex): readonly string[] | undefined {
  if (node.unique || node.whereClause || (node.indexIncludingParams ?? []).length > 0) return undefined;
  const keys = indexElements(node).map(({ name, expr }) => name ?? expressionText(expr));
  return hasPlainKeys(node) && keys.every((key) => key !== undefined) ? keys : undefined;
}

/** A B-tree serves every prefix of its columns (documentation 11.3); of other methods only the same columns are sure. */
function serves(other: Relation, keys: readonly string[], method: string): boolean {
  const { indexColumns, predicate, valid, plainKeys } = other;
  if (predicate !== undefined || valid === false || plainKeys === false) return false;
  if ((other.method ?? 'btree') !== method) return false;
  if (method !== 'btree' && indexColumns.length !== keys.length) return false;
  return keys.every((key, at) => indexColumns[at] === key);
}

function isDroppedLater(other: Relation, { catalog, file }: RuleContext): boolean {
  return file.statements
    .slice(file.index + 1)
    .some((later) => droppedIndexes(later, catalog).some(({ name }) => name === other.name));
}

export const rule: Rule = {
  slug: 'duplicate-or-prefix-index',
  section: 'indexes',
  title: 'An index repeats another one',
  condition:
    'A plain index is built on columns that are those, or the first of those, of another index of the table.',
  effect: 'Every write keeps one more index up to date, and no query gains.',
  workaround: 'Leave it out, or drop the other one.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  kinds: ['IndexStmt'],
  check,
};
