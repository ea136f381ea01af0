import type { AlterObjectSchemaStmt, AlterTableStmt, RangeVar, RenameStmt } from '@pgsql/types';
import type { RelationEffect } from '../effect.ts';
import { descendants, sequencesOf, typedTables } from '../graph.ts';
import { relationName } from '../names.ts';
import { alterTable } from './alter-table.ts';
import { family, known, type Touches, touch, type Work } from './touch.ts';
import { holds } from './versions.ts';

const LOCK = 'AccessExclusiveLock';

/** A new name is a brief AccessExclusiveLock, but for ALTER INDEX, which takes ShareUpdateExclusiveLock since 12 (RenameRelation). */
export function rename(node: RenameStmt, work: Work): Touches {
  const { renameType, relation, missing_ok: mayMiss } = node;
  if (relation === undefined) return [];
  const name = relationName(work.catalog, relation);
  if (renameType === 'OBJECT_ATTRIBUTE')
    return typedTables(work.catalog, name).map((table) =>
      touch(work, table.name, LOCK, 'its type’s attribute is renamed'),
    );
  if (mayMiss && isMissing(name, work)) return [];
  if (renameType === 'OBJECT_INDEX') {
    const isIndex = (known(work, name)?.kind ?? 'index') === 'index';
    return [touch(work, name, isIndex ? 'ShareUpdateExclusiveLock' : LOCK, 'it is renamed')];
  }
  if (renameType === 'OBJECT_TABCONSTRAINT') return renameConstraint(node, work, name);
  return renamed(node, relation, name, work).map((member) =>
    touch(work, member, LOCK, 'it or a part of it is renamed'),
  );
}

/** The index of a key is renamed with it; CHECK and NOT NULL have one name in all children. */
function renameConstraint(node: RenameStmt, work: Work, name: string): readonly RelationEffect[] {
  const constraint = known(work, name)?.constraints.find((found) => found.name === node.subname);
  const isInherited =
    constraint === undefined || constraint.kind === 'check' || constraint.kind === 'not null';
  const names = isInherited ? family(work, node.relation) : [name];
  const tables = names.map((member) => touch(work, member, LOCK, 'a constraint of it is renamed'));
  const index = constraint?.index;
  return index === undefined
    ? tables
    : [...tables, touch(work, index, 'ShareUpdateExclusiveLock', 'it is renamed with its constraint')];
}

function renamed(
  { renameType, subname }: RenameStmt,
  relation: RangeVar,
  name: string,
  work: Work,
): readonly string[] {
  if (renameType === 'OBJECT_COLUMN') return family(work, relation);
  const table = known(work, name);
  const isShared = table?.triggers?.some((trigger) => trigger.name === subname && trigger.forEachRow);
  const recurses = renameType === 'OBJECT_TRIGGER' && table?.kind === 'partitioned table' && isShared;
  if (!recurses || !holds(work, 'triggerRenameRecurses')) return [name];
  return [name, ...descendants(work.catalog, name).map((child) => child.name)];
}

/** SET SCHEMA takes the sequences of the table's columns along. */
export function alterSchema({ relation, missing_ok: mayMiss }: AlterObjectSchemaStmt, work: Work): Touches {
  if (relation === undefined) return [];
  const name = relationName(work.catalog, relation);
  if (mayMiss && isMissing(name, work)) return [];
  const moved = [name, ...sequencesOf(work.catalog, name).map((sequence) => sequence.name)];
  return moved.map((member) => touch(work, member, LOCK, 'it moves to another schema'));
}

/** ALTER TYPE of a composite type does to the tables made of it what ALTER TABLE would. */
export function alterCompositeType(node: AlterTableStmt, work: Work): Touches {
  const tables = typedTables(work.catalog, relationName(work.catalog, node.relation));
  return tables.flatMap((table) => {
    const [schemaname = '', ...rest] = table.name.split('.');
    const relation = { schemaname, relname: rest.join('.'), inh: true };
    return alterTable({ ...node, objtype: 'OBJECT_TABLE', relation }, work) ?? ['unseen' as const];
  });
}

function isMissing(name: string, { catalog }: Work): boolean {
  return catalog.complete && !catalog.relations.has(name);
}
