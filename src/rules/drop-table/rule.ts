import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { droppedRelations } from '../standing.ts';
import { code } from '../words.ts';

const KINDS = new Set(['OBJECT_TABLE', 'OBJECT_FOREIGN_TABLE']);

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if (!('DropStmt' in node) || !KINDS.has(node.DropStmt.removeType ?? '')) return [];
  const isForeign = node.DropStmt.removeType === 'OBJECT_FOREIGN_TABLE';
  return droppedRelations(node.DropStmt, catalog).map((table) => ({
    relation: table,
    message: isForeign
      ? `Running code that still names ${code(table)} fails.`
      : `The data of ${code(table)} is lost, and running code that still names it fails.`,
    help: `Deploy code that no longer names ${code(table)}${isForeign ? '' : ' and keep a copy of what is still wanted'}, then drop it in a later migration.`,
  }));
}

export const rule: Rule = {
  slug: 'drop-table',
  section: 'tables',
  title: 'Dropping a table loses its data and breaks code that names it',
  condition: 'A table that stood before the change is dropped.',
  effect: 'Its data is gone; the version that still runs fails on every statement that names it.',
  workaround: 'Stop using the table, deploy, then drop it.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['DropStmt'],
  check,
};
