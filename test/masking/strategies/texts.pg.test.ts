import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { settingOf } from '../../../src/masking/keys.ts';
import type { SourceType } from '../../../src/masking/source.ts';
import { compileStrategy } from '../../../src/masking/strategies/compile.ts';
import type { Strategy } from '../../../src/masking/strategy.ts';
import { type Connection, openConnection } from '../../../src/postgres/connection.ts';
import { columnOf, TYPES, tableOf } from '../../support/mask-columns.ts';
import { HOSTILE_TEXTS } from '../../support/mask-values.ts';
import { freshDatabase } from '../../support/postgres.ts';

let connection: Connection;
before(async () => {
  connection = await openConnection(await freshDatabase(), { applicationName: 'strategies test' });
  await connection.query(`SET search_path = ''`);
});
after(() => connection.close());

async function useKey(hex: string): Promise<void> {
  await connection.query('SELECT set_config($1, $2, false)', [settingOf('d'), hex.repeat(32)]);
}

/** Masks of all values, by the expression over a column of the type. */
async function masksOf(
  strategy: Strategy,
  type: SourceType,
  values: readonly (string | null)[],
): Promise<(string | null)[]> {
  const column = columnOf(type);
  const compiled = compileStrategy(strategy, { column, table: tableOf([column]), domain: 'd' });
  assert.ok(!('refusal' in compiled), JSON.stringify(compiled));
  const { rows } = await connection.query(
    `SELECT (m.y)::text AS y, pg_typeof(m.y)::text AS type FROM (SELECT ${compiled.sql} AS y, o FROM
       (SELECT CAST(v AS ${type.sql}) AS "x", o FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS u(v, o) OFFSET 0) AS t) AS m ORDER BY m.o`,
    [values],
  );
  return rows.map((row) => row.y as string | null);
}

/** Runs of four letters or digits of the clear value that stand in the mask. */
function leaked(clear: string, mask: string): string[] {
  const runs = clear.match(/[\p{L}\p{N}]{4,}/gu) ?? [];
  const pieces = runs.flatMap((run) => {
    const characters = [...run];
    return characters.slice(3).map((_, index) => characters.slice(index, index + 4).join(''));
  });
  return pieces.filter((piece) => mask.includes(piece));
}

const TEXT_STRATEGIES: readonly Strategy[] = [
  ...(
    [
      'email',
      'name',
      'name.first',
      'name.last',
      'company',
      'username',
      'phone',
      'address',
      'city',
      'postcode',
      'url',
      'text',
      'code',
      'uuid',
      'ip',
      'mac',
    ] as const
  ).map((as) => ({ as })),
  { as: 'digits' },
  { as: 'digits', keep: 2 },
  ...(
    [
      'luhn',
      'iban',
      'br.cpf',
      'br.cnpj',
      'nl.bsn',
      'gb.nhs',
      'pl.pesel',
      'us.aba',
      'fr.nir',
      'es.dni',
    ] as const
  ).map((check) => ({ as: 'digits', check }) as const),
];
const KEPT_LENGTH = new Set([
  'name',
  'name.first',
  'name.last',
  'company',
  'phone',
  'address',
  'city',
  'postcode',
  'text',
  'code',
  'digits',
]);

for (const strategy of TEXT_STRATEGIES) {
  test(`${JSON.stringify(strategy)} masks every text: same for the same key, other for another, nothing clear`, async () => {
    const values = [null, ...HOSTILE_TEXTS];
    await useKey('ab');
    const first = await masksOf(strategy, TYPES.text, values);
    assert.deepEqual(await masksOf(strategy, TYPES.text, values), first);
    await useKey('cd');
    const other = await masksOf(strategy, TYPES.text, values);
    assert.equal(first[0], null);
    assert.equal(first[1], '');
    for (const [index, value] of values.entries()) {
      if (value === null || value === '') continue;
      const mask = first[index];
      assert.ok(typeof mask === 'string' && mask !== '', JSON.stringify(value.slice(0, 40)));
      if (KEPT_LENGTH.has(strategy.as)) assert.equal([...mask].length, [...value].length, value.slice(0, 40));
      if (/\p{L}{4}|[0-9]{5}/u.test(value)) {
        assert.notEqual(mask, value);
        assert.notEqual(mask, other[index], value.slice(0, 40));
        if (!('check' in strategy && strategy.check === 'iban') && !('keep' in strategy)) {
          assert.deepEqual(
            leaked(value, mask).filter((piece) => !/^(\w)\1*$|^http/.test(piece)),
            [],
            `${value.slice(0, 60)} → ${mask.slice(0, 60)}`,
          );
        }
      }
    }
  });
}
