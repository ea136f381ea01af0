import type { Node } from '@pgsql/types';
import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { optionOf } from '../options.ts';
import type { Complaint, Rule } from '../rule.ts';
import { code } from '../words.ts';

const POWERS = [
  {
    option: 'superuser',
    word: 'SUPERUSER',
    effect: 'no right is checked at all, files and programs of the server included',
  },
  { option: 'bypassrls', word: 'BYPASSRLS', effect: 'no policy of any table counts' },
] as const;

function check({ node }: Statement): readonly Complaint[] {
  const asked = role(node);
  if (asked === undefined) return [];
  return POWERS.filter(({ option }) => isOn(asked.options, option)).map(({ word, effect }) => ({
    relation: undefined,
    part: `${asked.name} ${word}`,
    message: `For ${code(asked.name)} ${effect}: whoever gets to log in as it has everything.`,
    help: `Write ${code(`ALTER ROLE ${identifierText(asked.name)} NO${word}`)}, and grant ${code(asked.name)} what it needs.`,
  }));
}

function role(node: Node): { readonly name: string; readonly options: readonly Node[] } | undefined {
  if ('CreateRoleStmt' in node)
    return { name: node.CreateRoleStmt.role ?? '', options: node.CreateRoleStmt.options ?? [] };
  if (!('AlterRoleStmt' in node)) return undefined;
  const { role: changed, options = [] } = node.AlterRoleStmt;
  return { name: changed?.rolename ?? 'CURRENT_USER', options };
}

function isOn(options: readonly Node[], name: string): boolean {
  const arg = optionOf(options, name)?.arg;
  return arg !== undefined && 'Boolean' in arg && arg.Boolean.boolval === true;
}

export const rule: Rule = {
  slug: 'role-with-superuser',
  section: 'security',
  title: 'A role for which no right is checked',
  condition: 'A role is made or changed to `SUPERUSER` or `BYPASSRLS`.',
  effect: 'No grant or no policy binds it: whoever gets its password has everything.',
  workaround: 'Grant it the rights that it needs.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateRoleStmt', 'AlterRoleStmt'],
  check,
};
