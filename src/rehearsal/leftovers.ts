import type { MigrationRun } from '../evidence/schema.ts';
import type { Connection } from '../postgres/connection.ts';

/** What somebody has to finish, as evidence holds it, and what it takes to do so. */
export type Leftover = NonNullable<MigrationRun['leftovers']>[number] & {
  /** The same for the same object, whatever its name: catalog and OID. */
  readonly key: string;
  /** The index's definition. */
  readonly definition?: string;
  /** A partitioned index is finished by attaching, a domain's constraint by ALTER DOMAIN, a constraint's own triggers all at once. */
  readonly of?: 'partitioned index' | 'domain' | 'constraint triggers';
};

/** What REINDEX CONCURRENTLY leaves of the new index, or of the old one (docs: REINDEX, Rebuilding Indexes Concurrently). */
const REINDEX_SUFFIX = '_cc(new|old)[0-9]*$';

/** Catalog rows are joined; nothing is asked that takes a lock on a user's relation. Temporary tables end with their session. */
const LEFTOVERS = `
  select 'index ' || i.indexrelid as key,
         case when c.relname ~ '${REINDEX_SUFFIX}' then 'leftover index' else 'invalid index' end as kind,
         nt.nspname || '.' || t.relname as relation, n.nspname || '.' || c.relname as name,
         case when c.relkind = 'I' then 'partitioned index' end as of,
         pg_catalog.pg_get_indexdef(i.indexrelid) as definition
    from pg_catalog.pg_index i
    join pg_catalog.pg_class c on c.oid = i.indexrelid
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    join pg_catalog.pg_class t on t.oid = i.indrelid
    join pg_catalog.pg_namespace nt on nt.oid = t.relnamespace
   where not i.indisvalid and c.relpersistence <> 't'
  union all
  select 'constraint ' || co.oid, 'unvalidated constraint',
         case when co.contypid = 0 then n.nspname || '.' || t.relname
              else nd.nspname || '.' || d.typname end,
         co.conname, case when co.contypid <> 0 then 'domain' end, null
    from pg_catalog.pg_constraint co
    left join pg_catalog.pg_class t on t.oid = co.conrelid
    left join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    left join pg_catalog.pg_type d on d.oid = co.contypid
    left join pg_catalog.pg_namespace nd on nd.oid = d.typnamespace
   where not co.convalidated and coalesce(t.relpersistence, 'p') <> 't'
     and co.coninhcount = 0 and co.conparentid = 0
     and coalesce((pg_catalog.to_jsonb(co) ->> 'conenforced')::boolean, true)
  union all
  select distinct case when g.tgisinternal then 'triggers ' || g.tgrelid || ' ' || co.oid else 'trigger ' || g.oid end,
         'disabled trigger', n.nspname || '.' || t.relname,
         case when g.tgisinternal then co.conname else g.tgname end,
         case when g.tgisinternal then 'constraint triggers' end, null
    from pg_catalog.pg_trigger g
    join pg_catalog.pg_class t on t.oid = g.tgrelid
    join pg_catalog.pg_namespace n on n.oid = t.relnamespace
    left join pg_catalog.pg_constraint co on co.oid = g.tgconstraint
    left join pg_catalog.pg_trigger p on p.oid = g.tgparentid
   where g.tgenabled = 'D' and t.relpersistence <> 't' and p.tgenabled is distinct from 'D'
     and (not g.tgisinternal or co.oid is not null)
   order by 2, 3, 4`;

function isKind(kind: unknown): kind is Leftover['kind'] {
  return ['invalid index', 'leftover index', 'unvalidated constraint', 'disabled trigger'].some(
    (known) => known === kind,
  );
}

/**
 * Everything in the database that waits to be finished: invalid indexes (those that REINDEX CONCURRENTLY leaves are
 * `leftover index`), NOT VALID constraints, disabled triggers. Of partitions, only what their parent does not show; a
 * constraint that is NOT ENFORCED waits for nothing.
 */
export async function readLeftovers(observer: Connection): Promise<readonly Leftover[]> {
  const { rows } = await observer.query(LEFTOVERS);
  return rows.flatMap(({ key, kind, relation, name, of, definition }) => {
    if (!isKind(kind)) return [];
    return [
      {
        key: String(key),
        kind,
        relation: String(relation),
        name: String(name),
        ...(of === null ? {} : { of: of as NonNullable<Leftover['of']> }),
        ...(definition === null ? {} : { definition: String(definition) }),
      },
    ];
  });
}

/** Those of `after` that `before` does not know. */
export function newLeftovers(before: readonly Leftover[], after: readonly Leftover[]): readonly Leftover[] {
  const known = new Set(before.map(({ key }) => key));
  return after.filter(({ key }) => !known.has(key));
}

/** As evidence holds them. */
export function recordedLeftovers(leftovers: readonly Leftover[]): NonNullable<MigrationRun['leftovers']> {
  return leftovers.map(({ kind, relation, name }) => ({ kind, relation, name }));
}
