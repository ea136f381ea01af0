import type { Connection } from '../../../postgres/connection.ts';
import { type Counted, judgeCompleteness, skipped } from '../judge.ts';
import { ask, type Check, OWN_SCHEMAS } from './check.ts';

type Relation = { readonly relation: string; readonly sql: string };

/** Under the name that a manifest gives to it, `schema.table` unquoted, and as SQL. */
const RELATIONS = `select n.nspname || '.' || c.relname as relation,
    pg_catalog.format('%I.%I', n.nspname, c.relname) as sql
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and ${OWN_SCHEMAS}`;

async function countRows(connection: Connection, { sql }: Relation): Promise<number> {
  const [row] = await ask<{ rows: string }>(
    connection,
    `select pg_catalog.count(*)::text as rows from ${sql}`,
  );
  return Number(row?.rows);
}

/** Rows by table against the last published baseline. */
export const completeness: Check = {
  name: 'completeness',
  run: async ({ connection, previous, limits }) => {
    if (previous === undefined) return skipped('There is no earlier baseline to compare with.');
    const there = new Map((await ask<Relation>(connection, RELATIONS)).map((each) => [each.relation, each]));
    const counts: Counted[] = [];
    for (const { relation, rows } of previous.tables) {
      const found = there.get(relation);
      const now = found === undefined ? undefined : await countRows(connection, found);
      counts.push({ relation, before: rows, now });
    }
    return judgeCompleteness(counts, limits.maxRowLoss);
  },
};
