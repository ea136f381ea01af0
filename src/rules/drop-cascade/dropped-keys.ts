import type { Constraint } from '../../sql/catalog.ts';
import { foreignKeysTo, primaryKey } from '../../sql/graph.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { laterInTransaction } from '../neighbours.ts';
import { addedConstraints } from '../new-constraints.ts';
import type { RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

export type DroppedKey = {
  readonly table: string;
  readonly name: string;
  /** The foreign keys that go with it, in words. */
  readonly more: readonly string[];
};

/** ALTER TABLE … DROP CONSTRAINT … CASCADE of keys that foreign keys of tables from before the change refer to, and that the same transaction does not make again. */
export function droppedKeys(statement: Statement, context: RuleContext): readonly DroppedKey[] {
  const { catalog } = context;
  return alterCommands(statement, catalog).flatMap(({ command, table }) => {
    if (command.subtype !== 'AT_DropConstraint' || command.behavior !== 'DROP_CASCADE') return [];
    const key = catalog.relations.get(table)?.constraints.find(({ name }) => name === command.name);
    if (key === undefined || (key.kind !== 'primary key' && key.kind !== 'unique')) return [];
    const foreignKeys = foreignKeysTo(catalog, table).filter((foreign) =>
      stoodBefore(catalog, foreign.table.name),
    );
    if (foreignKeys.length === 0) return [];
    const remade = keysMadeLater(statement, context);
    const more = foreignKeys
      .filter((foreign) => !remade.includes(`${foreign.table.name} ${table}`))
      .filter(({ constraint }) => refersTo(constraint, key, primaryKey(catalog.relations.get(table))))
      .map((foreign) => `the foreign key ${code(foreign.constraint.name)} of ${code(foreign.table.name)}`);
    return more.length === 0 ? [] : [{ table, name: key.name, more }];
  });
}

/** Looked for only where there is something to make again, since a transaction may have thousands of statements. */
function keysMadeLater(statement: Statement, context: RuleContext): readonly string[] {
  return laterInTransaction(statement, context)
    .flatMap((later) => addedConstraints(later, context.catalog))
    .map(({ table, constraint }) => `${table} ${constraint.references}`);
}

/** Named columns may stand in another order than the key's. */
function refersTo({ referencedColumns }: Constraint, key: Constraint, primary: readonly string[]): boolean {
  const meant = referencedColumns?.length ? referencedColumns : primary;
  return meant.toSorted().join() === key.columns.toSorted().join();
}
