import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection } from '../../src/postgres/connection.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { testServer } from '../support/postgres.ts';

const NASTY = ["'", '"', '\\', "\\'", '\\"', "'; SELECT 1; --", '$$', '%I', 'é😀', '\n', "E'\\n'", 'a\\\\b'];

test('the server reads back what was quoted, with either reading of backslashes', async () => {
  const connection = await openConnection(await testServer(), { applicationName: 'quote' });
  for (const conforming of ['on', 'off']) {
    await connection.script(
      `SET standard_conforming_strings = ${conforming}; SET escape_string_warning = off`,
    );
    for (const text of NASTY) {
      const { rows } = await connection.query(`SELECT${literal(text)} AS ${identifier(text)}`);
      assert.deepEqual(rows, [{ [text]: text }]);
    }
  }
  await connection.close();
});
