import type { AlterTableCmd, AlterTableStmt } from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { afterDrops } from '../sql/effects/alter-table.ts';
import { relationName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { remembered } from './remembered.ts';

/** One subcommand of ALTER TABLE, and the statement that it would be alone: so its own effects can be asked for. */
export type AlterCommand = {
  readonly command: AlterTableCmd;
  readonly table: string;
  readonly alone: Statement;
  /** The schema that it sees: drops of the same statement have run (AT_PASS_DROP in tablecmds.c). */
  readonly schema: Catalog;
};

/** The subcommands of an ALTER TABLE in their order; none for any other statement, nor for a view, index or sequence. */
export const alterCommands = remembered(readAlterCommands);

function readAlterCommands(statement: Statement, catalog: Catalog): readonly AlterCommand[] {
  if (!('AlterTableStmt' in statement.node)) return [];
  const whole: AlterTableStmt = statement.node.AlterTableStmt;
  if (whole.objtype !== 'OBJECT_TABLE') return [];
  const table = relationName(catalog, whole.relation);
  const schema = afterDrops(catalog, whole);
  return (whole.cmds ?? []).flatMap((node) =>
    'AlterTableCmd' in node
      ? [
          {
            command: node.AlterTableCmd,
            table,
            schema,
            alone: { ...statement, node: { AlterTableStmt: { ...whole, cmds: [node] } } },
          },
        ]
      : [],
  );
}
