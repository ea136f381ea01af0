import type { PartitionBoundSpec } from '@pgsql/types';
import type { Catalog, Relation } from '../sql/catalog.ts';
import { childrenOf } from '../sql/graph.ts';
import { newName, relationName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { type AlterCommand, alterCommands } from './alter-commands.ts';

/** A partition that comes to a table or leaves it. Names are schema-qualified. */
export type PartitionStep = {
  readonly parent: string;
  readonly partition: string;
  readonly bound: PartitionBoundSpec | undefined;
};

/** ATTACH PARTITION and DETACH PARTITION, with the subcommand as a statement of its own. */
export type PartitionCommand = PartitionStep & {
  readonly isConcurrent: boolean;
  readonly part: AlterCommand;
};

export function attachments(statement: Statement, catalog: Catalog): readonly PartitionCommand[] {
  return partitionCommands(statement, catalog, 'AT_AttachPartition');
}

export function detachments(statement: Statement, catalog: Catalog): readonly PartitionCommand[] {
  return partitionCommands(statement, catalog, 'AT_DetachPartition');
}

function partitionCommands(
  statement: Statement,
  catalog: Catalog,
  subtype: string,
): readonly PartitionCommand[] {
  return alterCommands(statement, catalog).flatMap((part) => {
    const { def } = part.command;
    if (part.command.subtype !== subtype || !def || !('PartitionCmd' in def)) return [];
    const { name, bound, concurrent } = def.PartitionCmd;
    const partition = relationName(catalog, name);
    return [{ parent: part.table, partition, bound, isConcurrent: concurrent === true, part }];
  });
}

/** CREATE TABLE … PARTITION OF; undefined for any other statement. */
export function createdPartition({ node }: Statement, catalog: Catalog): PartitionStep | undefined {
  if (!('CreateStmt' in node)) return undefined;
  const { inhRelations, partbound, relation } = node.CreateStmt;
  const [parent] = inhRelations ?? [];
  if (partbound === undefined || !parent || !('RangeVar' in parent)) return undefined;
  return {
    parent: relationName(catalog, parent.RangeVar),
    partition: newName(catalog, relation),
    bound: partbound,
  };
}

export function defaultPartitionOf(catalog: Catalog, parent: string): Relation | undefined {
  return childrenOf(catalog, parent).find(({ isDefaultPartition }) => isDefaultPartition);
}

/** The partitioned tables that a relation is a partition of, without those that the change makes. */
export function partitionedParents(catalog: Catalog, name: string): readonly Relation[] {
  return (catalog.relations.get(name)?.parents ?? []).flatMap((parent) => {
    const relation = catalog.relations.get(parent);
    return relation?.kind === 'partitioned table' && !relation.isNew ? [relation] : [];
  });
}
