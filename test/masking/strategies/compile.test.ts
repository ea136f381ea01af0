import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingOf } from '../../../src/masking/keys.ts';
import type { SourceCheck, SourceColumn, SourceType } from '../../../src/masking/source.ts';
import { compileStrategy } from '../../../src/masking/strategies/compile.ts';
import type { Compiled, Strategy } from '../../../src/masking/strategy.ts';
import { columnOf, TYPES, tableOf, typeOf } from '../../support/mask-columns.ts';

type Facts = { checks?: readonly string[]; column?: Partial<SourceColumn>; others?: readonly SourceColumn[] };

function compile(
  strategy: Strategy,
  type: SourceType,
  { checks = [], column = {}, others = [] }: Facts = {},
) {
  const own = columnOf(type, column);
  const all = checks.map(
    (expression, index): SourceCheck => ({ name: `c${index}`, columns: ['x'], expression }),
  );
  return compileStrategy(strategy, { column: own, table: tableOf([own, ...others], all), domain: 'd' });
}

function compiled(strategy: Strategy, type: SourceType, facts: Facts = {}): Compiled {
  const result = compile(strategy, type, facts);
  assert.ok(!('refusal' in result), JSON.stringify(result));
  return result;
}

test('what cannot be had is refused with a remedy, before any row is read', () => {
  const email = { as: 'email' } as const;
  const table: [strategy: Strategy, type: SourceType, why: RegExp, facts?: Facts][] = [
    [email, TYPES.varchar(20), /needs 21 characters, the column has 20/],
    [email, TYPES.text, /needs 21 characters, the column has 10/, { checks: ['(char_length(x) <= 10)'] }],
    [email, TYPES.int4, /`email` does not fit integer/],
    [email, TYPES.arrayOf(TYPES.text), /does not fit text\[\]/],
    [{ as: 'uuid' }, TYPES.varchar(31), /36 characters/],
    [{ as: 'mac' }, TYPES.varchar(16), /17 characters/],
    [{ as: 'ip' }, TYPES.char(14), /15 characters/],
    [{ as: 'username' }, TYPES.varchar(3), /3 characters/],
    [{ as: 'null' }, TYPES.text, /NOT NULL/, { column: { notNull: true } }],
    [{ as: 'empty' }, TYPES.point, /no empty value/],
    [{ as: 'set', value: 'toolong' }, TYPES.varchar(3), /7 characters in a column of 3/],
    [{ as: 'digits' }, TYPES.decimal(10, 2), /does not fit numeric\(10,2\)/],
    [{ as: 'digits', check: 'luhn' }, TYPES.int8, /in text only/],
    [{ as: 'shift', days: 0 }, TYPES.date, /shift of 0 days/],
    [{ as: 'shift', days: 30 }, TYPES.int4, /moves dates and times/],
    [{ as: 'noise', ratio: 0 }, TYPES.int4, /ratio of 0/],
    [{ as: 'noise', ratio: 0.1 }, TYPES.text, /changes numbers/],
    [{ as: 'enum' }, TYPES.text, /CHECK that lists the values/],
    [{ as: 'bytes' }, TYPES.text, /masks bytea/],
    [{ as: 'text' }, TYPES.tsvector, /does not fit tsvector/],
    [{ as: 'elements', each: email }, TYPES.text, /has no elements/],
    [{ as: 'elements', each: email }, TYPES.arrayOf(TYPES.int4), /does not fit integer/],
    [
      { as: 'json', paths: [{ path: ['a'], strategy: { as: 'sql', expression: '1' } }], otherwise: 'mask' },
      TYPES.jsonb,
      /inside a document/,
    ],
    [{ as: 'sql', expression: 'pg_sleep(1)' }, TYPES.text, /`pg_sleep`/],
    [{ as: 'derive', expression: 'x' }, TYPES.text, /the column `x`/],
    [
      { as: 'derive', expression: "to_tsvector('public.mine', other)" },
      TYPES.tsvector,
      /configuration/,
      { others: [columnOf(TYPES.text, { name: 'other' })] },
    ],
    [
      { as: 'derive', expression: 'to_tsvector(other)' },
      TYPES.tsvector,
      /1 argument/,
      { others: [columnOf(TYPES.text, { name: 'other' })] },
    ],
    [
      { as: 'name' },
      TYPES.text,
      /CHECK c0 cannot be shown/,
      { checks: ["(x = ANY (ARRAY['a'::text, 'b'::text]))"] },
    ],
    [{ as: 'name' }, TYPES.text, /CHECK c0 cannot be shown/, { checks: ['(x < other)'] }],
    [
      { as: 'shift', days: 3 },
      TYPES.date,
      /CHECK c0 cannot be shown/,
      { checks: ['((x > starts) AND (x IS NOT NULL))'] },
    ],
    [{ as: 'digits' }, TYPES.int4, /CHECK c0 cannot be shown/, { checks: ['((x >= 0) AND (x <= 150))'] }],
    [{ as: 'phone' }, TYPES.text, /CHECK c0 cannot be shown/, { checks: ['public.is_phone(x)'] }],
  ];
  for (const [strategy, type, why, facts] of table) {
    const result = compile(strategy, type, facts);
    assert.ok('refusal' in result, `${JSON.stringify(strategy)} for ${type.sql}`);
    assert.match(result.refusal.why, why);
    assert.ok(result.refusal.remedy.length > 10);
  }
});

