import type { AlterTableCmd, AlterTableStmt } from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { afterDrops } from '../sql/effects/alter-table.ts';
import { familyOf } from '../sql/effects/touch.ts';
import { relationName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import type { RuleContext } from './rule.ts';

/** One subcommand of ALTER TABLE, with the schema that it sees. */
export type Subcommand = {
  readonly table: string;
  readonly command: AlterTableCmd;
  /** The table and, unless ONLY is written, its partitions and children. */
  readonly family: readonly string[];
  readonly catalog: Catalog;
};

/** The subcommands of one kind in an ALTER TABLE statement; none for every other statement. */
export function subcommands(
  { node }: Statement,
  context: RuleContext,
  subtype: string,
): readonly Subcommand[] {
  if (!('AlterTableStmt' in node)) return [];
  const { relation, cmds, objtype }: AlterTableStmt = node.AlterTableStmt;
  if (objtype !== 'OBJECT_TABLE' || relation === undefined) return [];
  const table = relationName(context.catalog, relation);
  const family = relation.inh ? familyOf(context, table) : [table];
  const catalog = afterDrops(context.catalog, node.AlterTableStmt);
  return (cmds ?? []).flatMap((element) =>
    'AlterTableCmd' in element && element.AlterTableCmd.subtype === subtype
      ? [{ table, command: element.AlterTableCmd, family, catalog }]
      : [],
  );
}
