import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { it } from 'node:test';
import { textHasher } from '../../src/masking/verification/text-hash.ts';
import { testServer } from '../support/postgres.ts';
import { within } from './masked-copy.ts';

it('hashes a text as the server does, of every length and under any seed', async () => {
  const letters = Array.from({ length: 80 }, (_, length) => `${'aé1@ zß'.repeat(12)}`.slice(0, length));
  await within(await testServer(), async (session) => {
    for (const seed of [0n, 1n, -1n, 2n ** 40n, randomBytes(8).readBigInt64LE()]) {
      const sql = `SELECT t, pg_catalog.hashtextextended(t COLLATE pg_catalog."C", $2)::text AS hash FROM pg_catalog.unnest($1::text[]) AS t`;
      const { rows } = await session.query(sql, [letters, String(seed)]);
      assert.equal(rows.length, letters.length);
      const hash = textHasher(seed);
      for (const row of rows) {
        const bytes = Buffer.from(`xx${row.t}`);
        const [high = 0, low = 0] = hash(bytes, 2, bytes.length);
        const own = (BigInt(high) << 32n) | BigInt(low >>> 0);
        assert.equal(String(own), row.hash, `of ${bytes.length - 2} bytes`);
      }
    }
  });
});
