import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { readCatalog } from '../../src/postgres/catalog.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { applyStatement } from '../../src/sql/apply.ts';
import type { Catalog } from '../../src/sql/catalog.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { freshDatabase } from '../support/postgres.ts';
import { schemaOf, statementOf } from './schema.ts';

before(loadParser);

const TABLES = `
CREATE TABLE a (id bigint, name text, "B c" text, x integer);
CREATE TABLE b (id bigint, a_id bigint, note text, x integer);`;

/** A query, and which of the columns that it needs must be known from its text; `all` of them unless said. */
const QUERIES: readonly [string, 'all' | 'some'][] = [
  ['SELECT id, name FROM a', 'all'],
  ['SELECT id FROM a WHERE name IS NOT NULL ORDER BY x', 'all'],
  ['SELECT * FROM a', 'all'],
  ['SELECT o.* FROM a AS o', 'all'],
  ['SELECT o."B c" FROM public.a o GROUP BY o."B c"', 'all'],
  ['SELECT name, note FROM a JOIN b ON b.a_id = a.id', 'all'],
  ['SELECT name, note FROM a JOIN b USING (id)', 'all'],
  ['SELECT a.x, b.x AS y FROM a, b', 'all'],
  ['SELECT x AS name FROM a ORDER BY name', 'some'],
  ['SELECT s.name FROM (SELECT note AS name FROM b) s', 'all'],
  ['SELECT a.name FROM (SELECT note AS name FROM b) a', 'all'],
  ['WITH a AS (SELECT note AS name FROM b) SELECT a.name, name AS other FROM a', 'all'],
  ['SELECT q.w FROM a AS q (w)', 'some'],
  ['SELECT (SELECT max(note) FROM b WHERE b.a_id = a.id) AS last FROM a', 'all'],
  ['SELECT id FROM a UNION SELECT a_id FROM b', 'some'],
  ['SELECT * FROM a WHERE EXISTS (SELECT FROM b WHERE b.note = a.name)', 'some'],
];

for (const [query, extent] of QUERIES)
  test(`the server needs the columns that are read in ${query}`, async () => {
    const sql = `CREATE VIEW v AS ${query}`;
    const read = applyStatement(schemaOf(TABLES), statementOf(sql));
    const connection = await openConnection(await freshDatabase(), { applicationName: 'view columns test' });
    try {
      await connection.script(`${TABLES}\n${sql}`);
      const shown = pairs(await readCatalog(connection));
      const found = pairs(read);
      assert.ok(shown.length > 0);
      if (extent === 'all') assert.deepEqual(found, shown);
      else
        assert.deepEqual(
          found.filter((pair) => !shown.includes(pair)),
          [],
        );
    } finally {
      await connection.close();
    }
  });

function pairs(catalog: Catalog): readonly string[] {
  const read = catalog.relations.get('public.v')?.readColumns;
  assert.ok(read);
  return [...read].flatMap(([relation, columns]) => columns.map((column) => `${relation}.${column}`)).sort();
}

test('a view goes on reading what has a new name', () => {
  const catalog = schemaOf(`${TABLES}
    CREATE VIEW v AS SELECT id, name FROM a;
    ALTER TABLE a RENAME COLUMN name TO title;
    ALTER TABLE a RENAME TO c;`);
  assert.deepEqual(pairs(catalog), ['public.c.id', 'public.c.title']);
});

test('nothing is read from a query that is too deep to be sure of, and nothing breaks', () => {
  const parsed = parseSql(
    `CREATE VIEW v AS SELECT ${'(SELECT '.repeat(50)}1${')'.repeat(50)} FROM a`,
    'x.sql',
  );
  assert.ok(parsed.ok);
  const [statement] = parsed.statements;
  assert.ok(statement);
  assert.deepEqual(pairs(applyStatement(schemaOf(TABLES), statement)), []);
});