test('CHECK constraints that hold are no obstacle, and what only rows can show is a note', () => {
  const table: [strategy: Strategy, type: SourceType, check: string, note?: RegExp][] = [
    [{ as: 'name' }, TYPES.text, '(char_length(x) >= 3)'],
    [{ as: 'name' }, TYPES.text, '(length((x)::text) = 5)'],
    [{ as: 'name' }, TYPES.text, '((x IS NULL) OR (other IS NOT NULL))'],
    [{ as: 'name' }, TYPES.text, "((x IS NULL) OR (x <> ''::text))"],
    [{ as: 'code' }, TYPES.text, '(x = upper(x))'],
    [{ as: 'email' }, TYPES.text, '(x = lower(x))'],
    [{ as: 'email' }, TYPES.text, "((x)::text ~ '^[^@]+@[^@]+$'::text)", /CHECK c0/],
    [{ as: 'digits' }, TYPES.int4, '(x > 0)'],
    [{ as: 'noise', ratio: 0.1 }, TYPES.numeric, '((x >= (0)::numeric) AND (x <= 1000.5))'],
    [{ as: 'noise', ratio: 0.1 }, TYPES.int4, '((x >= 0) AND (x <= 150))'],
    [{ as: 'noise', ratio: 0.1 }, TYPES.float8, "(x > ('-5'::integer)::double precision)"],
    [{ as: 'shift', days: 9 }, TYPES.date, "(x >= '1900-01-01'::date)"],
    [{ as: 'enum' }, TYPES.text, "(x = ANY (ARRAY['a'::text, 'b'::text]))", /CHECK c0/],
    [{ as: 'sql', expression: "'x'" }, TYPES.text, 'public.anything(x)', /CHECK c0/],
    [{ as: 'clear' }, TYPES.text, 'public.anything(x)'],
  ];
  for (const [strategy, type, check, note] of table) {
    const { notes } = compiled(strategy, type, { checks: [check] });
    const told = notes.filter((one) => one.includes('CHECK c0'));
    assert.equal(told.length, note === undefined ? 0 : 1, `${check}: ${notes.join(' ')}`);
  }
});

