import type { AlterObjectSchemaStmt, RenameStmt } from '@pgsql/types';
import { relationName } from '../names.ts';
import { family, known, type Touches, touch, type Work } from './touch.ts';

/** A new name is a brief AccessExclusiveLock, but for an index, which takes ShareUpdateExclusiveLock since 12 (RenameRelation). */
export function rename({ renameType, relation }: RenameStmt, work: Work): Touches {
  if (relation === undefined) return [];
  const name = relationName(work.catalog, relation);
  const isIndex = renameType === 'OBJECT_INDEX' || known(work, name)?.kind === 'index';
  if (isIndex) return [touch(work, name, 'ShareUpdateExclusiveLock', 'it is renamed')];
  const recurses = renameType === 'OBJECT_COLUMN' || renameType === 'OBJECT_TABCONSTRAINT';
  const names = recurses ? family(work, relation) : [name];
  return names.map((member) => touch(work, member, 'AccessExclusiveLock', 'it or a part of it is renamed'));
}

export function alterSchema({ relation }: AlterObjectSchemaStmt, work: Work): Touches {
  if (relation === undefined) return [];
  return [
    touch(work, relationName(work.catalog, relation), 'AccessExclusiveLock', 'it moves to another schema'),
  ];
}
