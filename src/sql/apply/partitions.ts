import type { AlterTableCmd, PartitionBoundSpec } from '@pgsql/types';
import type { Catalog, Constraint, Relation } from '../catalog.ts';
import { changeRelation, withConstraint, withRelation } from '../catalog-edit.ts';
import { childrenOf, foreignKeysOf, indexesOf, partsOfIndex, sameForeignKey } from '../graph.ts';
import { bareName, relationName } from '../names.ts';
import { columnLabels, freeName } from '../object-name.ts';
import { boundText } from '../partition-bound.ts';
import { freeIndexName } from './create-index.ts';
import { lentIndex } from './lent-index.ts';
import { shareTriggers } from './triggers.ts';

type Definition = AlterTableCmd['def'];

/** The partition gets the parent's indexes, keys and foreign keys, or lends its own that are alike (AttachPartitionEnsureIndexes, CloneForeignKeyConstraints). */
export function attach(catalog: Catalog, parent: string, def: Definition): Catalog {
  const partition = partitionOf(catalog, def);
  if (partition === undefined) return catalog;
  const facts = boundFacts(def && 'PartitionCmd' in def ? def.PartitionCmd.bound : undefined);
  const attached = withParent(catalog, partition, parent);
  const marked = changeRelation(attached, partition, (relation) => ({ ...relation, ...facts }));
  return foreignKeysOf(catalog.relations.get(parent)).reduce(
    (result, key) => shareForeignKey(result, partition, key),
    shareTriggers(shareIndexes(marked, parent, partition), parent, partition),
  );
}

/** What a partition's bound tells of it. */
export function boundFacts(
  bound: PartitionBoundSpec | undefined,
): Pick<Relation, 'isDefaultPartition' | 'partitionBound'> {
  if (bound?.is_default) return { isDefaultPartition: true };
  const text = bound && boundText(bound);
  return text === undefined ? {} : { partitionBound: text };
}

/** Gives the partition, and its own partitions, every index of the parent that it has not yet. */
export function shareIndexes(catalog: Catalog, parent: string, partition: string): Catalog {
  let result = catalog;
  for (const index of indexesOf(catalog, parent)) {
    const key = catalog.relations
      .get(parent)
      ?.constraints.find((constraint) => constraint.index === index.name);
    if (indexesOf(result, partition).some(({ parents }) => parents.includes(index.name))) continue;
    const own = lentIndex(result, index, partition, key !== undefined);
    result =
      own === undefined
        ? copyIndex(result, index, key, partition)
        : changeRelation(result, own.name, (found) => ({ ...found, parents: [index.name] }));
  }
  for (const child of childrenOf(result, partition)) result = shareIndexes(result, partition, child.name);
  return result;
}

/** Whether a table has no index that could be a part of this one. */
export function lacksIndex(catalog: Catalog, index: Relation, table: string): boolean {
  const keys = catalog.relations.get(index.table ?? '')?.constraints ?? [];
  const isKey = keys.some((key) => key.index === index.name);
  return lentIndex(catalog, index, table, isKey) === undefined;
}

function isIndexOf(catalog: Catalog, index: string, table: string): boolean {
  return catalog.relations.get(index)?.table === table;
}

/** An index of another table under a name of its own, with the key that it carries. */
export function copyIndex(
  catalog: Catalog,
  index: Relation,
  key: Constraint | undefined,
  table: string,
  isPart = true,
): Catalog {
  const { parents: _, unlogged: __, ...shape } = index;
  const owner = catalog.relations.get(table);
  const name = freeIndexName(catalog, table, ...labelsOf(index, key));
  const copied = withRelation(catalog, {
    ...shape,
    name,
    table,
    parents: isPart ? [index.name] : [],
    rows: owner?.rows,
    bytes: owner?.bytes,
    isNew: owner?.isNew === true,
    ...(owner?.unlogged ? { unlogged: true } : {}),
  });
  if (key === undefined) return copied;
  return changeRelation(copied, table, (relation) =>
    withConstraint(relation, { ...key, name: bareName(name), index: name }),
  );
}

/** The middle and the end of the copy's name. An index without expressions and WHERE reads beside its key only what it includes. */
function labelsOf(index: Relation, key: Constraint | undefined): [labels: string, suffix: string] {
  if (key?.kind === 'primary key') return ['', 'pkey'];
  const isPlain = index.predicate === undefined && !index.indexColumns.some((column) => column.includes('('));
  const included = isPlain ? (index.otherColumns ?? []) : [];
  const labels = columnLabels([...index.indexColumns, ...included]);
  return [labels, key === undefined ? 'idx' : key.kind === 'exclusion' ? 'excl' : 'key'];
}

/** A key that a partitioned table gets is made on every partition. */
export function addKeyToPartitions(catalog: Catalog, parent: string): Catalog {
  return childrenOf(catalog, parent).reduce(
    (result, child) => shareIndexes(result, parent, child.name),
    catalog,
  );
}

function shareForeignKey(catalog: Catalog, partition: string, key: Constraint): Catalog {
  const relation = catalog.relations.get(partition);
  if (relation === undefined) return catalog;
  if (foreignKeysOf(relation).some((own) => sameForeignKey(own, key))) return catalog;
  const taken = new Set(relation.constraints.map(({ name }) => name));
  const name = taken.has(key.name)
    ? freeName(bareName(partition), columnLabels(key.columns), 'fkey', (found) => taken.has(found))
    : key.name;
  return childrenOf(catalog, partition).reduce(
    (result, child) => shareForeignKey(result, child.name, key),
    withRelation(catalog, withConstraint(relation, { ...key, name })),
  );
}

/** What was the parent's index is the partition's own from now on. */
export function detach(catalog: Catalog, parent: string, def: Definition): Catalog {
  const partition = partitionOf(catalog, def);
  if (partition === undefined) return catalog;
  const freed = indexesOf(catalog, partition).reduce(
    (result, index) =>
      changeRelation(result, index.name, (found) => ({
        ...found,
        parents: found.parents.filter((name) => !isIndexOf(catalog, name, parent)),
      })),
    catalog,
  );
  return withoutParent(freed, partition, parent);
}

/** ALTER INDEX … ATTACH PARTITION. With the last partition's the whole index becomes valid. */
export function attachIndex(catalog: Catalog, index: string, def: Definition): Catalog {
  const part = partitionOf(catalog, def);
  if (part === undefined) return catalog;
  const attached = withParent(catalog, part, index);
  const table = catalog.relations.get(index)?.table ?? '';
  if (partsOfIndex(attached, index).length < childrenOf(attached, table).length) return attached;
  return changeRelation(attached, index, ({ valid: _, ...relation }) => relation);
}

function partitionOf(catalog: Catalog, def: Definition): string | undefined {
  const command = def && 'PartitionCmd' in def ? def.PartitionCmd : undefined;
  return command === undefined ? undefined : relationName(catalog, command.name);
}

export function withParent(catalog: Catalog, child: string, parent: string): Catalog {
  return changeRelation(catalog, child, (relation) => ({
    ...relation,
    parents: [...relation.parents, parent],
  }));
}

export function withoutParent(catalog: Catalog, child: string, parent: string): Catalog {
  return changeRelation(catalog, child, ({ isDefaultPartition: _, partitionBound: __, ...relation }) => ({
    ...relation,
    parents: relation.parents.filter((name) => name !== parent),
  }));
}
