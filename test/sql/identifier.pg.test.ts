import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection } from '../../src/postgres/connection.ts';
import { identifierText, qualifiedText } from '../../src/sql/identifier.ts';
import { freshDatabase } from '../support/postgres.ts';

test('names are quoted where the server quotes them', async () => {
  const connection = await openConnection(await freshDatabase(), { applicationName: 'tests' });
  try {
    const reserved = await connection.query("SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')");
    const words = reserved.rows.map(({ word }) => String(word));
    assert.ok(words.includes('order') && words.length > 90);
    const names = [...words, 'orders', 'Orders', 'a b', 'a"b', '1st', '_x$1', 'naïve', '', 'a.b'].filter(
      Boolean,
    );
    for (const name of names) {
      const { rows } = await connection.query('SELECT quote_ident($1) AS quoted', [name]);
      const plain = identifierText(name);
      // quote_ident also quotes what only might be misread; where it does not, neither do we.
      if (rows[0]?.quoted === name) assert.equal(plain, name);
      if (words.includes(name)) assert.equal(plain, `"${name}"`);
      await connection.query(`SELECT 1 AS ${plain}`);
    }
  } finally {
    await connection.close();
  }
});

test('both parts of a qualified name are quoted by themselves', () => {
  assert.equal(qualifiedText('public.orders'), 'public.orders');
  assert.equal(qualifiedText('My Schema.order'), '"My Schema"."order"');
});
