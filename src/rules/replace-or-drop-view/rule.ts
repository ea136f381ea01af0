import { qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterInTransaction, laterStatements } from '../neighbours.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { droppedRelations, givesName } from '../standing.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  if (!('DropStmt' in node) || !KINDS.has(node.DropStmt.removeType ?? '')) return [];
  const isStored = node.DropStmt.removeType === 'OBJECT_MATVIEW';
  return droppedRelations(node.DropStmt, context.catalog).flatMap((name) => {
    const again = (later: readonly Statement[]): Statement | undefined =>
      later.find((one) => givesName(one, context.catalog, name));
    const atOnce = again(laterInTransaction(statement, context));
    if (atOnce) return isStored && isFilled(atOnce) ? [refilled(name)] : [];
    return [again(laterStatements(statement, context)) ? gap(name, isStored) : gone(name)];
  });
}

const KINDS = new Set(['OBJECT_VIEW', 'OBJECT_MATVIEW']);

function isFilled({ node }: Statement): boolean {
  return 'CreateTableAsStmt' in node && node.CreateTableAsStmt.into?.skipData !== true;
}

function gone(name: string): Complaint {
  return {
    relation: name,
    message: `Running code that still reads ${code(name)} fails.`,
    help: `Deploy code that no longer names ${code(name)} first, then drop it in a later migration.`,
  };
}

function gap(name: string, isStored: boolean): Complaint {
  return {
    relation: name,
    message: `Running code that reads ${code(name)} fails from here until it is made again, further down.`,
    help: isStored
      ? swapNames(name)
      : `Write ${code('CREATE OR REPLACE VIEW')} or, where columns go, drop and make ${code(name)} in one transaction.`,
  };
}

function refilled(name: string): Complaint {
  return {
    relation: name,
    message: `Nobody can read ${code(name)} from here until it is filled again and the transaction ends.`,
    help: swapNames(name),
  };
}

function swapNames(name: string): string {
  const next = `${name}_next`;
  const bare = qualifiedText(name.slice(name.indexOf('.') + 1));
  return `Fill ${code(qualifiedText(next))} in an earlier migration, then drop the old one and write ${code(`ALTER MATERIALIZED VIEW ${qualifiedText(next)} RENAME TO ${bare}`)} in one transaction.`;
}

export const rule: Rule = {
  slug: 'replace-or-drop-view',
  section: 'tables',
  title: 'Dropping a view breaks the code that reads it',
  condition:
    'A view that stood before is dropped and not made again in the same transaction, or a materialized view is, and filled.',
  effect: 'The version that still runs fails on every query of it, or waits until it is filled again.',
  workaround: 'Use `CREATE OR REPLACE VIEW`, or drop and make it in one transaction.',
  severity: 'warning',
  beneath: [
    'drop-table',
    'drop-table-locks-parents',
    'drop-column',
    'drop-column-drops-constraints',
    'rename-table',
  ],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['DropStmt'],
  check,
};
