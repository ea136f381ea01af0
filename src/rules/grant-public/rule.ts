import type { GrantStmt } from '@pgsql/types';
import type { Catalog } from '../../sql/catalog.ts';
import { identifierText } from '../../sql/identifier.ts';
import { bareName, findRelation, relationName, strings } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const { node } = statement;
  const isDefault = 'AlterDefaultPrivilegesStmt' in node;
  const grant = isDefault ? node.AlterDefaultPrivilegesStmt.action : grantOf(statement);
  const at = grant && publicAt(grant);
  if (grant === undefined || at === undefined || !exposes(grant) || isProtected(grant, catalog)) return [];
  const what = isDefault ? 'what is made from now on' : listed(names(grant, catalog));
  const role = `${isDefault ? 'app' : bareName(names(grant, catalog)[0] ?? 'app')}_${verb(grant)}`;
  return [
    {
      relation: grant.objtype === 'OBJECT_TABLE' && !isDefault ? names(grant, catalog)[0] : undefined,
      message: `Every role of the server, also one that is made later, has ${rights(grant)} on ${what}.`,
      help: `Write ${code(`CREATE ROLE ${identifierText(role)}`)}, make those who need it its members, and write ${code(withRole(statement, at, role))}.`,
    },
  ];
}

function grantOf({ node }: Statement): GrantStmt | undefined {
  return 'GrantStmt' in node ? node.GrantStmt : undefined;
}

/** Bytes from the statement's start to the word PUBLIC. */
function publicAt({ is_grant: isGrant, grantees = [] }: GrantStmt): number | undefined {
  if (!isGrant) return undefined;
  const all = grantees.flatMap((one) => ('RoleSpec' in one ? [one.RoleSpec] : []));
  return all.find(({ roletype }) => roletype === 'ROLESPEC_PUBLIC')?.location;
}

/** Rights of PUBLIC that give away rows or places to make objects in; on functions and types it has them from the start (documentation 5.8). */
const EXPOSED: Readonly<Record<string, readonly string[] | 'any'>> = {
  OBJECT_TABLE: 'any',
  OBJECT_SEQUENCE: 'any',
  OBJECT_SCHEMA: ['create'],
  OBJECT_DATABASE: ['create'],
  OBJECT_TABLESPACE: ['create'],
  OBJECT_FOREIGN_SERVER: ['usage'],
  OBJECT_FDW: ['usage'],
  OBJECT_PARAMETER_ACL: ['alter system'],
};

function exposes(grant: GrantStmt): boolean {
  const exposed = EXPOSED[grant.objtype ?? ''];
  const given = privileges(grant);
  return exposed === 'any' || (exposed ?? []).some((one) => given.length === 0 || given.includes(one));
}

/** Empty for ALL. */
function privileges({ privileges: given = [] }: GrantStmt): readonly string[] {
  return given.flatMap((one) => ('AccessPriv' in one ? (one.AccessPriv.priv_name ?? []) : []));
}

/** Row security says which rows everybody gets. */
function isProtected(grant: GrantStmt, catalog: Catalog): boolean {
  const tables = (grant.objects ?? []).flatMap((object) => ('RangeVar' in object ? [object.RangeVar] : []));
  return tables.length > 0 && tables.every((one) => findRelation(catalog, one)?.rowSecurity === true);
}

function names({ objects = [], targtype }: GrantStmt, catalog: Catalog): readonly string[] {
  const found = objects.flatMap((object) =>
    'RangeVar' in object ? [relationName(catalog, object.RangeVar)] : strings([object]),
  );
  return targtype === 'ACL_TARGET_ALL_IN_SCHEMA' ? found.map((schema) => `${schema}.*`) : found;
}

function rights(grant: GrantStmt): string {
  const given = privileges(grant);
  return given.length === 0 ? 'all rights' : given.map((one) => code(one.toUpperCase())).join(' and ');
}

function verb(grant: GrantStmt): string {
  const given = privileges(grant);
  return given.length === 1 ? (given[0] ?? '').replaceAll(' ', '_') : 'access';
}

function withRole({ sql }: Statement, at: number, role: string): string {
  const bytes = Buffer.from(sql);
  const [head, tail] = [bytes.subarray(0, at).toString(), bytes.subarray(at).toString()];
  return `${head}${tail.replace(/^public/i, identifierText(role))}`;
}

export const rule: Rule = {
  slug: 'grant-public',
  section: 'security',
  title: 'A right is given to everybody',
  condition:
    '`GRANT … TO PUBLIC` on tables, sequences or for making objects in a schema, or default privileges that do it.',
  effect: 'Every role of the server has it, also roles that are made later.',
  workaround: 'Grant it to a role that those who need it are members of.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  kinds: ['GrantStmt', 'AlterDefaultPrivilegesStmt'],
  check,
};
