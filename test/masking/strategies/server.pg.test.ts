import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stdnum } from 'stdnum';
import type { SourceType } from '../../../src/masking/source.ts';
import { compileStrategy } from '../../../src/masking/strategies/compile.ts';
import type { CheckDigits, Strategy } from '../../../src/masking/strategy.ts';
import { ServerError } from '../../../src/postgres/connection.ts';
import { columnOf, TYPES, tableOf, typeOf } from '../../support/mask-columns.ts';
import { expressionOf, maskServer, masks, useKey } from '../../support/mask-server.ts';

const EVERY: readonly (readonly [Strategy, SourceType])[] = [
  ...(['email', 'name', 'username', 'phone', 'url', 'text', 'code', 'uuid', 'ip', 'mac'] as const).map(
    (as) => [{ as }, TYPES.text] as const,
  ),
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
  ).map((check) => [{ as: 'digits', check }, TYPES.text] as const),
  [{ as: 'digits' }, TYPES.int4],
  [{ as: 'shift', days: 9 }, TYPES.date],
  [{ as: 'shift', days: 9 }, TYPES.timestamptz],
  [{ as: 'noise', ratio: 0.1 }, TYPES.numeric],
  [{ as: 'noise', ratio: 0.1 }, TYPES.float8],
  [{ as: 'bytes' }, TYPES.bytea],
  [{ as: 'ip' }, TYPES.inet],
  [{ as: 'text' }, TYPES.jsonb],
  [{ as: 'elements', each: { as: 'name' } }, TYPES.arrayOf(TYPES.text)],
  [{ as: 'shift', days: 9 }, TYPES.range('tsrange')],
];

