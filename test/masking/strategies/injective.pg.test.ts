import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SourceType } from '../../../src/masking/source.ts';
import type { Strategy } from '../../../src/masking/strategy.ts';
import { TYPES } from '../../support/mask-columns.ts';
import { expressionOf, useKey } from '../../support/mask-server.ts';

const ROWS = 100_000;
/** For expressions that take longer, and for those whose domain is large anyway. */
const FEW = 20_000;

type Case = readonly [what: string, strategy: Strategy, type: SourceType, value: string, rows?: number];

/** Values of the running number i, 0 to ROWS - 1, all different. */
const CASES: readonly Case[] = [
  ['all texts of 5 digits', { as: 'digits' }, TYPES.text, `lpad(i::text, 5, '0')`],
  ['texts of 1 to 5 digits', { as: 'digits' }, TYPES.text, 'i::text'],
  ['19 digits', { as: 'digits' }, TYPES.text, `lpad((i * 92233720368547)::text, 19, '0')`, FEW],
  ['36 digits', { as: 'digits' }, TYPES.text, `repeat('7', 31) || lpad(i::text, 5, '0')`, FEW],
  [
    'digits between letters',
    { as: 'digits', keep: 2 },
    TYPES.text,
    `'A-' || (i / 100) || '/' || lpad((i % 100)::text, 2, '0')`,
    FEW,
  ],
  [
    'phone numbers',
    { as: 'phone' },
    TYPES.text,
    `CASE i % 4 WHEN 0 THEN '+49 30 ' WHEN 1 THEN '030-' WHEN 2 THEN '0044' ELSE '' END || (1000000 + i)`,
    FEW,
  ],
  ['small integers', { as: 'digits' }, TYPES.int4, 'i - 50000', FEW],
  ['integers near the end', { as: 'digits' }, TYPES.int4, '2147483647 - i'],
  ['integers near the other end', { as: 'digits' }, TYPES.int4, '-2147483648 + i', FEW],
  ['all of smallint', { as: 'digits' }, TYPES.int2, 'i - 32768', 65_536],
  ['bigints near the end', { as: 'digits' }, TYPES.int8, '9223372036854775807 - i', FEW],
  ['numeric(9,0)', { as: 'digits' }, TYPES.decimal(9, 0), '900000000 + i', FEW],
  ['e-mail addresses', { as: 'email' }, TYPES.varchar(60), `'user' || i || '@example.com'`],
  ['usernames', { as: 'username' }, TYPES.text, `'u' || i`, FEW],
  ['UUIDs', { as: 'uuid' }, TYPES.uuid, `lpad(i::text, 32, '0')::uuid`, FEW],
  [
    'cards',
    { as: 'digits', check: 'luhn', keep: 6 },
    TYPES.text,
    `'411111' || lpad((i * 7)::text, 10, '0')`,
    FEW,
  ],
  [
    'IBANs',
    { as: 'digits', check: 'iban' },
    TYPES.text,
    `'DE' || lpad((i % 100)::text, 2, '0') || lpad((i / 3)::text, 18, '0')`,
    FEW,
  ],
  ['CPFs', { as: 'digits', check: 'br.cpf' }, TYPES.text, `lpad(i::text, 11, '0')`, FEW],
  ['BSNs', { as: 'digits', check: 'nl.bsn' }, TYPES.text, `lpad((i * 11)::text, 9, '0')`, FEW],
  ['NHS numbers', { as: 'digits', check: 'gb.nhs' }, TYPES.text, `lpad(i::text, 10, '0')`, FEW],
  [
    'PESELs',
    { as: 'digits', check: 'pl.pesel' },
    TYPES.text,
    `to_char(date '1950-01-01' + (i / 10)::int, 'YYMMDD') || lpad((i % 10)::text, 5, '0')`,
    50_000,
  ],
  [
    'NIRs',
    { as: 'digits', check: 'fr.nir' },
    TYPES.text,
    `'1' || lpad((i % 100)::text, 2, '0') || '012A' || lpad(i::text, 8, '0')`,
    FEW,
  ],
  [
    'DNIs',
    { as: 'digits', check: 'es.dni' },
    TYPES.text,
    `lpad(i::text, 8, '0') || substr('TRWAGMYFPDXBNJZSQVHLCKE', (1 + i % 23)::int, 1)`,
    FEW,
  ],
];

for (const [what, strategy, type, value, rows = ROWS] of CASES) {
  test(`${what}: ${rows} different values have as many masks`, async () => {
    const connection = await useKey('ef');
    const source = `SELECT CAST(${value} AS ${type.sql}) AS "x" FROM (SELECT i FROM pg_catalog.generate_series(0::bigint, ${rows - 1}) AS g(i)) AS g`;
    const { rows: found } = await connection.query(
      `SELECT count(DISTINCT "x")::int AS clear, count(DISTINCT y)::int AS masked, sum((y = "x")::int)::int AS same,
              count(DISTINCT pg_catalog.lower(y::text))::int AS folded
         FROM (SELECT "x", ${expressionOf(strategy, type)} AS y FROM (${source} OFFSET 0) AS t) AS m`,
    );
    const { clear, masked, same, folded } = found[0] as Record<string, number>;
    assert.equal(clear, rows);
    assert.equal(masked, rows);
    assert.equal(folded, rows);
    assert.ok((same ?? rows) < rows / 50, `${same} values stay`);
  });
}
