import { counted, failed, names, passed, skipped } from '../judge.ts';
import type { StepResult } from '../steps.ts';
import { ask, type Check, type CheckContext, OWN_SCHEMAS, withinBudget } from './check.ts';

type ForeignKey = {
  readonly name: string;
  readonly child: string;
  readonly parent: string;
  readonly pairs: string;
  readonly present: string;
  readonly mixed: string;
  readonly full: boolean;
  readonly period: boolean;
};

/**
 * Each declared foreign key with the SQL of its parts, quoted by the server: a child's row refers to something where
 * all its columns are set (MATCH SIMPLE), and may not set some only (MATCH FULL). Children of partitioned tables
 * repeat their parent's key, which is asked once for all.
 */
const FOREIGN_KEYS = `select pg_catalog.format('%I.%I: %I', cn.nspname, cr.relname, c.conname) as name,
    pg_catalog.format('%I.%I', cn.nspname, cr.relname) as child,
    pg_catalog.format('%I.%I', pn.nspname, pr.relname) as parent,
    k.pairs, k.present, k.mixed, c.confmatchtype = 'f' as full, PERIOD as period
  from pg_catalog.pg_constraint c
  join pg_catalog.pg_class cr on cr.oid = c.conrelid join pg_catalog.pg_namespace cn on cn.oid = cr.relnamespace
  join pg_catalog.pg_class pr on pr.oid = c.confrelid join pg_catalog.pg_namespace pn on pn.oid = pr.relnamespace
  cross join lateral (
    select pg_catalog.string_agg(pg_catalog.format('p.%I operator(%I.%s) c.%I',
        pa.attname, opn.nspname, o.oprname, ca.attname), ' and ' order by x.at) as pairs,
      pg_catalog.string_agg(pg_catalog.format('c.%I is not null', ca.attname), ' and ') as present,
      pg_catalog.string_agg(pg_catalog.format('c.%I is not null', ca.attname), ' or ') as mixed
    from rows from (pg_catalog.unnest(c.conkey), pg_catalog.unnest(c.confkey), pg_catalog.unnest(c.conpfeqop))
      with ordinality x (child, parent, operator, at)
    join pg_catalog.pg_attribute ca on ca.attrelid = c.conrelid and ca.attnum = x.child
    join pg_catalog.pg_attribute pa on pa.attrelid = c.confrelid and pa.attnum = x.parent
    join pg_catalog.pg_operator o on o.oid = x.operator
    join pg_catalog.pg_namespace opn on opn.oid = o.oprnamespace) k
  where c.contype = 'f' and c.conparentid = 0 and ${OWN_SCHEMAS.replaceAll('n.nspname', 'cn.nspname')}
  order by 1`;

/** Foreign keys over periods came with 18 (docs: CREATE TABLE, PERIOD). */
const PERIODS_SINCE = 18;

function probe({ child, parent, pairs, present, mixed, full }: ForeignKey): string {
  const alone = `select 1 from ${child} c where ${present} and not exists (select 1 from ${parent} p where ${pairs})`;
  const partly = `select 1 from ${child} c where (${mixed}) and not (${present})`;
  return full ? `${alone} union all ${partly}` : alone;
}

async function orphansOf({ connection }: CheckContext, key: ForeignKey): Promise<number> {
  const sql = `select pg_catalog.count(*)::int as found from (${probe(key)}) o`;
  return Number((await ask<{ found: number }>(connection, sql))[0]?.found);
}

/** Rows that a declared foreign key refers nowhere with: a key is not looked at again after its first check, and can be switched off (session_replication_role, DISABLE TRIGGER ALL). */
export const orphans: Check = {
  name: 'orphan rows',
  run: async (context): Promise<StepResult> => {
    const { connection } = context;
    const period = connection.serverVersion >= PERIODS_SINCE ? 'c.conperiod' : 'false';
    const keys = await ask<ForeignKey>(connection, FOREIGN_KEYS.replace('PERIOD', period));
    // An index may be what is broken: rows are asked, not indexes.
    for (const way of ['indexscan', 'indexonlyscan', 'bitmapscan'])
      await connection.run(`set enable_${way} = off`);
    const broken: string[] = [];
    for (const key of keys.filter((each) => !each.period)) {
      await withinBudget(context);
      const found = await orphansOf(context, key);
      if (found > 0) broken.push(`${key.name} (${counted(found, 'row')})`);
    }
    for (const way of ['indexscan', 'indexonlyscan', 'bitmapscan'])
      await connection.run(`reset enable_${way}`);
    if (broken.length > 0) return failed(`Rows that refer to nothing: ${names(broken)}.`);
    const unasked = keys.filter((each) => each.period).map(({ name }) => name);
    if (unasked.length > 0) return skipped(`Foreign keys over periods are not probed: ${names(unasked)}.`);
    return passed(`Every row of ${counted(keys.length, 'foreign key')} refers to one that is there.`);
  },
};
