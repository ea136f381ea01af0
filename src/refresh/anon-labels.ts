import type { AnonLabel } from '../masking/profile/import-anon.ts';
import { openConnection } from '../postgres/connection.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';

/**
 * The security labels of PostgreSQL Anonymizer in a database (docs: 53.22, pg_seclabels), with names as SQL writes them
 * under an empty search_path. The extension need not be loaded. Labels of policies of its own (`anon_…`) are not asked for.
 */
export async function readAnonLabels(
  facts: ConnectionFacts,
  signal: AbortSignal,
): Promise<readonly AnonLabel[]> {
  const connection = await openConnection(facts, { applicationName: 'pullgres refresh', signal });
  try {
    await connection.script(`BEGIN READ ONLY; SET LOCAL search_path = ''`);
    const { rows } = await connection.query(
      `SELECT objtype, objname, label FROM pg_catalog.pg_seclabels WHERE provider = 'anon'
       ORDER BY objname COLLATE pg_catalog."C", objtype COLLATE pg_catalog."C"`,
    );
    await connection.script('COMMIT');
    return rows.map(({ objtype, objname, label }) => ({
      objtype: String(objtype),
      objname: String(objname),
      label: String(label),
    }));
  } finally {
    await connection.close();
  }
}
