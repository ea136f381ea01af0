import type { CreatePolicyStmt } from '@pgsql/types';
import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { isAlwaysTrue } from '../always-true.ts';
import { laterStatements } from '../neighbours.ts';
import { hasSubcommand } from '../parts-of-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const policy = 'CreatePolicyStmt' in statement.node ? statement.node.CreatePolicyStmt : undefined;
  if (policy === undefined || !isForEverybody(policy)) return [];
  const table = relationName(context.catalog, policy.table);
  if (!isOpen(policy, table, context) || !isProtected(table, statement, context)) return [];
  const name = policy.policy_name ?? '';
  const work =
    policy.cmd_name === 'all'
      ? 'read, change and delete'
      : policy.cmd_name === 'delete'
        ? 'delete'
        : 'change';
  return [
    {
      relation: table,
      part: name,
      message: `${code(name)} lets every role that is granted ${code(table)} ${work} every row, whatever its other policies say: permissive ones are joined by OR.`,
      help: `Give ${code(name)} the condition that is meant, or say by ${code('TO')} which roles it is for.`,
    },
  ];
}

function isForEverybody({ permissive, cmd_name: command, roles = [] }: CreatePolicyStmt): boolean {
  const isPublic = roles.some((one) => 'RoleSpec' in one && one.RoleSpec.roletype === 'ROLESPEC_PUBLIC');
  return permissive === true && isPublic && CHANGES.has(command ?? '');
}

/** Who may add a row gives away none that is there. */
const CHANGES = new Set(['all', 'update', 'delete']);

function isOpen({ qual }: CreatePolicyStmt, table: string, { catalog }: RuleContext): boolean {
  const target = { alias: table, table: catalog.relations.get(table) ?? table, few: false };
  return qual !== undefined && isAlwaysTrue(qual, target);
}

/** On a table that is only being put under row security, it is the step that keeps everything working. */
function isProtected(table: string, statement: Statement, context: RuleContext): boolean {
  const relation = context.catalog.relations.get(table);
  if (relation?.rowSecurity) return true;
  return (
    relation?.isNew === true &&
    laterStatements(statement, context).some((later) =>
      hasSubcommand(later, context.catalog, table, 'AT_EnableRowSecurity'),
    )
  );
}

export const rule: Rule = {
  slug: 'policy-always-true',
  section: 'security',
  title: 'A policy that is always true lets everybody change every row',
  condition:
    'A permissive policy for `ALL`, `UPDATE` or `DELETE`, for everybody, whose condition is always true.',
  effect:
    'Row security no longer keeps anybody from changing the rows of others, whatever the other policies say.',
  workaround: 'Give it the condition that is meant, or name the roles that it is for.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreatePolicyStmt'],
  check,
};
