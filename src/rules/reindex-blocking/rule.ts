import type { ReindexStmt } from '@pgsql/types';
import type { Catalog } from '../../sql/catalog.ts';
import { bareName, relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import {
  concurrentForm,
  insertConcurrently,
  isPartitioned,
  isReindexConcurrent,
} from '../index-statements.ts';
import { aside } from '../outside-transaction.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

const HEAD = /^reindex\s+(?:\([^)]*\)\s*)?(?:index|table|schema|database)(?=\s)/i;

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (!('ReindexStmt' in statement.node)) return [];
  const node = statement.node.ReindexStmt;
  if (isReindexConcurrent(node)) return [];
  const target = TARGETS[node.kind ?? '']?.(node, context.catalog);
  // The server refuses the forms for more than one table in a transaction, which is another rule's business.
  if (target === undefined || target.isNew || (target.relation === undefined && context.inTransaction))
    return [];
  if (hasNothingToBuild(node, context)) return [];
  // 13 refuses a partitioned index, and passes over a partitioned table with a warning.
  if (context.version < 14 && isPartitioned(context.catalog, target.relation)) return [];
  return [
    {
      relation: target.relation,
      part: target.part,
      message: `While ${target.what} built anew, nobody can write to ${target.where}, and queries that would use ${target.part ? 'the index' : 'an index'} wait too.`,
      help: help(statement, node, context),
      fix: context.inTransaction ? [] : insertConcurrently(statement, HEAD),
    },
  ];
}

/** A table that is known to have no index. */
function hasNothingToBuild({ kind, relation }: ReindexStmt, { catalog, effects }: RuleContext): boolean {
  if (kind === 'REINDEX_OBJECT_SCHEMA') return effects.seen && effects.relations.length === 0;
  if (kind !== 'REINDEX_OBJECT_TABLE' || !catalog.complete) return false;
  if (!catalog.relations.has(relationName(catalog, relation))) return false;
  return !effects.relations.some((touched) => touched.kind === 'index' && touched.rewrite);
}

type Target = {
  readonly relation: string | undefined;
  readonly part?: string;
  readonly isNew: boolean;
  readonly what: string;
  readonly where: string;
};

const TARGETS: Readonly<Record<string, (node: ReindexStmt, catalog: Catalog) => Target>> = {
  REINDEX_OBJECT_INDEX: ({ relation }, catalog) => {
    const index = relationName(catalog, relation);
    const table = catalog.relations.get(index)?.table;
    return {
      relation: table ?? index,
      part: bareName(index),
      isNew: catalog.relations.get(table ?? '')?.isNew === true,
      what: `the index ${code(bareName(index))} is`,
      where: table === undefined ? 'its table' : code(table),
    };
  },
  REINDEX_OBJECT_TABLE: ({ relation }, catalog) => {
    const table = relationName(catalog, relation);
    return {
      relation: table,
      isNew: catalog.relations.get(table)?.isNew === true,
      what: `the indexes of ${code(table)} are`,
      where: 'it',
    };
  },
  REINDEX_OBJECT_SCHEMA: ({ name }) => whole(`of the schema ${code(name ?? '')}`),
  REINDEX_OBJECT_DATABASE: () => whole('of the database'),
  REINDEX_OBJECT_SYSTEM: () => whole('of the system catalogs'),
};

function whole(of: string): Target {
  return { relation: undefined, isNew: false, what: `the indexes ${of} are`, where: 'the table at hand' };
}

/** REINDEX SYSTEM CONCURRENTLY is refused (documentation, REINDEX). */
function help(statement: Statement, { kind }: ReindexStmt, context: RuleContext): string {
  if (kind === 'REINDEX_OBJECT_SYSTEM')
    return `Keep it for a maintenance window without traffic, and name the one index that needs it: ${code('REINDEX SYSTEM')} has no concurrent form.`;
  const what = (kind ?? '').replace('REINDEX_OBJECT_', '');
  return `Write ${code(concurrentForm(statement, HEAD) ?? `REINDEX ${what} CONCURRENTLY`)}${aside(context)}.`;
}

export const rule: Rule = {
  slug: 'reindex-blocking',
  section: 'indexes',
  title: 'REINDEX without CONCURRENTLY blocks writes, and reads by the index',
  condition: '`REINDEX` of an existing index, table, schema or database without `CONCURRENTLY`.',
  effect:
    'Writers of the table wait until the indexes are built, and so do queries that plan with one of them.',
  workaround: 'Use `REINDEX … CONCURRENTLY`, outside a transaction.',
  severity: 'error',
  beneath: ['create-index-blocking'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  kinds: ['ReindexStmt'],
  check,
};
