import { indexesOf } from '../../sql/graph.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import {
  type CreatedIndex,
  createdIndex,
  type DroppedIndex,
  droppedIndexes,
  indexElements,
} from '../index-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const dropped = droppedIndexes(statement, context.catalog);
  return dropped.flatMap((one) => {
    const { index, table, name } = one;
    if (index === undefined || table === undefined || table.isNew || index.valid === false) return [];
    const next = replacement(one, context);
    if (next === undefined || isServedStill(one, dropped, context)) return [];
    const [old, made] = [bareName(name), bareName(next.index)];
    return [
      {
        relation: table.name,
        part: old,
        message: message(old, made, table.name, context),
        help:
          old === made
            ? `Write ${code(`REINDEX INDEX CONCURRENTLY ${old}`)} if it is to be rebuilt, or build the new one under another name first and drop ${code(old)} then.`
            : `Build ${code(made)} first, and drop ${code(old)} when it is there.`,
      },
    ];
  });
}

function message(old: string, made: string, table: string, { inTransaction }: RuleContext): string {
  return inTransaction
    ? `After ${code(old)} is dropped nobody can read or write ${code(table)} while ${code(made)} is built in the same transaction.`
    : `From the drop of ${code(old)} until ${code(made)} is built, queries on ${code(table)} have neither.`;
}

/** The first index that the file makes afterwards with the same first column. */
function replacement({ index, table }: DroppedIndex, context: RuleContext): CreatedIndex | undefined {
  return context.file.statements
    .slice(context.file.index + 1)
    .flatMap((later) => createdIndex(later, context.catalog) ?? [])
    .find(
      ({ node, table: on }) =>
        on === table?.name && leading(node) !== undefined && leading(node) === index?.indexColumns[0],
    );
}

function leading(node: CreatedIndex['node']): string | undefined {
  return indexElements(node)[0]?.name;
}

/** Another valid index with the same first column stays. */
function isServedStill(
  { index, table, name }: DroppedIndex,
  dropped: readonly DroppedIndex[],
  { catalog }: RuleContext,
): boolean {
  return indexesOf(catalog, table?.name ?? '').some(
    (other) =>
      other.indexColumns[0] === index?.indexColumns[0] &&
      other.name !== name &&
      other.valid !== false &&
      other.predicate === undefined &&
      !dropped.some((gone) => gone.name === other.name),
  );
}

export const rule: Rule = {
  slug: 'drop-before-create-index',
  section: 'indexes',
  title: 'An index is dropped before its replacement is built',
  condition: 'An index is dropped, and a later statement of the file builds one with the same first column.',
  effect: 'Queries run without an index until the new one is ready.',
  workaround: 'Build the new index first, then drop the old one.',
  severity: 'warning',
  over: ['drop-index-blocking', 'drop-index-partitioned', 'index-drop-performance'],
  beneath: ['create-index-blocking'],
  since: 13,
  claim: { harm: 'later' },
  kinds: ['DropStmt'],
  check,
};
