import type { Connection } from '../postgres/connection.ts';
import { qualified } from '../postgres/quote.ts';
import { withoutValues } from '../postgres/refusal.ts';
import type { Task } from './schedule.ts';

const RELATIONS = `
  SELECT n.nspname AS schema, c.relname AS name, c.relkind::text AS kind, c.relispartition AS part, pg_catalog.pg_relation_size(c.oid)::float8 AS bytes
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
  WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND (c.relkind = 'r' OR (c.relkind = 'm' AND c.relispopulated) OR (c.relkind = 'p' AND NOT c.relispartition))
  ORDER BY bytes DESC, 1, 2`;

export type Upkeep = { readonly name: string; readonly bytes: number; readonly sql: string };

/**
 * What sets the visibility map and the planner's statistics, largest first. Partitions are vacuumed, and analyzed with the
 * partitioned table above all, since that one's ANALYZE goes through them (docs: ANALYZE, Notes).
 */
export async function upkeep(target: Connection): Promise<{
  readonly vacuum: readonly Upkeep[];
  readonly analyze: readonly Upkeep[];
  readonly views: readonly Upkeep[];
}> {
  const { rows } = await target.query(RELATIONS);
  const all = rows.map((row) => ({
    kind: String(row.kind),
    part: row.part === true,
    name: qualified(String(row.schema), String(row.name)),
    bytes: Number(row.bytes),
  }));
  const vacuumOf = ({ name, part }: { name: string; part: boolean }): string =>
    `VACUUM ${part ? '' : '(ANALYZE) '}${name}`;
  return {
    vacuum: all.filter(({ kind }) => kind === 'r').map((each) => ({ ...each, sql: vacuumOf(each) })),
    analyze: all.filter(({ kind }) => kind === 'p').map((each) => ({ ...each, sql: `ANALYZE ${each.name}` })),
    views: all
      .filter(({ kind }) => kind === 'm')
      .map((each) => ({ ...each, sql: `VACUUM (ANALYZE) ${each.name}` })),
  };
}

/** VACUUM refuses a transaction block, and takes one statement as a message of its own for none. */
export function upkeepTask({ name, sql }: Upkeep, done: (name: string) => void): Task {
  return {
    exclusive: [name],
    shared: [],
    run: async (session) => {
      await session.script(sql).catch((error: unknown) => {
        throw withoutValues(error, `The target refused to gather statistics of ${name}`, 'target');
      });
      done(name);
    },
  };
}

/** Lets index builds sort in memory: a half of shared_buffers, which tells of the machine's size, or 256 MB, over all workers; 1 GB at most, and never less than the server's own. */
export async function raiseMemory(session: Connection, workers: number): Promise<void> {
  await session.query(
    `SELECT pg_catalog.set_config('maintenance_work_mem', GREATEST(m.setting::bigint, LEAST(1048576, GREATEST(262144, b.setting::bigint * 4) / ${workers}))::text, false)
     FROM pg_catalog.pg_settings AS m, pg_catalog.pg_settings AS b WHERE m.name = 'maintenance_work_mem' AND b.name = 'shared_buffers'`,
  );
}
