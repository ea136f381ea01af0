import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if ('ReassignOwnedStmt' in node) return [reassigned()];
  if (!('AlterTableStmt' in node)) return [];
  const { relation, cmds = [] } = node.AlterTableStmt;
  const changes = cmds.some(
    (element) => 'AlterTableCmd' in element && element.AlterTableCmd.subtype === 'AT_ChangeOwner',
  );
  const name = relationName(catalog, relation);
  if (!changes || !stoodBefore(catalog, name)) return [];
  return [
    {
      relation: name,
      message: `Readers and writers of ${code(name)} wait for a moment, and roles that could use it as its owner no longer can.`,
      help: `Set a short ${code('lock_timeout')} and grant what running code needs on ${code(name)} before its owner changes.`,
    },
  ];
}

function reassigned(): Complaint {
  return {
    relation: undefined,
    message:
      'Everything that the roles own is locked at once, one thing after the other, until the transaction ends.',
    help: `Change the owner of one table at a time with ${code('ALTER TABLE')}, each in a transaction of its own.`,
  };
}

export const rule: Rule = {
  slug: 'set-owner',
  section: 'tables',
  title: 'A new owner locks the table and moves its rights',
  condition: '`OWNER TO` on an existing table, view, materialized view or sequence, or `REASSIGN OWNED`.',
  effect: 'Everybody on it waits for a moment, and the old owner’s rights are gone.',
  workaround: 'Set a short `lock_timeout`, and grant what running code needs before.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
