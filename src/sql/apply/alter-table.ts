import type { AlterTableCmd, AlterTableStmt, PartitionCmd } from '@pgsql/types';
import type { Catalog, Column, Relation } from '../catalog.ts';
import { changeFamily, changeRelation, withoutRelations, withRelation } from '../catalog-edit.ts';
import { addConstraint, markNotNull, readConstraint } from '../constraints.ts';
import { expressionText } from '../expression.ts';
import { descendants, indexesOf } from '../graph.ts';
import { relationName, schemaOf } from '../names.ts';
import { typeText } from '../types.ts';
import { addColumn } from './create-table.ts';

type Command = (catalog: Catalog, table: string, command: AlterTableCmd) => Catalog;

export function applyAlterTable(catalog: Catalog, node: AlterTableStmt): Catalog {
  const table = relationName(catalog, node.relation);
  let result = catalog;
  for (const element of node.cmds ?? []) {
    if (!('AlterTableCmd' in element)) continue;
    const apply = COMMANDS[element.AlterTableCmd.subtype ?? ''];
    if (apply !== undefined) result = apply(result, table, element.AlterTableCmd);
  }
  return result;
}

/** Subcommands that change what the catalog knows. */
const COMMANDS: Readonly<Record<string, Command>> = {
  AT_AddColumn: addColumns,
  AT_DropColumn: dropColumn,
  AT_AlterColumnType: changeType,
  AT_ColumnDefault: (catalog, table, { name, def }) =>
    changeColumn(catalog, table, name, {
      default: def === undefined ? undefined : (expressionText(def) ?? 'an expression'),
    }),
  AT_SetNotNull: (catalog, table, { name }) =>
    changeFamily(catalog, table, (relation) => markNotNull(relation, [name ?? ''])),
  AT_DropNotNull: (catalog, table, { name }) => changeFamily(catalog, table, dropNotNull(name ?? '')),
  AT_AddIdentity: (catalog, table, { name }) =>
    changeColumn(catalog, table, name, { generated: 'identity', notNull: true }),
  AT_DropIdentity: (catalog, table, { name }) => changeColumn(catalog, table, name, { generated: undefined }),
  AT_DropExpression: (catalog, table, { name }) =>
    changeColumn(catalog, table, name, { generated: undefined }),
  AT_AddConstraint: addConstraints,
  AT_DropConstraint: dropConstraint,
  AT_ValidateConstraint: validateConstraint,
  AT_AlterConstraint: alterConstraint,
  AT_AttachPartition: attach,
  AT_DetachPartition: detach,
  AT_DetachPartitionFinalize: detach,
  AT_AddInherit: (catalog, table, { def }) =>
    def && 'RangeVar' in def ? withParent(catalog, table, relationName(catalog, def.RangeVar)) : catalog,
  AT_DropInherit: (catalog, table, { def }) =>
    def && 'RangeVar' in def ? withoutParent(catalog, table, relationName(catalog, def.RangeVar)) : catalog,
};

function addColumns(catalog: Catalog, table: string, { def, missing_ok }: AlterTableCmd): Catalog {
  if (def === undefined || !('ColumnDef' in def)) return catalog;
  const { colname } = def.ColumnDef;
  const exists = catalog.relations.get(table)?.columns.some(({ name }) => name === colname);
  if (missing_ok && exists) return catalog;
  const column = addColumn(catalog, table, def.ColumnDef).relations.get(table)?.columns.at(-1);
  const heirs = descendants(catalog, table).map(({ name }) => name);
  const inherited = heirs.reduce(
    (result, heir) =>
      changeRelation(result, heir, (relation) =>
        column === undefined ? relation : { ...relation, columns: [...relation.columns, column] },
      ),
    catalog,
  );
  return addColumn(inherited, table, def.ColumnDef);
}

function dropColumn(catalog: Catalog, table: string, { name }: AlterTableCmd): Catalog {
  const changed = changeFamily(catalog, table, (relation) => ({
    ...relation,
    columns: relation.columns.filter((column) => column.name !== name),
    constraints: relation.constraints.filter(({ columns }) => !columns.includes(name ?? '')),
  }));
  const indexes = [table, ...descendants(catalog, table).map((child) => child.name)]
    .flatMap((member) => indexesOf(catalog, member))
    .filter(({ indexColumns }) => indexColumns.includes(name ?? ''));
  return withoutRelations(
    changed,
    indexes.map((index) => index.name),
  );
}

function changeType(catalog: Catalog, table: string, { name, def }: AlterTableCmd): Catalog {
  if (def === undefined || !('ColumnDef' in def)) return catalog;
  return changeColumn(catalog, table, name, { type: typeText(catalog, def.ColumnDef.typeName) });
}

function changeColumn(
  catalog: Catalog,
  table: string,
  name: string | undefined,
  change: Partial<Column>,
): Catalog {
  return changeFamily(catalog, table, (relation) => ({
    ...relation,
    columns: relation.columns.map((column) => (column.name === name ? { ...column, ...change } : column)),
  }));
}

