import type { AlterObjectSchemaStmt, RenameStmt } from '@pgsql/types';
import type { RelationEffect } from '../effect.ts';
import { sequencesOf } from '../graph.ts';
import { relationName } from '../names.ts';
import { family, isSpared, known, type Touches, touch, type Work } from './touch.ts';

const LOCK = 'AccessExclusiveLock';

/** A new name is a brief AccessExclusiveLock, but by ALTER INDEX, which takes ShareUpdateExclusiveLock since 12 (RenameRelation). */
export function rename(node: RenameStmt, work: Work): Touches {
  const { renameType, relation, missing_ok: ifExists } = node;
  if (relation === undefined) return [];
  const name = relationName(work.catalog, relation);
  if (isSpared(work, name, ifExists)) return [];
  if (renameType === 'OBJECT_INDEX')
    return [{ ...touch(work, name, 'ShareUpdateExclusiveLock', 'it is renamed'), kind: 'index' }];
  if (renameType === 'OBJECT_TABCONSTRAINT') return renameConstraint(node, work, name);
  const names = renameType === 'OBJECT_COLUMN' ? family(work, relation) : [name];
  return names.map((member) => touch(work, member, LOCK, 'it or a part of it is renamed'));
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

/** Its sequences move along. */
export function alterSchema({ relation, missing_ok: ifExists }: AlterObjectSchemaStmt, work: Work): Touches {
  if (relation === undefined) return [];
  const name = relationName(work.catalog, relation);
  if (isSpared(work, name, ifExists)) return [];
  return [name, ...sequencesOf(work.catalog, name).map((sequence) => sequence.name)].map((member) =>
    touch(work, member, LOCK, 'it moves to another schema'),
  );
}
