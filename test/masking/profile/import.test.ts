import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { UserError } from '../../../src/errors.ts';
import { importAnonLabels } from '../../../src/masking/profile/import-anon.ts';
import { importGreenmask } from '../../../src/masking/profile/import-greenmask.ts';
import { parseMaskingProfile } from '../../../src/masking/profile/parse.ts';
import { ruleText } from '../../../src/masking/profile/strategy-text.ts';

/** Rules by column, as text. */
function rulesOf(text: string): Record<string, string> {
  const profile = parseMaskingProfile(parse(text), 'masking.yml');
  return Object.fromEntries(
    profile.tables.flatMap(({ pattern, columns }) =>
      columns.map((one) => [
        `${pattern.schema.text}.${pattern.table.text}.${one.pattern.text}`,
        ruleText(one.rule),
      ]),
    ),
  );
}

const column = (objname: string, label: string) => ({ objtype: 'column', objname, label });

test('labels of PostgreSQL Anonymizer become rules', () => {
  const cases: [label: string, rule: string | undefined][] = [
    ['MASKED WITH FUNCTION anon.fake_email()', 'email'],
    ['MASKED WITH FUNCTION anon.pseudo_first_name(id)', 'name.first'],
    ['masked with function anon.dummy_last_name()', 'name.last'],
    ['MASKED WITH FUNCTION anon.partial(phone, 2, $$***$$, 2)', 'code'],
    ['MASKED WITH FUNCTION anon.fake_iban()', 'id.iban'],
    ['MASKED WITH FUNCTION anon.noise(salary, 0.33)', '{noise: 33%}'],
    ["MASKED WITH FUNCTION anon.dnoise(born, '2 years'::interval)", '{shift: 730d}'],
    ['MASKED WITH FUNCTION anon.random_string(12)', 'code'],
    ['MASKED WITH FUNCTION anon.lorem_ipsum(characters := 20)', 'text'],
    ['MASKED WITH VALUE NULL', '"null"'],
    ["MASKED WITH VALUE 'it''s'", `{set: "it's"}`],
    ['MASKED WITH VALUE $$a$$', '{set: "a"}'],
    ['MASKED WITH VALUE 0', '{set: "0"}'],
    ['NOT MASKED', 'clear'],
    ['MASKED WITH FUNCTION anon.generalize_daterange(born)', undefined],
    ['MASKED WITH FUNCTION pg_catalog.md5(a)', undefined],
    ['MASKED WITH FUNCTION anon.constructor()', undefined],
    ['MASKED WITH VALUE now()', undefined],
    ['nonsense', undefined],
  ];
  for (const [label, rule] of cases) {
    const { text, remarks } = importAnonLabels([column('public."Odd.One".a', label)]);
    assert.equal(rulesOf(text)['public.Odd.One.a'], rule, label);
    if (rule === undefined) assert.match(remarks.join(), /has no strategy here/, label);
  }
});

test('what labels say that a profile does not is remarked', () => {
  const { text, remarks } = importAnonLabels([
    { objtype: 'role', objname: 'analyst', label: 'MASKED' },
    { objtype: 'table', objname: 'shop.orders', label: 'TABLESAMPLE BERNOULLI(10)' },
    { objtype: 'database', objname: 'd', label: 'TABLESAMPLE BERNOULLI(10)' },
    column('shop.orders.a', 'MASKED WITH FUNCTION anon.fake_city()\n# x: clear'),
    column('shop.orders.b', 'MASKED WITH FUNCTION anon.fake_city()'),
    column('not a column', 'NOT MASKED'),
  ]);
  assert.deepEqual(rulesOf(text), { 'shop.orders.b': 'city' });
  assert.equal(parseMaskingProfile(parse(text), 'm').tables[0]?.sample, 0.1);
  assert.equal(remarks.length, 5);
  assert.match(remarks[0] ?? '', /role `analyst`: `MASKED` is not taken over/);
});

const GREENMASK = `
dump:
  transformation:
    - schema: public
      name: users
      query: select 1
      subset_conds: ["users.created_at > '2026-01-01'", "public.users.id < 10"]
      transformers:
        - {name: RandomEmail, params: {column: email, engine: hash}, apply_for_references: true}
        - {name: RandomInt, params: {column: id}, when: "record.id > 1"}
        - {name: Masking, params: {column: card, type: credit_card}}
        - {name: Replace, params: {column: kind, value: x, keep_null: false}}
        - {name: NoiseFloat, params: {column: salary, max_ratio: 0.2}}
        - {name: NoiseDate, params: {column: born, max_ratio: 30 days}}
        - {name: SetNull, params: {column: token}}
        - {name: RandomPerson, params: {columns: [{name: first}, {name: last}]}}
        - {name: Cmd}
    - {schema: odd, name: 'A "b"', transformers: [{name: Hash, params: {column: "c.d"}}]}
  virtual_references:
    - schema: public
      name: comments
      references:
        - {schema: public, name: posts, columns: [{name: commentable_id}], polymorphic_exprs: ["comments.commentable_type = 'Post'"]}
        - {schema: public, name: users, columns: [{expression: "doc->>'u'"}]}
`;

test('a configuration of Greenmask becomes a profile', () => {
  const { text, remarks } = importGreenmask(parse(GREENMASK), 'greenmask.yml');
  assert.deepEqual(rulesOf(text), {
    'public.users.email': 'email',
    'public.users.id': 'digits',
    'public.users.card': 'id.luhn',
    'public.users.kind': '{set: "x"}',
    'public.users.salary': '{noise: 20%}',
    'public.users.born': '{shift: 30d}',
    'public.users.token': '"null"',
    'odd.A "b".c.d': 'code',
  });
  const profile = parseMaskingProfile(parse(text), 'm');
  assert.ok(profile.tables.some(({ subset }) => subset === "(created_at > '2026-01-01') and (id < 10)"));
  assert.deepEqual(
    profile.links.map(({ from, to, when }) => [from.columns, to.table, when]),
    [[['commentable_id'], 'posts', "(commentable_type = 'Post')"]],
  );
  for (const part of [
    'its query',
    '`when`',
    'RandomPerson` of `first`',
    'RandomPerson` of `last`',
    'Cmd` names no column',
    'NULL stays NULL',
    'by an expression',
    'random on each run',
  ]) {
    assert.ok(
      remarks.some((remark) => remark.includes(part)),
      part,
    );
  }
});

test('what is no configuration of Greenmask is refused', () => {
  for (const value of [null, {}, { dump: { transformation: [{ name: 1 }] } }]) {
    assert.throws(() => importGreenmask(value, 'g.yml'), UserError);
  }
});
