import type { IndexStmt } from '@pgsql/types';
import { newIndexName } from '../../sql/apply/create-index.ts';
import { relationName } from '../../sql/names.ts';
import { quoteName, quoteQualified } from '../../sql/quote.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext, TextEdit } from '../rule.ts';

export const rule: Rule = {
  slug: 'create-index-blocking',
  title: 'Building an index while writers wait',
  condition: 'CREATE INDEX without CONCURRENTLY on a table that exists already.',
  effect:
    'The table is locked in ShareLock until the index is built: reads go on, every INSERT, UPDATE and DELETE waits.',
  workaround:
    'Build it with CREATE INDEX CONCURRENTLY, in a migration that its tool runs outside a transaction.',
  severity: 'error',
  since: 13,
  claim: { lock: 'ShareLock', rewrite: false, scan: false, builds: true },
  check: (statement, context) =>
    'IndexStmt' in statement.node ? checkIndex(statement, statement.node.IndexStmt, context) : [],
};

function checkIndex(statement: Statement, node: IndexStmt, context: RuleContext): readonly Complaint[] {
  if (node.concurrent || !context.effects.relations.some(({ builds }) => builds !== undefined)) return [];
  const table = relationName(context.catalog, node.relation);
  const isPartitioned = context.catalog.relations.get(table)?.kind === 'partitioned table';
  const index = quoteName(node.idxname ?? newIndexName(context.catalog, node).split('.').slice(1).join('.'));
  const shown = quoteQualified(table);
  return [
    {
      relation: table,
      message: `Writes to ${shown}${isPartitioned ? ' and its partitions' : ''} wait until the index ${index} is built.`,
      help: isPartitioned ? partitionedHelp(shown, index) : help(shown, index, node, context),
      fix: isPartitioned || context.inTransaction ? [] : insertConcurrently(statement),
    },
  ];
}

function help(table: string, index: string, node: IndexStmt, { inTransaction }: RuleContext): string {
  const command = `CREATE ${node.unique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${index} ON ${table} …`;
  return inTransaction
    ? `Move it to a migration of its own that runs outside a transaction, and write ${command} there.`
    : `Write ${command} instead.`;
}

/** CONCURRENTLY is refused on a partitioned table (documentation of CREATE INDEX). */
function partitionedHelp(table: string, index: string): string {
  return `Write CREATE INDEX ${index} ON ONLY ${table} …, build an index on each partition with CONCURRENTLY, then ALTER INDEX ${index} ATTACH PARTITION each of them.`;
}

function insertConcurrently({ sql, place }: Statement): readonly TextEdit[] {
  const head = /^create\s+(?:unique\s+)?index/i.exec(sql)?.[0];
  if (head === undefined) return [];
  const at = place.startByte + head.length;
  return [{ startByte: at, endByte: at, text: ' CONCURRENTLY' }];
}
