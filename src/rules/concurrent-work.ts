import type { AlterTableStmt, ReindexStmt } from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { bareName, relationName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import {
  createdIndex,
  droppedIndexes,
  isDropConcurrent,
  isPartitioned,
  isReindexConcurrent,
  meant,
} from './index-statements.ts';
import { code } from './words.ts';

/** A statement's CONCURRENTLY form. */
export type ConcurrentWork = {
  /** As the server's messages call it: `CREATE INDEX CONCURRENTLY`. */
  readonly command: string;
  readonly relation: string | undefined;
  /** The index or the partition. */
  readonly part: string | undefined;
  /** What a failure halfway leaves behind, after "leaves". */
  readonly leaves: string;
  /** The server refuses it, because what it works on is partitioned, or (DROP) has such a table. */
  readonly isOnPartitioned: boolean;
  /** Its table was made by the change. */
  readonly isNew: boolean;
};

/** What a statement with CONCURRENTLY works on: CREATE, DROP and REINDEX INDEX, and DETACH PARTITION. */
export function concurrentWork(statement: Statement, catalog: Catalog): ConcurrentWork | undefined {
  const { node } = statement;
  if ('IndexStmt' in node) return creation(statement, catalog);
  if (isDropConcurrent(statement)) return removal(statement, catalog);
  if ('ReindexStmt' in node) return rebuild(node.ReindexStmt, catalog);
  return 'AlterTableStmt' in node ? detachment(node.AlterTableStmt, catalog) : undefined;
}

function creation(statement: Statement, catalog: Catalog): ConcurrentWork | undefined {
  const made = createdIndex(statement, catalog);
  if (!made?.isConcurrent) return undefined;
  return {
    command: 'CREATE INDEX CONCURRENTLY',
    relation: made.table,
    part: bareName(made.index),
    leaves: `the index ${code(bareName(made.index))} behind as INVALID, which every write still pays for`,
    isOnPartitioned: isPartitioned(catalog, made.table),
    isNew: made.onTable?.isNew === true,
  };
}

function removal(statement: Statement, catalog: Catalog): ConcurrentWork | undefined {
  const [dropped] = droppedIndexes(statement, catalog);
  if (dropped === undefined) return { ...NOTHING, command: 'DROP INDEX CONCURRENTLY' };
  return {
    command: 'DROP INDEX CONCURRENTLY',
    relation: meant(dropped),
    part: bareName(dropped.name),
    leaves: `the index ${code(bareName(dropped.name))} behind as INVALID, of no use to queries`,
    isOnPartitioned: isPartitioned(catalog, dropped.table?.name),
    isNew: dropped.table?.isNew === true,
  };
}

/** IF EXISTS, and it does not: the server refuses a transaction even so. */
const NOTHING = {
  relation: undefined,
  part: undefined,
  leaves: 'nothing',
  isOnPartitioned: false,
  isNew: true,
};

function rebuild(node: ReindexStmt, catalog: Catalog): ConcurrentWork | undefined {
  if (!isReindexConcurrent(node)) return undefined;
  const { kind = '', relation } = node;
  const what = kind.replace('REINDEX_OBJECT_', '');
  const target = relation && relationName(catalog, relation);
  const isIndex = kind === 'REINDEX_OBJECT_INDEX';
  const table = isIndex ? (catalog.relations.get(target ?? '')?.table ?? target) : target;
  return {
    command: `REINDEX ${what} CONCURRENTLY`,
    relation: table,
    part: isIndex && target ? bareName(target) : undefined,
    leaves: isIndex
      ? `an INVALID ${code(`${bareName(target ?? '')}_ccnew`)} behind`
      : `INVALID indexes behind, named after the old ones with ${code('_ccnew')}`,
    isOnPartitioned: isPartitioned(catalog, table),
    isNew: table !== undefined && catalog.relations.get(table)?.isNew === true,
  };
}

function detachment(node: AlterTableStmt, catalog: Catalog): ConcurrentWork | undefined {
  for (const element of node.cmds ?? []) {
    const definition = 'AlterTableCmd' in element ? element.AlterTableCmd.def : undefined;
    if (!definition || !('PartitionCmd' in definition) || !definition.PartitionCmd.concurrent) continue;
    const parent = relationName(catalog, node.relation);
    const partition = bareName(relationName(catalog, definition.PartitionCmd.name));
    return {
      command: 'DETACH PARTITION … CONCURRENTLY',
      relation: parent,
      part: partition,
      leaves: `${code(partition)} half detached until somebody runs ${code('DETACH PARTITION … FINALIZE')}`,
      isOnPartitioned: false,
      isNew: catalog.relations.get(parent)?.isNew === true,
    };
  }
  return undefined;
}
