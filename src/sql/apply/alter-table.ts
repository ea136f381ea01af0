import type { AlterTableCmd, AlterTableStmt } from '@pgsql/types';
import type { Catalog, Column, Relation } from '../catalog.ts';
import { changeRelation, withoutRelations, withRelation } from '../catalog-edit.ts';
import { defaultText, sequenceName } from '../columns.ts';
import { markNotNull } from '../constraints.ts';
import {
  columnsOfIndex,
  descendants,
  foreignKeysTo,
  indexesOf,
  readersOfColumn,
  sequencesOf,
  typedTables,
} from '../graph.ts';
import { rangeOf, relationName } from '../names.ts';
import { typeText } from '../types.ts';
import { addConstraints, alterConstraint, dropConstraint, validateConstraint } from './alter-constraints.ts';
import { addColumn, newSequence } from './create-table.ts';
import { changeAll, dropNotNull, type Target } from './members.ts';
import { attach, attachIndex, detach, withoutParent, withParent } from './partitions.ts';
import { switchTriggers } from './triggers.ts';
import { applyAlterComposite } from './types.ts';

type Command = (catalog: Catalog, target: Target, command: AlterTableCmd) => Catalog;

/** The schema after ALTER TABLE. What it would do is asked for before it is applied, so the last answer is kept. */
export function applyAlterTable(catalog: Catalog, node: AlterTableStmt): Catalog {
  const last = applied.get(node);
  if (last?.before === catalog) return last.after;
  const after = alterTable(catalog, node);
  applied.set(node, { before: catalog, after });
  return after;
}

const applied = new WeakMap<AlterTableStmt, { readonly before: Catalog; readonly after: Catalog }>();

function alterTable(catalog: Catalog, node: AlterTableStmt): Catalog {
  if (node.objtype === 'OBJECT_TYPE') return applyAlterType(catalog, node);
  const table = relationName(catalog, node.relation);
  let result = catalog;
  for (const element of node.cmds ?? []) {
    if (!('AlterTableCmd' in element)) continue;
    const apply = COMMANDS[element.AlterTableCmd.subtype ?? ''];
    if (apply === undefined) continue;
    const heirs = node.relation?.inh ? descendants(result, table).map(({ name }) => name) : [];
    result = apply(result, { table, members: [table, ...heirs] }, element.AlterTableCmd);
  }
  return result;
}

/** ALTER TYPE of a composite one, and of the tables that were made of it. */
function applyAlterType(catalog: Catalog, node: AlterTableStmt): Catalog {
  return typedTables(catalog, relationName(catalog, node.relation)).reduce(
    (result, table) =>
      applyAlterTable(result, { ...node, objtype: 'OBJECT_TABLE', relation: rangeOf(table.name) }),
    applyAlterComposite(catalog, node),
  );
}

const ofTable =
  (change: Partial<Relation>): Command =>
  (catalog, { table }) =>
    changeRelation(catalog, table, (relation) => ({ ...relation, ...change }));

/** Subcommands that change what the catalog knows. */
const COMMANDS: Readonly<Record<string, Command>> = {
  AT_AddColumn: addColumns,
  AT_DropColumn: dropColumn,
  AT_AlterColumnType: changeType,
  AT_ColumnDefault: (catalog, target, { name, def }) =>
    changeColumn(catalog, target, name, { default: defaultText(def) }),
  AT_SetNotNull: (catalog, { members }, { name }) =>
    changeAll(catalog, members, (relation) => markNotNull(relation, [name ?? ''])),
  AT_DropNotNull: (catalog, { members }, { name }) => changeAll(catalog, members, dropNotNull(name ?? '')),
  AT_AddIdentity: addIdentity,
  AT_DropIdentity: dropIdentity,
  AT_DropExpression: (catalog, target, { name }) =>
    changeAll(catalog, target.members, (relation) => ({
      ...relation,
      columns: relation.columns.map((column) => (column.name === name ? withoutExpression(column) : column)),
    })),
  AT_AddConstraint: addConstraints,
  AT_AlterConstraint: alterConstraint,
  AT_DropConstraint: dropConstraint,
  AT_ValidateConstraint: validateConstraint,
  AT_AttachPartition: (catalog, { table }, { def }) =>
    catalog.relations.get(table)?.kind === 'index'
      ? attachIndex(catalog, table, def)
      : attach(catalog, table, def),
  AT_DetachPartition: (catalog, { table }, { def }) => detach(catalog, table, def),
  AT_DetachPartitionFinalize: (catalog, { table }, { def }) => detach(catalog, table, def),
  AT_AddInherit: (catalog, { table }, { def }) =>
    def && 'RangeVar' in def ? withParent(catalog, table, relationName(catalog, def.RangeVar)) : catalog,
  AT_DropInherit: (catalog, { table }, { def }) =>
    def && 'RangeVar' in def ? withoutParent(catalog, table, relationName(catalog, def.RangeVar)) : catalog,
  AT_EnableTrig: switchTrigger,
  AT_EnableAlwaysTrig: switchTrigger,
  AT_EnableReplicaTrig: switchTrigger,
  AT_DisableTrig: switchTrigger,
  AT_EnableTrigAll: switchTrigger,
  AT_DisableTrigAll: switchTrigger,
  AT_EnableTrigUser: switchTrigger,
  AT_DisableTrigUser: switchTrigger,
  AT_SetLogged: (catalog, { table }) => setLogged(catalog, table, true),
  AT_SetUnLogged: (catalog, { table }) => setLogged(catalog, table, false),
  AT_EnableRowSecurity: ofTable({ rowSecurity: true }),
  AT_DisableRowSecurity: (catalog, { table }) =>
    changeRelation(catalog, table, ({ rowSecurity: _, ...relation }) => relation),
};

