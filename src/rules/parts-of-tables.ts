import type { Catalog } from '../sql/catalog.ts';
import { relationName, resolve, strings } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';

/** The table and name of the policy that a statement makes. */
export function policyMade({ node }: Statement, catalog: Catalog): OnTable | undefined {
  if (!('CreatePolicyStmt' in node)) return undefined;
  const { table, policy_name: name = '' } = node.CreatePolicyStmt;
  return { table: relationName(catalog, table), name };
}

export type OnTable = { readonly table: string; readonly name: string };

/** The parts of tables that a DROP TRIGGER, POLICY or RULE names. */
export function droppedParts({ node }: Statement, catalog: Catalog, type: string): readonly OnTable[] {
  if (!('DropStmt' in node) || node.DropStmt.removeType !== type) return [];
  return (node.DropStmt.objects ?? []).flatMap((object) => {
    const parts = 'List' in object ? strings(object.List.items) : [];
    const name = parts.at(-1);
    return name === undefined ? [] : [{ table: resolve(catalog, parts.slice(0, -1)), name }];
  });
}

const SWITCHES: ReadonlySet<string> = new Set([
  'AT_EnableRowSecurity',
  'AT_DisableRowSecurity',
  'AT_ForceRowSecurity',
  'AT_NoForceRowSecurity',
]);

/** How a statement switches a table's row security, such as `AT_EnableRowSecurity`. */
export function rowSecuritySwitches({ node }: Statement, catalog: Catalog, table: string): readonly string[] {
  if (!('AlterTableStmt' in node) || relationName(catalog, node.AlterTableStmt.relation) !== table) return [];
  return (node.AlterTableStmt.cmds ?? []).flatMap((element) => {
    const subtype = 'AlterTableCmd' in element ? (element.AlterTableCmd.subtype ?? '') : '';
    return SWITCHES.has(subtype) ? [subtype] : [];
  });
}