function dropNotNull(name: string): (relation: Relation) => Relation {
  return (relation) => {
    const nullable = markNotNull(relation, [name], false);
    const constraints = nullable.constraints.filter(
      ({ kind, columns }) => kind !== 'not null' || !columns.includes(name),
    );
    return { ...nullable, constraints };
  };
}

function addConstraints(catalog: Catalog, table: string, { def }: AlterTableCmd): Catalog {
  if (def === undefined || !('Constraint' in def)) return catalog;
  const relation = catalog.relations.get(table);
  const constraint = relation && readConstraint(catalog, relation, def.Constraint);
  if (constraint === undefined) return catalog;
  const usesIndex = def.Constraint.indexname !== undefined && def.Constraint.indexname !== '';
  const added = addConstraint(renameUsedIndex(catalog, table, def.Constraint), table, constraint, usesIndex);
  const passes = ['check', 'not null'].includes(constraint.kind) || relation?.kind === 'partitioned table';
  if (!passes || def.Constraint.is_no_inherit) return added;
  return descendants(catalog, table).reduce(
    (result, child) => addConstraint(result, child.name, constraint, false),
    added,
  );
}

/** ADD CONSTRAINT name … USING INDEX renames the index to the constraint's name. */
function renameUsedIndex(
  catalog: Catalog,
  table: string,
  { conname, indexname }: { conname?: string; indexname?: string },
): Catalog {
  if (!conname || !indexname || conname === indexname) return catalog;
  const index = catalog.relations.get(`${schemaOf(table)}.${indexname}`);
  if (index === undefined) return catalog;
  const relations = new Map(catalog.relations);
  relations.delete(index.name);
  return withRelation({ ...catalog, relations }, { ...index, name: `${schemaOf(table)}.${conname}` });
}

function dropConstraint(catalog: Catalog, table: string, { name }: AlterTableCmd): Catalog {
  const dropped = catalog.relations.get(table)?.constraints.find((constraint) => constraint.name === name);
  const changed = changeFamily(catalog, table, (relation) => ({
    ...relation,
    constraints: relation.constraints.filter((constraint) => constraint.name !== name),
  }));
  const index = `${schemaOf(table)}.${name}`;
  const result = changed.relations.get(index)?.table === table ? withoutRelations(changed, [index]) : changed;
  return dropped?.kind === 'not null'
    ? changeFamily(result, table, dropNotNull(dropped.columns[0] ?? ''))
    : result;
}

function validateConstraint(catalog: Catalog, table: string, { name }: AlterTableCmd): Catalog {
  return changeFamily(catalog, table, (relation) => {
    const constraint = relation.constraints.find((found) => found.name === name);
    if (constraint === undefined) return relation;
    const constraints = relation.constraints.map((found) =>
      found === constraint ? { ...found, validated: true } : found,
    );
    const validated = { ...relation, constraints };
    return constraint.kind === 'not null' ? markNotNull(validated, constraint.columns) : validated;
  });
}

/** ENFORCED checks every row, NOT ENFORCED proves nothing any more. */
function alterConstraint(catalog: Catalog, table: string, { def }: AlterTableCmd): Catalog {
  const change = def && 'ATAlterConstraint' in def ? def.ATAlterConstraint : undefined;
  if (!change?.alterEnforceability) return catalog;
  const enforced = change.is_enforced === true;
  return changeFamily(catalog, table, (relation) => ({
    ...relation,
    constraints: relation.constraints.map((found) =>
      found.name === change.conname ? { ...found, enforced, validated: enforced } : found,
    ),
  }));
}

function attach(catalog: Catalog, parent: string, { def }: AlterTableCmd): Catalog {
  const partition = partitionOf(catalog, def);
  if (partition === undefined) return catalog;
  const isDefault = def && 'PartitionCmd' in def && def.PartitionCmd.bound?.is_default === true;
  const attached = withParent(catalog, partition, parent);
  if (!isDefault) return attached;
  return changeRelation(attached, partition, (relation) => ({ ...relation, isDefaultPartition: true }));
}

function detach(catalog: Catalog, parent: string, { def }: AlterTableCmd): Catalog {
  const partition = partitionOf(catalog, def);
  return partition === undefined ? catalog : withoutParent(catalog, partition, parent);
}

function partitionOf(catalog: Catalog, def: AlterTableCmd['def']): string | undefined {
  const command: PartitionCmd | undefined = def && 'PartitionCmd' in def ? def.PartitionCmd : undefined;
  return command === undefined ? undefined : relationName(catalog, command.name);
}

function withParent(catalog: Catalog, child: string, parent: string): Catalog {
  return changeRelation(catalog, child, (relation) => ({
    ...relation,
    parents: [...relation.parents, parent],
  }));
}

function withoutParent(catalog: Catalog, child: string, parent: string): Catalog {
  return changeRelation(catalog, child, ({ isDefaultPartition: _, ...relation }) => ({
    ...relation,
    parents: relation.parents.filter((name) => name !== parent),
  }));
}