test('a domain’s CHECK counts as the table’s', () => {
  const nick = (check: string) =>
    typeOf({
      sql: 'public.nick',
      base: 'text',
      category: 'text',
      domain: { name: 'public.nick', checks: [check], notNull: false },
    });
  assert.ok('refusal' in compile({ as: 'email' }, nick('(char_length(VALUE) <= 8)')));
  assert.ok('refusal' in compile({ as: 'name' }, nick('public.is_nick(VALUE)')));
  assert.match(compiled({ as: 'name' }, nick('(char_length(VALUE) <= 8)')).sql, / AS public\.nick\)$/);
});

test('distinctness, case and domains are told as they are', () => {
  const facts = (strategy: Strategy, type: SourceType) => {
    const { distinctness, foldsCase, domains } = compiled(strategy, type);
    return [distinctness.kind === 'hash' ? distinctness.bits : distinctness.kind, foldsCase, domains.length];
  };
  assert.deepEqual(facts({ as: 'email' }, TYPES.text), [60, true, 1]);
  assert.deepEqual(facts({ as: 'username' }, TYPES.varchar(6)), [30, true, 1]);
  assert.deepEqual(facts({ as: 'digits' }, TYPES.int4), ['injective', true, 1]);
  assert.deepEqual(facts({ as: 'digits', check: 'luhn' }, TYPES.text), ['injective', true, 1]);
  assert.deepEqual(facts({ as: 'digits', check: 'pl.pesel' }, TYPES.text), [36, true, 1]);
  assert.deepEqual(facts({ as: 'name' }, TYPES.text), ['none', true, 1]);
  assert.deepEqual(facts({ as: 'text' }, TYPES.text), ['none', false, 1]);
  assert.deepEqual(facts({ as: 'uuid' }, TYPES.uuid), [122, true, 1]);
  assert.deepEqual(facts({ as: 'ip' }, TYPES.inet), [24, true, 1]);
  assert.deepEqual(facts({ as: 'clear' }, TYPES.text), ['injective', true, 0]);
  assert.deepEqual(facts({ as: 'set', value: 'x' }, TYPES.text), ['none', true, 0]);
});

test('the same strategy gives the same SQL for a parent and its child', () => {
  const sql = (column: Partial<SourceColumn>) => compiled({ as: 'email' }, TYPES.text, { column }).sql;
  assert.equal(sql({ notNull: true, number: 1 }), sql({ number: 7 }));
});

test('every function is pg_catalog’s, every key is read by its setting, whatever the column is called', () => {
  const strategies: Strategy[] = [
    { as: 'email' },
    { as: 'text' },
    { as: 'phone' },
    { as: 'digits', check: 'iban' },
    { as: 'url' },
  ];
  for (const strategy of strategies) {
    const { sql } = compiled(strategy, TYPES.text, { column: { name: 'b"; DROP TABLE x; --' } });
    const plain = sql.replaceAll(/'(?:[^']|'')*'/g, "''").replaceAll(/"(?:[^"]|"")*"/g, '""');
    const called = [...plain.matchAll(/([a-z_0-9.]+)\(/g)].map(([, name]) => name ?? '');
    assert.deepEqual(
      called.filter((name) => !name.startsWith('pg_catalog.')),
      [],
    );
    assert.ok(sql.includes(`pg_catalog.current_setting('${settingOf('d')}')`));
    assert.ok(!/[^.]\b(?:=|<>|\+)\s/.test(plain.replaceAll(/OPERATOR\(pg_catalog\.[^)]+\)/g, '')));
  }
});

test('an hstore is taken apart by its own extension’s functions, wherever that stands', () => {
  const hstore = typeOf({ sql: '"Ext x".hstore', base: 'hstore', baseSchema: 'Ext x', category: 'hstore' });
  const { sql } = compiled({ as: 'elements', each: { as: 'name' } }, hstore);
  assert.ok(sql.includes('"Ext x".hstore(pg_catalog.array_agg(e.k), pg_catalog.array_agg('));
  assert.ok(sql.includes('FROM "Ext x".each("x") AS e(k, v)'));
});
