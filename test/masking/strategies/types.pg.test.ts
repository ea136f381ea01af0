import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SourceType } from '../../../src/masking/source.ts';
import { compileStrategy } from '../../../src/masking/strategies/compile.ts';
import type { Strategy } from '../../../src/masking/strategy.ts';
import { columnOf, TYPES, tableOf, typeOf } from '../../support/mask-columns.ts';
import { masks, useKey } from '../../support/mask-server.ts';

type Case = readonly [
  what: string,
  strategy: Strategy,
  type: SourceType,
  values: readonly (string | null)[],
  /** Values that stay as they are: infinity, zero, what is empty. */
  stays?: readonly string[],
];

const INTEGERS = ['0', '1', '9', '10', '99', '-1', '-7', '12345', '-12345', '32767', '-32768'];
const DATES = [
  '2024-02-29',
  '1970-01-01',
  '0001-01-01',
  '4713-01-01 BC',
  'infinity',
  '-infinity',
  '5874897-12-31',
];
const STAMPS = [
  '2024-02-29 13:45:12.123456',
  '1970-01-01 00:00:00',
  '2000-01-01 10:00:00',
  '4713-01-01 00:00:00 BC',
  '294276-12-31 23:59:59.999999',
  'infinity',
  '-infinity',
];

const mood = TYPES.enumOf('public.mood', ['sad', 'ok', "it's \\fine", 'happy', 'Übermut']);
const DOCUMENT = JSON.stringify({
  email: 'anna.example@corp.org',
  'hostile "key"\\': 'Anna Example',
  n: 12345,
  deep: [{ name: 'Bernd Beispiel', big: -1234.5e3 }, ['nested', [true, null, '😀 emoji text']]],
  tags: ['one', 'eleven'],
  none: {},
  empty: [],
});

