import { ProviderError } from '../errors.ts';
import type { TablePlan } from '../masking/mask-plan.ts';
import type { Connection } from '../postgres/connection.ts';
import { literal } from '../postgres/quote.ts';
import { withoutValues } from '../postgres/refusal.ts';
import { tableName } from './copy-table.ts';

/** Tables locked by one statement: a statement's text stays small. */
const AT_ONCE = 500;

/**
 * Keeps the tables from being dropped, truncated or rewritten while they are read, by the lock that pg_dump takes too
 * (ACCESS SHARE: it stands in the way of nothing but DDL). A table that was truncated or rewritten between the snapshot
 * and the lock would look empty to the snapshot (docs: 13.6, Caveats): that is refused.
 * @param session In the snapshot's transaction, which it stays in as long as the tables are read.
 * @throws ProviderError when a table is gone, locked, or not what the snapshot saw.
 */
export async function holdTables(session: Connection, plans: readonly TablePlan[]): Promise<void> {
  for (let at = 0; at < plans.length; at += AT_ONCE) {
    const names = plans.slice(at, at + AT_ONCE).map(tableName);
    try {
      await session.query(
        `LOCK TABLE ${names.map((name) => `ONLY ${name}`).join(', ')} IN ACCESS SHARE MODE`,
      );
    } catch (error) {
      const which = names.length === 1 ? (names[0] ?? '') : `one of ${names.length} tables`;
      throw withoutValues(error, `The source refused to hold ${which}`);
    }
    await refuseReplaced(session, names);
  }
}

/** pg_relation_filenode asks what is now; pg_class, by the snapshot, what was then. */
async function refuseReplaced(session: Connection, names: readonly string[]): Promise<void> {
  const { rows } = await session.query(
    `SELECT n.name FROM (VALUES ${names.map((name) => `(${literal(name)})`).join(', ')}) AS n (name)
     LEFT JOIN pg_catalog.pg_class AS c ON c.oid = pg_catalog.to_regclass(n.name)
     WHERE c.oid IS NULL OR (c.relfilenode <> 0 AND c.relfilenode <> pg_catalog.pg_relation_filenode(c.oid))`,
  );
  const [first] = rows;
  if (first === undefined) return;
  throw new ProviderError(
    `The table ${String(first.name)} was truncated, rewritten or made anew after the refresh’s moment, so its rows of that moment are gone.`,
    { hint: 'Run the refresh again, apart from migrations and jobs that replace tables.', retryable: true },
  );
}
