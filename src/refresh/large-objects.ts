import type { ScrubbedObject } from '../masking/ddl/ddl-statement.ts';
import type { Connection } from '../postgres/connection.ts';
import { thousands } from '../thousands.ts';

/**
 * What is listed of the large objects, which pg_dump's schema does not tell of: their number. Everybody may count them
 * (docs: 53.31, pg_largeobject_metadata), nobody reads them here. Throws as `Connection.query` does.
 */
export async function largeObjects(
  connection: Pick<Connection, 'query'>,
): Promise<readonly ScrubbedObject[]> {
  const { rows } = await connection.query(
    'SELECT pg_catalog.count(*)::int AS n FROM pg_catalog.pg_largeobject_metadata',
  );
  const number = Number(rows[0]?.n);
  if (number === 0) return [];
  const why = 'large objects are not masked, so none is taken along; what refers to them finds nothing';
  const name = number === 1 ? 'the only one' : `all ${thousands(number)}`;
  return [{ kind: 'large object', name, action: 'removed', why }];
}
