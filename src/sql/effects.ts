import type { Catalog } from './catalog.ts';
import type { Effects, PostgresVersion } from './effect.ts';
import { alterTable } from './effects/alter-table.ts';
import { createForeignTable, createTable, createTableAs, createView } from './effects/create-table.ts';
import { doBlock } from './effects/do-block.ts';
import { drop } from './effects/drop.ts';
import { createIndex, reindex } from './effects/indexes.ts';
import { cluster, refreshView, truncate, vacuum } from './effects/maintenance.ts';
import { dataChange, lockTable, select } from './effects/queries.ts';
import { alterSchema, rename } from './effects/rename.ts';
import { call, copy, createFunction, declareCursor, execute, explain, prepare } from './effects/run.ts';
import { TOUCHES_NOTHING } from './effects/simple.ts';
import {
  alterDepends,
  alterDomain,
  alterSequence,
  alterSubscription,
  comment,
  createRule,
  createSchema,
  createSequence,
  createStatistics,
  createSubscription,
  createTrigger,
  extensionContents,
  grant,
  policy,
  publication,
} from './effects/simple-handlers.ts';
import { isSeen, listed, merge, type Touches, type Work } from './effects/touch.ts';
import type { Statement } from './statement.ts';

type Handler = (node: never, work: Work) => Touches;

/** What each kind of statement does; of the kinds that are missing here `simple.ts` tells. */
export const HANDLERS: Readonly<Record<string, Handler>> = {
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
  CreatePolicyStmt: policy,
  AlterPolicyStmt: policy,
  RuleStmt: createRule,
  CreateSeqStmt: createSequence,
  AlterSeqStmt: alterSequence,
  CreateSchemaStmt: createSchema,
  CreateFunctionStmt: createFunction,
  PrepareStmt: prepare,
  ExecuteStmt: execute,
  ExplainStmt: explain,
  DeclareCursorStmt: declareCursor,
  CallStmt: call,
  CopyStmt: copy,
  SecLabelStmt: comment,
  CreateForeignTableStmt: createForeignTable,
  AlterObjectDependsStmt: alterDepends,
  AlterExtensionContentsStmt: extensionContents,
  CreateSubscriptionStmt: createSubscription,
  AlterSubscriptionStmt: alterSubscription,
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
  return TOUCHES_NOTHING.has(kind) ? [] : undefined;
}
