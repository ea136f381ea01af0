import { counted, failed, names, passed } from '../judge.ts';
import type { StepResult } from '../steps.ts';
import { ask, type Check, OWN_SCHEMAS } from './check.ts';

type Sequence = {
  readonly name: string;
  readonly sequence: string;
  readonly table: string;
  readonly column: string;
  readonly ascending: boolean;
};

/** Sequences that a column owns: serial and identity columns (docs: pg_depend, deptypes a and i). */
const OWNED = `select pg_catalog.format('%I.%I', n.nspname, s.relname) as name,
    pg_catalog.format('%I.%I', n.nspname, s.relname) as sequence,
    pg_catalog.format('%I.%I', tn.nspname, t.relname) as table,
    pg_catalog.format('%I', a.attname) as column, q.seqincrement > 0 as ascending
  from pg_catalog.pg_class s join pg_catalog.pg_namespace n on n.oid = s.relnamespace
  join pg_catalog.pg_sequence q on q.seqrelid = s.oid
  join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::regclass and d.objid = s.oid
    and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjsubid > 0 and d.deptype in ('a', 'i')
  join pg_catalog.pg_class t on t.oid = d.refobjid join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace
  join pg_catalog.pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
  join pg_catalog.pg_type y on y.oid = a.atttypid
  where s.relkind = 'S' and not q.seqcycle and y.typname in ('int2', 'int4', 'int8') and ${OWN_SCHEMAS}
  order by 1`;

/** A sequence behind its column gives out numbers that are taken: the next INSERT fails. */
export const sequences: Check = {
  name: 'sequences ahead',
  run: async ({ connection }): Promise<StepResult> => {
    const owned = await ask<Sequence>(connection, OWNED);
    const behind: string[] = [];
    for (const { name, sequence, table, column, ascending } of owned) {
      const [furthest, beyond] = ascending ? ['max', '>'] : ['min', '<'];
      const sql = `select t.furthest ${beyond} s.last_value
          or (t.furthest = s.last_value and not s.is_called) as behind
        from (select pg_catalog.${furthest}(${column})::bigint as furthest from ${table}) t, ${sequence} s`;
      if ((await ask<{ behind: boolean | null }>(connection, sql))[0]?.behind === true) behind.push(name);
    }
    return behind.length === 0
      ? passed(`${counted(owned.length, 'sequence is', 'sequences are')} ahead of their columns.`)
      : failed(`Behind their columns, so that the next INSERT would fail: ${names(behind)}.`);
  },
};
