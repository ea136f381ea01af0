import type { IndexStmt } from '@pgsql/types';
import { newIndexName } from '../../sql/apply/create-index.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName, relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext, TextEdit } from '../rule.ts';
import { code, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (!('IndexStmt' in statement.node)) return [];
  const node = statement.node.IndexStmt;
  const built = onExisting(context.effects, context.catalog).filter(({ builds }) => builds !== undefined);
  if (node.concurrent || built.length === 0) return [];
  const table = relationName(context.catalog, node.relation);
  const index = bareName(newIndexName(context.catalog, node));
  const isPartitioned = context.catalog.relations.get(table)?.kind === 'partitioned table';
  return [
    {
      relation: table,
      message: `While the index ${code(index)} is built, nobody can write to ${code(table)}.`,
      help: isPartitioned ? partitionedHelp(index, table) : help(index, context.inTransaction),
      fix: isPartitioned || context.inTransaction ? [] : concurrently(statement, node),
    },
  ];
}

function help(index: string, inTransaction: boolean): string {
  const outside = inTransaction ? ' in a migration of its own that runs outside a transaction' : '';
  return `Build ${code(index)} with ${code('CREATE INDEX CONCURRENTLY')}${outside}.`;
}

/** CONCURRENTLY is refused on a partitioned table (documentation, CREATE INDEX, "Building Indexes Concurrently"). */
function partitionedHelp(index: string, table: string): string {
  return `Create ${code(index)} with ${code(`ON ONLY ${qualifiedText(table)}`)}, build it ${code('CONCURRENTLY')} on each partition, and attach those with ${code(`ALTER INDEX ${identifierText(index)} ATTACH PARTITION`)}.`;
}

function concurrently({ sql, place }: Statement, node: IndexStmt): readonly TextEdit[] {
  const head = node.unique ? /^create\s+unique\s+index(?=\s)/i : /^create\s+index(?=\s)/i;
  const match = head.exec(sql);
  if (!match) return [];
  const at = place.startByte + Buffer.byteLength(match[0]);
  return [{ startByte: at, endByte: at, text: ' CONCURRENTLY' }];
}

export const rule: Rule = {
  slug: 'create-index-blocking',
  section: 'indexes',
  title: 'CREATE INDEX without CONCURRENTLY blocks writes',
  condition: 'An index is built on an existing table without `CONCURRENTLY`.',
  effect: 'Writers wait until the whole index is built.',
  workaround: 'Build it with `CONCURRENTLY`, outside a transaction.',
  severity: 'error',
  since: 13,
  claim: { lock: 'ShareLock', rewrite: false, scan: false, builds: true },
  check,
};
