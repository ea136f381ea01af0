import type { RangeVar } from '@pgsql/types';
import type { Catalog } from './catalog.ts';
import type { Effects, PostgresVersion } from './effect.ts';
import { alterTable } from './effects/alter-table.ts';
import { createTable, createTableAs, createView } from './effects/create-table.ts';
import { doBlock } from './effects/do-block.ts';
import { drop } from './effects/drop.ts';
import { createIndex, reindex } from './effects/indexes.ts';
import { cluster, refreshView, truncate, vacuum } from './effects/maintenance.ts';
import { dataChange, lockTable, select } from './effects/queries.ts';
import { alterSchema, rename } from './effects/rename.ts';
import { ON_ONE_RELATION, TOUCHES_NOTHING } from './effects/simple.ts';
import {
  alterDomain,
  comment,
  createStatistics,
  createTrigger,
  grant,
  publication,
} from './effects/simple-handlers.ts';
import { isSeen, listed, merge, type Touches, touch, type Work } from './effects/touch.ts';
import { relationName } from './names.ts';
import type { Statement } from './statement.ts';

type Handler = (node: never, work: Work) => Touches;

const HANDLERS: Readonly<Record<string, Handler>> = {
  AlterTableStmt: alterTable,
  CreateStmt: createTable,
  CreateTableAsStmt: createTableAs,
  ViewStmt: createView,
  IndexStmt: createIndex,
  ReindexStmt: reindex,
  DropStmt: drop,
  RenameStmt: rename,
  AlterObjectSchemaStmt: alterSchema,
  TruncateStmt: truncate,
  ClusterStmt: cluster,
  VacuumStmt: vacuum,
  RefreshMatViewStmt: refreshView,
  SelectStmt: select,
  InsertStmt: dataChange('InsertStmt'),
  UpdateStmt: dataChange('UpdateStmt'),
  DeleteStmt: dataChange('DeleteStmt'),
  MergeStmt: dataChange('MergeStmt'),
  LockStmt: lockTable,
  CommentStmt: comment,
  CreateStatsStmt: createStatistics,
  CreateTrigStmt: createTrigger,
  GrantStmt: grant,
  CreatePublicationStmt: publication,
  AlterPublicationStmt: publication,
  AlterDomainStmt: alterDomain,
  DoStmt: doBlock,
};

/**
 * What a statement does to relations that exist before it, on a server of this major version: the strongest lock on
 * each, rewrites, verifying scans, index builds, lost data. Relations that it makes itself are left out: nobody can
 * wait for them. `seen` is false for a kind that the model does not know and for code that it cannot read; what is known
 * is listed all the same.
 */
export function effects(statement: Statement, catalog: Catalog, version: PostgresVersion): Effects {
  const touches = listed(touchesOf(statement, { catalog, version, followed: new Set() }));
  return { seen: touches.every(isSeen), relations: merge(touches.filter(isSeen)) };
}

/** The same as single touches, for a statement inside another's code. */
export function touchesOf({ kind, node }: Pick<Statement, 'kind' | 'node'>, work: Work): Touches {
  const value: unknown = Object.values(node)[0];
  const handler = HANDLERS[kind];
  if (handler !== undefined) return handler(value as never, work);
  const simple = ON_ONE_RELATION[kind];
  if (simple !== undefined) {
    const range = (value as Record<string, RangeVar | undefined>)[simple.field];
    return range ? [touch(work, relationName(work.catalog, range), simple.lock, simple.why)] : [];
  }
  return TOUCHES_NOTHING.has(kind) ? [] : undefined;
}
