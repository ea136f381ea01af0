import type { AlterTableCmd, Constraint as ConstraintNode } from '@pgsql/types';
import type { Catalog, Constraint, Relation } from '../catalog.ts';
import { changeRelation, renameRelation, withoutRelations } from '../catalog-edit.ts';
import { addConstraint, indexShape, markNotNull, readConstraint } from '../constraints.ts';
import { childrenOf, foreignKeysTo, partsOfIndex, primaryKey } from '../graph.ts';
import { schemaOf } from '../names.ts';
import { changeAll, dropNotNull, type Target } from './members.ts';
import { addKeyToPartitions } from './partitions.ts';

export function addConstraints(
  catalog: Catalog,
  { table, members }: Target,
  { def }: AlterTableCmd,
): Catalog {
  if (def === undefined || !('Constraint' in def)) return catalog;
  const node = def.Constraint;
  const relation = catalog.relations.get(table);
  const constraint = relation && readConstraint(catalog, relation, node);
  if (relation === undefined || constraint === undefined) return catalog;
  const usesIndex = node.indexname !== undefined && node.indexname !== '';
  const added = addConstraint(renameUsedIndex(catalog, table, node), table, constraint, {
    usesIndex,
    ...indexShape(node, constraint.kind),
  });
  return pass(added, relation, constraint, members.slice(1));
}

/** CHECK and NOT NULL go to all children, keys to partitions; a primary key makes its columns NOT NULL in children too. */
function pass(
  catalog: Catalog,
  relation: Relation,
  constraint: Constraint,
  heirs: readonly string[],
): Catalog {
  if (constraint.noInherit) return catalog;
  const isPartitioned = relation.kind === 'partitioned table';
  if (constraint.index !== undefined) {
    const marked =
      constraint.kind === 'primary key'
        ? changeAll(catalog, heirs, (heir) => markNotNull(heir, constraint.columns))
        : catalog;
    if (!isPartitioned) return marked;
    if (heirs.length > 0) return addKeyToPartitions(marked, relation.name);
    const isAlone = childrenOf(catalog, relation.name).length > 0;
    return isAlone
      ? changeRelation(marked, constraint.index, (index) => ({ ...index, valid: false }))
      : marked;
  }
  if (constraint.kind === 'foreign key' && !isPartitioned) return catalog;
  const has = (name: string): boolean =>
    catalog.relations.get(name)?.constraints.some((own) => own.name === constraint.name) === true;
  return heirs
    .filter((heir) => !has(heir))
    .reduce((result, heir) => addConstraint(result, heir, constraint), catalog);
}

/** ADD CONSTRAINT name … USING INDEX renames the index to the constraint's name. */
function renameUsedIndex(catalog: Catalog, table: string, { conname, indexname }: ConstraintNode): Catalog {
  if (!conname || !indexname || conname === indexname) return catalog;
  return renameRelation(catalog, `${schemaOf(table)}.${indexname}`, `${schemaOf(table)}.${conname}`);
}

/** A key goes with its index, on partitions too, and (as CASCADE would) with the foreign keys that need it. */
export function dropConstraint(
  catalog: Catalog,
  { table, members }: Target,
  { name }: AlterTableCmd,
): Catalog {
  const dropped = catalog.relations.get(table)?.constraints.find((constraint) => constraint.name === name);
  if (dropped === undefined) return catalog;
  const isSame = (found: Constraint): boolean => found.name === name && found.kind === dropped.kind;
  const reached = dropped.kind === 'check' || dropped.kind === 'not null' || isPartitioned(catalog, table);
  const changed = changeAll(catalog, reached ? members : [table], (relation) => ({
    ...relation,
    constraints: relation.constraints.filter((found) => !isSame(found)),
  }));
  if (dropped.kind === 'not null') return changeAll(changed, members, dropNotNull(dropped.columns[0] ?? ''));
  if (dropped.index === undefined) return changed;
  const key = primaryKey(catalog.relations.get(table));
  const needing = foreignKeysTo(catalog, table).filter(
    ({ constraint }) => (constraint.referencedColumns ?? key).join() === dropped.columns.join(),
  );
  const cut = needing.reduce((result, found) => without(result, found.table.name, found.constraint), changed);
  return withoutRelations(cut, [
    dropped.index,
    ...partsOfIndex(catalog, dropped.index).map((part) => part.name),
  ]);
}

function without(catalog: Catalog, table: string, constraint: Constraint): Catalog {
  return changeRelation(catalog, table, (relation) => ({
    ...relation,
    constraints: relation.constraints.filter(({ name }) => name !== constraint.name),
  }));
}

function isPartitioned(catalog: Catalog, table: string): boolean {
  return catalog.relations.get(table)?.kind === 'partitioned table';
}

/** ALTER CONSTRAINT changes only what it names: deferrable, enforced (18), inherited (18). */
export function alterConstraint(catalog: Catalog, { members }: Target, { def }: AlterTableCmd): Catalog {
  if (def === undefined || !('ATAlterConstraint' in def)) return catalog;
  const { conname, alterDeferrability, alterEnforceability, alterInheritability } = def.ATAlterConstraint;
  const { deferrable, initdeferred, is_enforced: enforced, noinherit } = def.ATAlterConstraint;
  return changeConstraint(
    catalog,
    members,
    conname,
    ({ deferrable: was, deferred, noInherit, enforced: is, ...rest }) => ({
      ...rest,
      ...((alterDeferrability ? deferrable : was) ? { deferrable: true } : {}),
      ...((alterDeferrability ? initdeferred : deferred) ? { deferred: true } : {}),
      ...((alterInheritability ? noinherit : noInherit) ? { noInherit: true } : {}),
      ...(alterEnforceability ? { validated: enforced === true } : {}),
      ...((alterEnforceability ? enforced : is !== false) ? {} : { enforced: false }),
    }),
  );
}

export function validateConstraint(catalog: Catalog, { members }: Target, { name }: AlterTableCmd): Catalog {
  const validated = changeConstraint(catalog, members, name, (constraint) => ({
    ...constraint,
    validated: true,
  }));
  return changeAll(validated, members, (relation) => {
    const constraint = relation.constraints.find((found) => found.name === name);
    return constraint?.kind === 'not null' ? markNotNull(relation, constraint.columns) : relation;
  });
}

function changeConstraint(
  catalog: Catalog,
  members: readonly string[],
  name: string | undefined,
  change: (constraint: Constraint) => Constraint,
): Catalog {
  return changeAll(catalog, members, (relation) => ({
    ...relation,
    constraints: relation.constraints.map((found) => (found.name === name ? change(found) : found)),
  }));
}
