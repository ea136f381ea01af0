import type { Alias, ColumnRef, RangeVar, ReturningClause } from '@pgsql/types';
import type { Statement } from '../../sql/statement.ts';
import { collect } from '../../sql/walk.ts';

/** Whether RETURNING asks for old or new rows, which no table or alias of the statement is called; rules had them before. */
export function namesOldOrNew({ options, exprs }: ReturningClause, node: Statement['node']): boolean {
  if (options !== undefined) return true;
  const taken = namesIn(node);
  return (
    !('RuleStmt' in node) &&
    collect<ColumnRef>({ exprs }, 'ColumnRef').some(({ fields: [first, ...rest] = [] }) => {
      const name = first !== undefined && 'String' in first ? first.String.sval : undefined;
      return rest.length > 0 && (name === 'old' || name === 'new') && !taken.has(name);
    })
  );
}

function namesIn(node: Statement['node']): ReadonlySet<string | undefined> {
  const relations = ['relation', 'RangeVar'].flatMap((tag) => collect<RangeVar>(node, tag));
  return new Set([
    ...relations.map(({ relname }) => relname),
    ...collect<Alias>(node, 'alias').map(({ aliasname }) => aliasname),
  ]);
}
