import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { readSchema } from '../../src/postgres/schema-snapshot.ts';

/** The whole schema of a database as sorted lines without identities, to be held against another database's. */
export async function schemaLines(facts: ConnectionFacts): Promise<readonly string[]> {
  const connection = await openConnection(facts, { applicationName: 'test' });
  try {
    const objects = await readSchema(connection);
    return [...objects.values()]
      .map(({ kind, schema = '', of = '', name, arguments: inputs = '', parts }) => {
        const owners = [schema, of].map((key) => objects.get(key)?.name ?? '');
        return [kind, ...owners, name, inputs, ...parts.map(({ text }) => text)].join(' | ');
      })
      .sort();
  } finally {
    await connection.close();
  }
}
