import { UserError } from '../errors.ts';
import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { counted, names } from './drill/judge.ts';

/** Which database of a restored cluster is read: the one that is wanted, or the only one. Throws UserError that names all. */
export async function chooseDatabase(facts: ConnectionFacts, wanted: string | undefined): Promise<string> {
  const connection = await openConnection(facts, { applicationName: 'pullgres drill' });
  try {
    const { rows } = await connection.query(
      'select datname as name from pg_catalog.pg_database where datallowconn and not datistemplate order by 1',
    );
    const all = rows.map(({ name }) => String(name));
    if (wanted !== undefined && all.includes(wanted)) return wanted;
    const own = all.filter((name) => name !== 'postgres');
    if (wanted === undefined && own.length <= 1) return own[0] ?? 'postgres';
    throw new UserError(
      wanted === undefined
        ? `The backup has ${counted(own.length, 'database')}: ${names(own)}.`
        : `The backup has no database ${wanted}, but ${names(all)}.`,
      { hint: 'Name the one to read with source-database (at a terminal --source-database).' },
    );
  } finally {
    await connection.close();
  }
}
