import type { AlterTableCmd } from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { bareName, relationName, resolve, strings } from '../sql/names.ts';
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

/** The subcommands of an ALTER TABLE of this table; none for any other statement. */
export function subcommandsOn(
  { node }: Statement,
  catalog: Catalog,
  table: string,
): readonly AlterTableCmd[] {
  if (!('AlterTableStmt' in node) || node.AlterTableStmt.relation?.relname !== bareName(table)) return [];
  if (relationName(catalog, node.AlterTableStmt.relation) !== table) return [];
  return (node.AlterTableStmt.cmds ?? []).flatMap((element) =>
    'AlterTableCmd' in element ? [element.AlterTableCmd] : [],
  );
}

export function hasSubcommand(
  statement: Statement,
  catalog: Catalog,
  table: string,
  subtype: string,
): boolean {
  return subcommandsOn(statement, catalog, table).some((command) => command.subtype === subtype);
}