const CASES: readonly Case[] = [
  ['smallint', { as: 'digits' }, TYPES.int2, INTEGERS, ['0', '-1']],
  [
    'integer',
    { as: 'digits' },
    TYPES.int4,
    [...INTEGERS, '2147483647', '-2147483648', '1000000000'],
    ['0', '-1'],
  ],
  [
    'bigint',
    { as: 'phone' },
    TYPES.int8,
    [...INTEGERS, '9223372036854775807', '-9223372036854775808', '491711234567'],
    ['0', '-1'],
  ],
  ['numeric(12,0)', { as: 'code' }, TYPES.decimal(12, 0), [...INTEGERS, '999999999999'], ['0', '-1']],
  ['smallint noise', { as: 'noise', ratio: 0.5 }, TYPES.int2, INTEGERS, ['0', '1', '-1']],
  [
    'integer noise',
    { as: 'noise', ratio: 0.9 },
    TYPES.int4,
    [...INTEGERS, '2147483647', '-2147483648'],
    ['0', '1', '-1'],
  ],
  [
    'bigint noise',
    { as: 'noise', ratio: 10 },
    TYPES.int8,
    [...INTEGERS, '9223372036854775807', '-9223372036854775808'],
    ['0', '1', '-1'],
  ],
  [
    'numeric noise',
    { as: 'noise', ratio: 0.2 },
    TYPES.numeric,
    ['0', '12.50', '-3.000001', 'NaN', '1e300', `${'9'.repeat(60)}.5`],
    ['0', 'NaN'],
  ],
  [
    'numeric(6,2) noise',
    { as: 'noise', ratio: 0.5 },
    TYPES.decimal(6, 2),
    ['9999.99', '-9999.99', '12.50', '0.00', 'NaN'],
    ['0.00', 'NaN'],
  ],
  [
    'real noise',
    { as: 'noise', ratio: 0.3 },
    TYPES.float4,
    ['1.5', '3.4e38', '-3.4e38', 'NaN', 'Infinity', '-0', '1e-40'],
    ['NaN', 'Infinity', '-0', '0', '1e-40'],
  ],
  [
    'double noise',
    { as: 'noise', ratio: 0.3 },
    TYPES.float8,
    ['1.5', '1.7e308', '-1.7e308', 'NaN', '-Infinity', '0', '5e-324'],
    ['NaN', '-Infinity', '0', '5e-324'],
  ],
  [
    'interval noise',
    { as: 'noise', ratio: 0.3 },
    TYPES.interval,
    ['1 day', '00:00:00', '-3 mons 2 days', '178000000 years'],
    ['00:00:00', '178000000 years'],
  ],
  ['date', { as: 'shift', days: 30 }, TYPES.date, DATES, ['infinity', '-infinity']],
  ['timestamp', { as: 'shift', days: 30 }, TYPES.timestamp, STAMPS, ['infinity', '-infinity']],
  ['timestamptz', { as: 'shift', days: 3650 }, TYPES.timestamptz, STAMPS, ['infinity', '-infinity']],
  ['time', { as: 'shift', days: 1 }, TYPES.time, ['00:00:00', '23:59:59.999999', '12:00:00']],
  ['timetz', { as: 'shift', days: 1 }, TYPES.timetz, ['00:00:00+02', '23:59:59.999999-11']],
  [
    'uuid',
    { as: 'uuid' },
    TYPES.uuid,
    ['a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '00000000-0000-0000-0000-000000000000'],
  ],
  ['inet', { as: 'ip' }, TYPES.inet, ['192.168.1.7', '10.1.2.3/8', '::1', 'fe80::1/64', '0.0.0.0/0']],
  ['cidr', { as: 'ip' }, TYPES.cidr, ['192.168.1.0/24', '2a00:1450:4001::/48']],
  ['macaddr', { as: 'mac' }, TYPES.macaddr, ['08:00:2b:01:02:03']],
  ['macaddr8', { as: 'mac' }, TYPES.macaddr8, ['08:00:2b:01:02:03:04:05']],
  [
    'bytea',
    { as: 'bytes' },
    TYPES.bytea,
    ['\\x', '\\x00', `\\x${'00ff'.repeat(16)}`, `\\x${'41'.repeat(10_000)}`],
    ['\\x', '\\x00'],
  ],
  [
    'enum',
    { as: 'enum' },
    mood,
    ['sad', 'ok', "it's \\fine", 'happy', 'Übermut'],
    ['sad', 'ok', "it's \\fine", 'happy', 'Übermut'],
  ],
  [
    'jsonb text',
    { as: 'text' },
    TYPES.jsonb,
    [DOCUMENT, '"Anna Example"', '12345', 'null', 'true', '[]', '{}', '[[["abcdef"]]]'],
    ['null', 'true', '[]', '{}'],
  ],
  ['json text', { as: 'text' }, TYPES.json, [DOCUMENT, '[1.50, "abcd\\u00e9\\n"]']],
  [
    'text with json',
    { as: 'json', paths: [{ path: ['email'], strategy: { as: 'email' } }], otherwise: 'mask' },
    TYPES.text,
    [DOCUMENT, 'no json at all', ''],
    [''],
  ],
  [
    'text[]',
    { as: 'elements', each: { as: 'name' } },
    TYPES.arrayOf(TYPES.text),
    [
      '{Anna,NULL,"Bernd \\"B\\\\ {x}, y"}',
      '{}',
      '{{Anna,Bernd},{NULL,""}}',
      '[0:1]={Anna,"NULL"}',
      '{%s%s}',
    ],
    ['{}', '{%s%s}'],
  ],
  [
    'varchar[]',
    { as: 'elements', each: { as: 'email' } },
    TYPES.arrayOf(TYPES.varchar(40)),
    ['{a@b.org,c@d.org}'],
  ],
  [
    'integer[]',
    { as: 'elements', each: { as: 'digits' } },
    TYPES.arrayOf(TYPES.int4),
    ['{1234,-99,NULL}', '{{12,34},{56,78}}'],
  ],
  [
    'daterange',
    { as: 'shift', days: 30 },
    TYPES.range('daterange'),
    ['[2020-01-01,2020-02-01)', 'empty', '(,2020-01-01)', '[2020-01-01,)', '(,)', '[infinity,)'],
    ['empty', '(,)', '[infinity,)'],
  ],
  [
    'tsrange',
    { as: 'shift', days: 30 },
    TYPES.range('tsrange'),
    ['["2020-01-01 00:00:00","2020-02-01 00:00:00"]', 'empty'],
    ['empty'],
  ],
  [
    'tstzrange',
    { as: 'shift', days: 30 },
    TYPES.range('tstzrange'),
    ['["2020-01-01 00:00:00+00","2020-02-01 00:00:00+00")'],
  ],
  [
    'int4range',
    { as: 'noise', ratio: 0.4 },
    TYPES.range('int4range'),
    ['[10000,20000)', 'empty', '[2147483000,2147483647)'],
    ['empty', '[2147483000,2147483647)'],
  ],
  [
    'int8range',
    { as: 'noise', ratio: 0.4 },
    TYPES.range('int8range'),
    ['[10000,20000)', '[1,9223372036854775807)'],
    ['[1,9223372036854775807)'],
  ],
  ['numrange', { as: 'noise', ratio: 0.4 }, TYPES.range('numrange'), ['[100.50,200.25]', '(,5)']],
  [
    'composite',
    { as: 'elements', each: { as: 'name' } },
    TYPES.composite('public.person', [
      { name: 'full "name"', type: TYPES.text },
      { name: 'age', type: TYPES.int4 },
    ]),
    ['("Anna Example",7)', '(,)'],
  ],
  [
    'hstore-like domain',
    { as: 'name' },
    typeOf({
      sql: 'public.nick',
      base: 'varchar',
      category: 'text',
      maximumLength: 12,
      domain: {
        name: 'public.nick',
        checks: ['(char_length((VALUE)::text) >= 3)', "((VALUE)::text ~ '^[A-Za-z]+$'::text)"],
        notNull: false,
      },
    }),
    ['Anna', 'Bernd'],
  ],
];

for (const [what, strategy, type, values, stays = []] of CASES) {
  test(`${what}: every value has a mask of the same type, again the same, and with another key another`, async () => {
    const all = [null, ...values];
    const first = await masks(strategy, type, all, 'ab');
    assert.deepEqual(await masks(strategy, type, all, 'ab'), first);
    const other = await masks(strategy, type, all, 'cd');
    assert.equal(first[0], null);
    const clear = await masks({ as: 'clear' }, type, all, 'ab');
    for (const [index, value] of clear.entries()) {
      if (value === null) continue;
      assert.notEqual(first[index], null, value);
      if (stays.includes(value) || value === '(,)') continue;
      const masked = [first[index], other[index]];
      assert.ok(
        masked.some((mask) => mask !== value),
        `${value} stays`,
      );
      if (value.length > 2) assert.notEqual(first[index], other[index], value);
    }
  });
}

test('no label of an enum stays what it is under any key, and each is taken once', async () => {
  const two = TYPES.enumOf('public.two', ['yes', 'no']);
  for (const type of [two, mood]) {
    const labels = type.labels ?? [];
    for (const key of ['ab', 'cd', 'ef', '12', '34', '56']) {
      const made = await masks({ as: 'enum' }, type, labels, key);
      assert.deepEqual([...made].toSorted(), [...labels].toSorted(), key);
      for (const [index, label] of labels.entries()) assert.notEqual(made[index], label, key);
    }
  }
  const one = TYPES.enumOf('public.one', ['only']);
  assert.deepEqual(await masks({ as: 'enum' }, one, ['only'], 'ab'), ['only']);
});

test('dates of a row that are shifted by one of its columns keep what lies between them', async () => {
  const session = await useKey('ab');
  const day = columnOf(TYPES.date, { name: 'a' });
  const at = columnOf(TYPES.timestamptz, { name: 'b' });
  const id = columnOf(TYPES.int4, { name: 'id' });
  const table = tableOf([day, at, id]);
  const sqlOf = (column: typeof day): string => {
    const made = compileStrategy({ as: 'shift', days: 30, by: 'id' }, { column, table, domain: 'd' });
    assert.ok(!('refusal' in made), JSON.stringify(made));
    return made.sql;
  };
  const { rows } = await session.query(`SELECT count(*) AS all, count(DISTINCT x - a) AS moves,
      count(*) FILTER (WHERE (y - b) = (x - a) * interval '1 day') AS same, count(*) FILTER (WHERE x = a) AS stay,
      max(abs(x - a)) AS most, count(*) FILTER (WHERE x IS NULL OR y IS NULL) AS nulls
    FROM (SELECT *, ${sqlOf(day)} AS x, ${sqlOf(at)} AS y FROM (
      SELECT date '2000-01-01' + n AS a, timestamptz '2010-01-01 10:00+00' + n * interval '1 hour' AS b, n AS id
      FROM generate_series(1, 500) n) AS rows) AS r`);
  const [row] = rows;
  assert.deepEqual([row?.same, row?.stay, row?.nulls].map(Number), [500, 0, 0]);
  assert.ok(Number(row?.moves) > 20 && Number(row?.most) <= 30, JSON.stringify(row));
  const wrong = compileStrategy({ as: 'shift', days: 30, by: 'nope' }, { column: day, table, domain: 'd' });
  assert.ok('refusal' in wrong);
});