function switchTrigger(catalog: Catalog, { table }: Target, command: AlterTableCmd): Catalog {
  return switchTriggers(catalog, table, command);
}

function addColumns(
  catalog: Catalog,
  { table, members }: Target,
  { def, missing_ok }: AlterTableCmd,
): Catalog {
  if (def === undefined || !('ColumnDef' in def)) return catalog;
  const { colname } = def.ColumnDef;
  const has = (name: string): boolean =>
    catalog.relations.get(name)?.columns.some((column) => column.name === colname) === true;
  if (missing_ok && has(table)) return catalog;
  const made = addColumn(catalog, table, def.ColumnDef);
  const relation = made.relations.get(table);
  const column = relation?.columns.at(-1);
  if (column === undefined) return made;
  const before = new Set(catalog.relations.get(table)?.constraints.map(({ name }) => name));
  // A partition gets the foreign key too.
  const passed = new Set(relation?.kind === 'partitioned table' ? ['check', 'foreign key'] : ['check']);
  const added = relation?.constraints.filter(({ kind, name }) => passed.has(kind) && !before.has(name)) ?? [];
  const heirs = members.filter((member) => member !== table && !has(member));
  return changeAll(made, heirs, (heir) => ({
    ...heir,
    columns: [...heir.columns, column],
    constraints: [...heir.constraints, ...added.filter(({ noInherit }) => !noInherit)],
  }));
}

/** With it go its indexes, constraints and sequences, and (as CASCADE would) other tables' foreign keys to it. */
function dropColumn(before: Catalog, target: Target, command: AlterTableCmd): Catalog {
  const { table, members } = target;
  const { name = '', behavior } = command;
  const computed = (before.relations.get(table)?.columns ?? []).filter((column) =>
    column.computedFrom?.includes(name),
  );
  const catalog = computed.reduce(
    (result, column) => dropColumn(result, target, { ...command, name: column.name }),
    before,
  );
  const gone = members.flatMap((member) => [
    ...indexesOf(catalog, member).filter((index) => columnsOfIndex(index).includes(name)),
    ...sequencesOf(catalog, member, name),
    ...(behavior === 'DROP_CASCADE' ? readersOfColumn(catalog, member, name) : []),
  ]);
  const changed = changeAll(catalog, members, (relation) => ({
    ...relation,
    columns: relation.columns.filter((column) => column.name !== name),
    constraints: relation.constraints.filter(({ columns }) => !columns.includes(name)),
  }));
  const keys = foreignKeysTo(catalog, table).filter(({ constraint }) =>
    constraint.referencedColumns?.includes(name),
  );
  const cut = keys.reduce(
    (result, key) =>
      changeRelation(result, key.table.name, (relation) => ({
        ...relation,
        constraints: relation.constraints.filter(({ name: found }) => found !== key.constraint.name),
      })),
    changed,
  );
  return withoutRelations(
    cut,
    gone.map((relation) => relation.name),
  );
}

function changeType(catalog: Catalog, target: Target, { name, def }: AlterTableCmd): Catalog {
  if (def === undefined || !('ColumnDef' in def)) return catalog;
  return changeColumn(catalog, target, name, { type: typeText(catalog, def.ColumnDef.typeName) });
}

function changeColumn(
  catalog: Catalog,
  { members }: Target,
  name: string | undefined,
  change: Partial<Column>,
): Catalog {
  return changeAll(catalog, members, (relation) => ({
    ...relation,
    columns: relation.columns.map((column) => (column.name === name ? { ...column, ...change } : column)),
  }));
}

function withoutExpression({ computedFrom: _, ...column }: Column): Column {
  return { ...column, generated: undefined };
}

/** Inheritance children keep a plain column; partitions share the identity since 17. */
function addIdentity(catalog: Catalog, target: Target, { name = '' }: AlterTableCmd): Catalog {
  const { table } = target;
  const relation = catalog.relations.get(table);
  if (relation === undefined) return catalog;
  const members = relation.kind === 'partitioned table' ? target.members : [table];
  const marked = changeColumn(catalog, { table, members }, name, { generated: 'identity' });
  return withRelation(marked, newSequence(sequenceName(marked, table, name), relation, name));
}

function dropIdentity(catalog: Catalog, target: Target, { name = '' }: AlterTableCmd): Catalog {
  const sequences = sequencesOf(catalog, target.table, name).map((sequence) => sequence.name);
  return withoutRelations(changeColumn(catalog, target, name, { generated: undefined }), sequences);
}

/** Its indexes and, since 15, its sequences follow. */
function setLogged(catalog: Catalog, table: string, isLogged: boolean): Catalog {
  const parts = [...indexesOf(catalog, table), ...sequencesOf(catalog, table)].map(({ name }) => name);
  return changeAll(catalog, [table, ...parts], ({ unlogged: _, ...relation }) =>
    isLogged ? relation : { ...relation, unlogged: true },
  );
}