test('every function and every operator is one that this server has, and none is volatile', async () => {
  const connection = await maskServer();
  const sql = EVERY.map(([strategy, type]) => expressionOf(strategy, type)).join(' ');
  const functions = new Set([...sql.matchAll(/pg_catalog\.([a-z_0-9]+)\(/g)].map(([, name]) => name));
  for (const type of ['bit', 'int8']) functions.delete(type);
  const { rows } = await connection.query(
    `SELECT proname, bool_or(provolatile = 'v') AS volatile FROM pg_catalog.pg_proc
      WHERE pronamespace = 'pg_catalog'::regnamespace AND proname = ANY ($1) GROUP BY proname`,
    [[...functions]],
  );
  assert.deepEqual(rows.map(({ proname }) => proname).toSorted(), [...functions].toSorted());
  assert.deepEqual(
    rows.filter((row) => row.volatile).map(({ proname }) => proname),
    [],
  );
});

test('no plan and no query shows a key, and the key is read once for a query', async () => {
  const connection = await useKey('ab');
  for (const [strategy, type] of EVERY) {
    const { rows } = await connection.query(
      `EXPLAIN (VERBOSE) SELECT ${expressionOf(strategy, type)} FROM (SELECT CAST(NULL AS ${type.sql}) AS "x" OFFSET 0) AS t`,
    );
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    assert.ok(plan.includes('current_setting'));
    assert.ok(!plan.includes('abababab'), plan);
    const readers = plan.split('\n').filter((line) => line.includes('current_setting'));
    assert.deepEqual(
      readers.filter((line) => !/^\s+Output: /.test(line)),
      [],
    );
    assert.ok(plan.includes('InitPlan'));
  }
});

test('the rounds of a permutation follow each other: the plan grows by a level for a round', async () => {
  const connection = await useKey('ab');
  const { rows } = await connection.query(
    `EXPLAIN (VERBOSE) SELECT ${expressionOf({ as: 'digits' }, TYPES.int4)} FROM (SELECT 7 AS "x" OFFSET 0) AS t`,
  );
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  // Two rounds hash a row's number; the factors of the other two rounds are worked out once for the query.
  assert.equal(plan.match(/sha256\([^\n]*?int8send/g)?.length, 2);
  assert.equal(plan.match(/sha256/g)?.length, 2 + 2 * 4);
  assert.equal(
    plan.match(/InitPlan [^\n]*\n\s+->\s+Result[^\n]*\n\s+Output: \(?[^\n]*sha256/g)?.length,
    2 * 4,
  );
});

test('masks are the same in parallel workers', async () => {
  const connection = await useKey('ab');
  await connection.script(`
    CREATE TABLE public.many AS SELECT 'user' || i || '@corp.org' AS "x" FROM pg_catalog.generate_series(1, 20000) AS g(i);
    SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0;`);
  const query = `SELECT pg_catalog.md5(pg_catalog.string_agg(y, ',' ORDER BY y)) AS sum FROM (SELECT ${expressionOf({ as: 'email' }, TYPES.text)} AS y FROM public.many) AS m`;
  const { rows: explained } = await connection.query(`EXPLAIN ${query}`);
  const { rows: parallel } = await connection.query(query);
  await connection.query('SET max_parallel_workers_per_gather = 0');
  const { rows: single } = await connection.query(query);
  await connection.query('RESET ALL');
  await connection.query(`SET search_path = ''`);
  assert.match(explained.map((row) => row['QUERY PLAN']).join('\n'), /Gather/);
  assert.deepEqual(parallel, single);
});

test('columns with hostile names are masked', async () => {
  const connection = await useKey('ab');
  const plain = await masks({ as: 'email' }, TYPES.text, ['anna@corp.org']);
  for (const name of [
    'b',
    'h',
    'v',
    'select',
    'B"; DROP TABLE t; --',
    "it's",
    'b.v',
    'é😀',
    '$1',
    'x'.repeat(63),
  ]) {
    const quoted = `"${name.replaceAll('"', '""')}"`;
    const { rows } = await connection.query(
      `SELECT ${expressionOf({ as: 'email' }, TYPES.text, name)} AS y FROM (SELECT 'anna@corp.org'::text AS ${quoted} OFFSET 0) AS b`,
    );
    assert.equal(rows[0]?.y, plain[0], name);
  }
});

const NUMBERS: readonly (readonly [CheckDigits, (value: string) => boolean, readonly string[]])[] = [
  ['luhn', luhn, ['4111111111111111', '4111 1111 1111 1111', '378282246310005', '79927398713']],
  ['iban', iban, ['DE89370400440532013000', 'GB29 NWBK 6016 1331 9268 19', 'FR1420041010050500013M02606']],
  ['br.cpf', (value) => stdnum.BR?.cpf?.validate(value).isValid === true, ['390.533.447-05', '11144477735']],
  [
    'br.cnpj',
    (value) => stdnum.BR?.cnpj?.validate(value).isValid === true,
    ['11.222.333/0001-81', '11444777000161'],
  ],
  ['nl.bsn', (value) => stdnum.NL?.bsn?.validate(value).isValid === true, ['111222333', '123456782']],
  ['gb.nhs', nhs, ['943 476 5919', '9434765919']],
  ['pl.pesel', (value) => stdnum.PL?.pesel?.validate(value).isValid === true, ['44051401359', '02070803628']],
  ['us.aba', aba, ['021000021', '111000025']],
  [
    'fr.nir',
    (value) => stdnum.FR?.nir?.validate(value).isValid === true,
    ['255081416802538', '2 95 10 99 126 111 93'],
  ],
  ['es.dni', (value) => stdnum.ES?.dni?.validate(value).isValid === true, ['12345678Z', '54362315-K']],
];

function luhn(value: string): boolean {
  const digits = [...value.replaceAll(/[^0-9]/g, '')].toReversed().map(Number);
  const sum = digits.reduce(
    (total, digit, index) => total + (index % 2 === 0 ? digit : digit > 4 ? 2 * digit - 9 : 2 * digit),
    0,
  );
  return sum % 10 === 0;
}

function iban(value: string): boolean {
  const compact = value.replaceAll(' ', '');
  const moved = `${compact.slice(4)}${compact.slice(0, 4)}`;
  return BigInt([...moved].map((character) => Number.parseInt(character, 36)).join('')) % 97n === 1n;
}

function nhs(value: string): boolean {
  const digits = [...value.replaceAll(' ', '')].map(Number);
  return digits.reduce((sum, digit, index) => sum + digit * (10 - index), 0) % 11 === 0;
}

function aba(value: string): boolean {
  return (
    [...value].reduce((sum, digit, index) => sum + Number(digit) * ([3, 7, 1][index % 3] ?? 0), 0) % 10 === 0
  );
}

for (const [check, valid, values] of NUMBERS) {
  test(`${check}: right numbers become other right numbers, wrong ones stay wrong`, async () => {
    const right = values.filter(valid);
    assert.ok(right.length > 0, 'the test’s own numbers are right');
    for (const key of ['01', '02', '03', '04', '05', '06', '07', '08']) {
      const found = await masks({ as: 'digits', check }, TYPES.text, right, key);
      for (const [index, mask] of found.entries()) {
        assert.ok(mask !== null && valid(mask), `${right[index]} → ${mask}`);
        assert.notEqual(mask, right[index]);
        assert.equal(
          mask.replaceAll(/[0-9]/g, '0').replace(/[A-Z]$/, ''),
          right[index]?.replaceAll(/[0-9]/g, '0').replace(/[A-Z]$/, ''),
        );
      }
    }
    const wrong = right.map((value) =>
      value.replace(/[0-9](?=[^0-9]*$)/, (digit) => String((Number(digit) + 1) % 10)),
    );
    for (const mask of await masks(
      { as: 'digits', check },
      TYPES.text,
      wrong.filter((value) => !valid(value)),
    )) {
      assert.ok(mask !== null && !valid(mask), mask ?? 'null');
    }
  });
}

test('a phone number keeps its country code, and of the digits after it none', async () => {
  const codes = ['+1', '+7', '+20', '+49', '+420', '+971', '00 1', '0049', '00 351', '0'];
  const numbers = codes.flatMap((code) =>
    Array.from({ length: 30 }, (_, at) => `${code}-555-${1_000_000 + at} `),
  );
  const found = await masks({ as: 'phone' }, TYPES.text, numbers);
  for (const code of codes) {
    const own = found.filter((_, at) => numbers[at]?.startsWith(`${code}-`)).map(String);
    assert.ok(
      own.every(
        (mask) => mask.startsWith(`${code}-`) && /^-[0-9]{3}-[0-9]{7} $/.test(mask.slice(code.length)),
      ),
    );
    assert.ok(new Set(own.map((mask) => mask[code.length + 1])).size > 4, `the digit after ${code}`);
  }
});

test('noise and shift stay inside CHECK constraints', async () => {
  const connection = await useKey('ab');
  const cases: [Strategy, SourceType, string, string][] = [
    [{ as: 'noise', ratio: 1 }, TYPES.int4, '((x > 0) AND (x <= 150))', '1 + i % 150'],
    [
      { as: 'noise', ratio: 0.9 },
      TYPES.decimal(8, 2),
      '((x > (0)::numeric) AND (x < 99.5))',
      '0.01 + (i % 9949) / 100.0',
    ],
    [{ as: 'noise', ratio: 0.9 }, TYPES.float8, '((x > 1.5) AND (x <= 99.5))', '1.51 + (i % 9800) / 100.0'],
    [
      { as: 'shift', days: 900 },
      TYPES.date,
      "((x >= '2020-01-01'::date) AND (x < '2021-01-01'::date))",
      "'2020-01-01'::date + (i % 366)",
    ],
    [
      { as: 'shift', days: 900 },
      TYPES.timestamp,
      "(x > '2020-01-01 00:00:00'::timestamp without time zone)",
      "'2020-01-01'::timestamp + i * '1 minute'::interval",
    ],
  ];
  for (const [strategy, type, check, value] of cases) {
    const column = columnOf(type);
    const table = tableOf([column], [{ name: 'c', columns: ['x'], expression: check }]);
    const compiled = compileStrategy(strategy, { column, table, domain: 'd' });
    assert.ok(!('refusal' in compiled), JSON.stringify(compiled));
    const { rows } = await connection.query(
      `SELECT count(*)::int AS rows, sum((${check})::int)::int AS held, sum((x = o)::int)::int AS same FROM (SELECT ${compiled.sql} AS x, "x" AS o FROM
         (SELECT CAST(${value} AS ${type.sql}) AS "x" FROM pg_catalog.generate_series(1, 5000) AS g(i) OFFSET 0) AS t) AS m`,
    );
    assert.equal(rows[0]?.held, 5000, check);
    assert.ok(Number(rows[0]?.same) < 2500, check);
  }
});

test('paths of a document decide, the longest first; what no path names is dropped, cleared, masked or an error', async () => {
  const paths = [
    { path: ['email'], strategy: { as: 'email' } },
    { path: ['people', '*', 'name'], strategy: { as: 'name' } },
    { path: ['people', '*'], strategy: { as: 'null' } },
    { path: ['prefs'], strategy: { as: 'clear' } },
    { path: ['prefs', 'secret'], strategy: { as: 'empty' } },
    { path: ['price'], strategy: { as: 'noise', ratio: 0.1 } },
  ] as const satisfies Extract<Strategy, { as: 'json' }>['paths'];
  const document = {
    email: 'anna@corp.org',
    people: [{ name: 'Anna', age: 7 }, { name: 'Bernd' }],
    prefs: { theme: 'dark', secret: 'hush' },
    price: 100,
    other: ['Geheim', 42],
  };
  const run = async (otherwise: 'drop' | 'clear' | 'mask' | 'fail', value: unknown = document) =>
    JSON.parse(
      (await masks({ as: 'json', paths, otherwise }, TYPES.jsonb, [JSON.stringify(value)]))[0] ?? 'null',
    );
  const dropped = await run('drop');
  assert.deepEqual(Object.keys(dropped).toSorted(), ['email', 'people', 'prefs', 'price']);
  assert.match(dropped.email, /^[a-z0-9]{12,}@[0-9a-f]+\.test$/);
  assert.equal(dropped.people.length, 2);
  assert.match(dropped.people[0].name, /^[A-Z][a-z]{3}$/);
  assert.equal(dropped.people[0].age, null);
  assert.deepEqual(dropped.prefs, { theme: 'dark', secret: '' });
  assert.ok(dropped.price !== 100 && dropped.price >= 90 && dropped.price <= 110);
  assert.deepEqual((await run('clear')).other, ['Geheim', 42]);
  const masked = (await run('mask')).other;
  assert.match(masked[0], /^[A-Z][a-z]{5}$/);
  assert.notEqual(masked[0], 'Geheim');
  assert.match(String(masked[1]), /^[1-9][0-9]$/);
  await assert.rejects(run('fail'), (error) => {
    assert.ok(error instanceof ServerError);
    assert.match(error.message, /public\.t\.x has a member that no path/);
    assert.ok(!JSON.stringify(error).includes('Geheim') && !error.message.includes('Geheim'));
    return true;
  });
  const { other, ...named } = document;
  assert.ok(other);
  assert.equal((await run('fail', named)).people.length, 2);
});

test('a derived column is computed of masks, in their own types', async () => {
  const connection = await useKey('ab');
  const [title, body, search] = [
    columnOf(TYPES.text, { name: 'title' }),
    columnOf(TYPES.text, { name: 'body' }),
    columnOf(typeOf({ sql: 'tsvector', category: 'tsvector' }), { name: 'search' }),
  ];
  const compiled = compileStrategy(
    {
      as: 'derive',
      expression: "setweight(to_tsvector('simple', title), 'A') || to_tsvector('pg_catalog.english', body)",
    },
    {
      column: search,
      table: tableOf([title, body, search]),
      domain: 'd',
      masked: new Map([['title', "pg_catalog.upper('one')"]]),
    },
  );
  assert.ok(!('refusal' in compiled), JSON.stringify(compiled));
  const { rows } = await connection.query(
    `SELECT (${compiled.sql})::text AS y FROM (SELECT 'Secret'::text AS title, 'the cats'::text AS body OFFSET 0) AS t`,
  );
  assert.equal(rows[0]?.y, "'cat':3 'one':1A");
});

test('a column’s statistics stay: nulls, distinct values, widths and the most frequent values’ shares', async () => {
  const connection = await useKey('ab');
  const source = `SELECT i AS n, CASE WHEN i % 10 = 0 THEN NULL ELSE
      pg_catalog.initcap(pg_catalog.substr(pg_catalog.translate(pg_catalog.md5((i % 7000)::text), '0123456789', 'ghijklmnop'), 1, 5 + i % 7 % 5)) END AS name,
      'user' || (i % 40000) || '@mail' || (i % 60) || '.com' AS email, 1000 + i % 9000 AS number,
      CASE WHEN i % 3 = 0 THEN '+49 171 5550000' ELSE '+49 171 ' || (1000000 + i) END AS phone, '2000-01-01'::date + i / 20 AS day,
      'Note ' || (i % 45000) || ' said on the phone that all is well.' AS note
    FROM pg_catalog.generate_series(1, 50000) AS g(i)`;
  const columns: [string, Strategy, SourceType, distinct: number][] = [
    ['name', { as: 'name.last' }, TYPES.text, 0.06],
    ['email', { as: 'email' }, TYPES.text, 0.02],
    ['number', { as: 'digits' }, TYPES.int4, 0.02],
    ['phone', { as: 'phone' }, TYPES.text, 0.02],
    ['day', { as: 'shift', days: 20 }, TYPES.date, 0.6],
    ['note', { as: 'text' }, TYPES.text, 0.02],
  ];
  const list = columns.map(([name, strategy, type]) => `${expressionOf(strategy, type, name)} AS "${name}"`);
  await connection.script(`CREATE TABLE public.clear AS ${source};
    CREATE TABLE public.masked AS SELECT ${list.join(', ')} FROM public.clear ORDER BY n;`);
  await connection.query('ANALYZE public.clear');
  await connection.query('ANALYZE public.masked');
  const counts = columns.map(([name]) => `count(DISTINCT "${name}")::int AS "${name}"`).join(', ');
  const [clear, masked] = await Promise.all(
    ['clear', 'masked'].map(
      async (table) => (await connection.query(`SELECT ${counts} FROM public.${table}`)).rows[0],
    ),
  );
  const { rows } = await connection.query(
    `SELECT a.attname AS name, abs(a.null_frac - b.null_frac) AS nulls, a.avg_width AS clear, b.avg_width AS masked,
            abs(coalesce(a.most_common_freqs[1], 0) - coalesce(b.most_common_freqs[1], 0)) AS top, abs(a.correlation - b.correlation) AS correlation
       FROM pg_catalog.pg_stats a JOIN pg_catalog.pg_stats b ON a.attname = b.attname
      WHERE a.tablename = 'clear' AND b.tablename = 'masked'`,
  );
  assert.equal(rows.length, columns.length);
  for (const row of rows) {
    assert.ok(Number(row.nulls) < 0.02 && Number(row.top) < 0.03, JSON.stringify(row));
    assert.ok(
      Math.abs(Number(row.clear) - Number(row.masked)) <= 0.25 * Number(row.clear),
      JSON.stringify(row),
    );
    if (row.name === 'day') assert.ok(Number(row.correlation) < 0.05, JSON.stringify(row));
  }
  for (const [name, , , bound] of columns) {
    const [before, after] = [Number(clear?.[name]), Number(masked?.[name])];
    assert.ok(Math.abs(after - before) <= bound * before, `${name}: ${before} became ${after}`);
  }
});
