import type { InsertStmt, RangeVar } from '@pgsql/types';
import { relationName } from '../names.ts';
import { collect } from '../walk.ts';
import type { ChangeKind, ChangeNode } from './changes.ts';
import { known, type Work } from './touch.ts';

/** Whether a query reads a relation that has no rows as far as anybody knows, as a table that an earlier statement made: what it does for each row it may not do at all. */
export function readsEmpty(node: unknown, work: Work): boolean {
  return collect<RangeVar>(node, 'RangeVar').some(
    (range) => known(work, relationName(work.catalog, range))?.rows === 0,
  );
}

/** The same of a data change, whose rows come from its target or, of INSERT, from its query; VALUES are rows for certain. */
export function changesEmpty(kind: ChangeKind, node: ChangeNode, work: Work): boolean {
  if (kind !== 'InsertStmt')
    return readsEmpty({ [kind]: { ...node, relation: undefined } }, work) || isEmpty(node, work);
  const { selectStmt, withClause } = node as InsertStmt;
  const isValues =
    selectStmt !== undefined && 'SelectStmt' in selectStmt && selectStmt.SelectStmt.valuesLists;
  return !isValues && readsEmpty({ selectStmt, withClause }, work);
}

function isEmpty({ relation }: ChangeNode, work: Work): boolean {
  return readsEmpty({ RangeVar: relation }, work);
}
