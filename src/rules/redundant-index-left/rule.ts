import { hasPlainKeys } from '../../sql/apply/create-index.ts';
import { applyStatement } from '../../sql/apply.ts';
import type { Relation } from '../../sql/catalog.ts';
import { indexesOf } from '../../sql/graph.ts';
import { qualifiedText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { createdIndex, droppedIndexes } from '../index-statements.ts';
import { laterStatements } from '../neighbours.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { catalog } = context;
  const made = createdIndex(statement, catalog);
  if (made === undefined || made.node.whereClause || !hasPlainKeys(made.node)) return [];
  const index = applyStatement(catalog, statement).relations.get(made.index);
  if (index === undefined) return [];
  const later = laterStatements(statement, context);
  return indexesOf(catalog, made.table)
    .filter((other) => isServedBy(other, index))
    .filter(
      ({ name }) => !later.some((one) => droppedIndexes(one, catalog).some((gone) => gone.name === name)),
    )
    .map((other) => ({
      relation: made.table,
      part: bareName(other.name),
      message: `${code(bareName(made.index))} serves every query that ${code(bareName(other.name))} (${code(other.indexColumns.join(', '))}) serves, and each write to ${code(made.table)} keeps both up to date.`,
      help: `Write ${code(`DROP INDEX CONCURRENTLY ${qualifiedText(other.name)}`)} in a later migration, when the new one has proved itself.`,
    }));
}

/** A B-tree serves every prefix of its columns (documentation 11.3). One of the same columns is a duplicate, which another rule tells. */
function isServedBy(other: Relation, { name, method, indexColumns }: Relation): boolean {
  if (other.name === name || other.unique || other.valid === false || other.plainKeys === false) return false;
  if (other.predicate !== undefined || other.otherColumns !== undefined) return false;
  if (method !== 'btree' || (other.method ?? 'btree') !== 'btree') return false;
  return (
    other.indexColumns.length < indexColumns.length &&
    other.indexColumns.every((column, at) => indexColumns[at] === column)
  );
}

export const rule: Rule = {
  slug: 'redundant-index-left',
  section: 'context',
  title: 'A new index makes an older one redundant',
  condition:
    'An index is built whose first columns are those of another, plain index of the table, which stays.',
  effect: 'Every write keeps both up to date, and queries could do with the new one.',
  workaround: 'Drop the older one once the new one is there.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['IndexStmt'],
  check,
};
