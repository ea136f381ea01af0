import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { counted, failed, passed } from './drill/judge.ts';
import type { RestoreContext } from './restored.ts';

const TABLES = `select pg_catalog.count(*)::int as tables, pg_catalog.pg_is_in_recovery() as recovering
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname not in ('pg_catalog', 'information_schema')`;

/** The step that ends the recovery time: the restored database answers, writable. Undefined when it does not. */
export async function firstQuery(
  { steps, signal }: RestoreContext,
  facts: ConnectionFacts,
): Promise<ConnectionFacts | undefined> {
  const options = { applicationName: 'pullgres drill', ...(signal === undefined ? {} : { signal }) };
  const step = await steps.run('first query', async () => {
    const connection = await openConnection(facts, options);
    try {
      const row = (await connection.query(TABLES)).rows[0];
      if (row?.recovering === true) return failed('It answers, but is still in recovery.');
      const tables = Number(row?.tables);
      return tables > 0
        ? passed(`It answers, and has ${counted(tables, 'table')}.`)
        : failed('It answers, but there is no table in it.');
    } finally {
      await connection.close();
    }
  });
  return step?.status === 'passed' ? facts : undefined;
}
