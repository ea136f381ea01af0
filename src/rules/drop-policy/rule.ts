import type { Statement } from '../../sql/statement.ts';
import { earlierInTransaction } from '../earlier.ts';
import { laterInTransaction } from '../neighbours.ts';
import { droppedParts, hasSubcommand, policyMade } from '../parts-of-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return droppedParts(statement, context.catalog, 'OBJECT_POLICY')
    .filter(({ table, name }) => isThere(statement, table, name, context))
    .filter(({ table }) => !isReplaced(statement, table, context))
    .map(({ table, name }) => ({
      relation: table,
      part: name,
      message: `The rows of ${code(table)} that ${code(name)} lets through vanish for running code, or those that it holds back appear.`,
      help: `Create the policy that replaces ${code(name)} before, in the same transaction, or drop it once no running code needs it.`,
    }));
}

function isThere({ node }: Statement, table: string, name: string, { catalog }: RuleContext): boolean {
  if (!stoodBefore(catalog, table)) return false;
  const ifExists = 'DropStmt' in node && node.DropStmt.missing_ok === true;
  const known = catalog.relations.get(table)?.policies ?? [];
  return !ifExists || !catalog.complete || known.includes(name);
}

/** The same transaction makes another policy of the table, or switches its row security off. */
function isReplaced(statement: Statement, table: string, context: RuleContext): boolean {
  const around = [...earlierInTransaction(statement, context), ...laterInTransaction(statement, context)];
  return around.some(
    (other) =>
      policyMade(other, context.catalog)?.table === table ||
      hasSubcommand(other, context.catalog, table, 'AT_DisableRowSecurity'),
  );
}

export const rule: Rule = {
  slug: 'drop-policy',
  section: 'triggers',
  title: 'Dropping a policy hides rows, or shows them',
  condition: 'A policy of an existing table is dropped, and the same transaction makes none.',
  effect: 'Rows that it let through vanish for running code; rows that a restrictive one held back appear.',
  workaround: 'Create the policy that replaces it first, in the same transaction.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['DropStmt'],
  check,
};
