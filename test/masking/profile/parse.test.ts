import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { UserError } from '../../../src/errors.ts';
import { profileHash } from '../../../src/masking/profile/hash.ts';
import { parseMaskingProfile } from '../../../src/masking/profile/parse.ts';

const read = (yaml: string) => parseMaskingProfile(parse(`version: 1\n${yaml}`), 'masking.yml');

/** The one rule of `tables: {t: {c: …}}`. */
function ruleOf(strategy: string): unknown {
  return read(`tables:\n  t:\n    c: ${strategy}`).tables[0]?.columns[0]?.rule;
}

test('a strategy is a name or one key with its value', () => {
  const table: [yaml: string, rule: unknown][] = [
    ['email', { as: 'email' }],
    ['"null"', { as: 'null' }],
    ['digits', { as: 'digits' }],
    ['{digits: {check: luhn, keep: 6}}', { as: 'digits', check: 'luhn', keep: 6 }],
    ['{as: id.br.cpf}', { as: 'digits', check: 'br.cpf' }],
    ['id.iban', { as: 'digits', check: 'iban' }],
    ['{as: name.first}', { as: 'name.first' }],
    ['{shift: 30d}', { as: 'shift', days: 30 }],
    ['{shift: 30d, by: id}', { as: 'shift', days: 30, by: 'id' }],
    ['{noise: 10%}', { as: 'noise', ratio: 0.1 }],
    ['{noise: 12.5%}', { as: 'noise', ratio: 0.125 }],
    ['{set: "no"}', { as: 'set', value: 'no' }],
    ['{sql: "lower(a)"}', { as: 'sql', expression: 'lower(a)' }],
    ['{derive: "lower(a)"}', { as: 'derive', expression: 'lower(a)' }],
    ['{elements: email}', { as: 'elements', each: { as: 'email' } }],
    [
      '{like: users.email}',
      { as: 'like', column: { schema: 'public', table: 'users', column: 'email', path: [] } },
    ],
    [
      `{$.a: email, $.b.*: {shift: 2d}, '$."x.y"[*]': clear, "*": drop}`,
      {
        as: 'json',
        paths: [
          { path: ['a'], strategy: { as: 'email' } },
          { path: ['b', '*'], strategy: { as: 'shift', days: 2 } },
          { path: ['x.y', '*'], strategy: { as: 'clear' } },
        ],
        otherwise: 'drop',
      },
    ],
    ['{$.a: text}', { as: 'json', paths: [{ path: ['a'], strategy: { as: 'text' } }], otherwise: 'fail' }],
    [
      '{elements: {$.a: email}}',
      {
        as: 'elements',
        each: { as: 'json', paths: [{ path: ['a'], strategy: { as: 'email' } }], otherwise: 'fail' },
      },
    ],
  ];
  for (const [yaml, rule] of table) assert.deepEqual(ruleOf(yaml), rule, yaml);
});

test('names are those of the catalog: case is kept, quotes hold what is odd', () => {
  const names: [key: string, schema: string, table: string, glob: boolean][] = [
    ['users', 'public', 'users', false],
    ['User', 'public', 'User', false],
    ['shop.Order-Line', 'shop', 'Order-Line', false],
    [`'shop."odd.table"'`, 'shop', 'odd.table', false],
    [`'"a""b"'`, 'public', 'a"b', false],
    ['"*_history"', 'public', '*_history', true],
    ['"*.*"', '*', '*', true],
    [`'"star*"'`, 'public', 'star*', false],
    [`'"__proto__"'`, 'public', '__proto__', false],
    ['constructor', 'public', 'constructor', false],
    [`'"new\\nline"'`, 'public', 'new\\nline', false],
    [String.raw`"\"new\nline\""`, 'public', 'new\nline', false],
    ['كتاب', 'public', 'كتاب', false],
    ['🦊', 'public', '🦊', false],
    ['123', 'public', '123', false],
  ];
  for (const [key, schema, table, glob] of names) {
    const entry = read(`tables:\n  ${key}: empty`).tables[0];
    assert.deepEqual(entry?.pattern.schema.text, schema, key);
    assert.deepEqual(entry?.pattern.table, { text: table, glob }, key);
  }
});

test('a column called subset is told from the condition by its quotes', () => {
  const [entry] = read(
    `tables: {t: {subset: "a > 1", sample: 5%, '"subset"': text, '"sample"': clear}}`,
  ).tables;
  assert.deepEqual([entry?.subset, entry?.sample], ['a > 1', 0.05]);
  assert.deepEqual(
    entry?.columns.map(({ pattern }) => pattern.text),
    ['sample', 'subset'],
  );
});

test('allow, links, keep and verify are read', () => {
  const profile = read(`
allow:
  shop.orders.doc.$.prefs: {reason: colour of the window, owner: "@ana", until: 2027-03-01}
links:
  - invoices.customer_ref -> users.public_id
  - a.(x, "Y z") -> s.b.(u, v)
  - {link: comments.commentable_id -> posts.id, when: "commentable_type = 'Post'"}
keep:
  users: {where: "email like '%@corp.example'", reason: staff of the firm, owner: "@bo"}
verify: {sample: 500, canaries: env:CANARY_VALUES}`);
  assert.deepEqual(profile.allow, [
    {
      column: { schema: 'shop', table: 'orders', column: 'doc', path: ['prefs'] },
      reason: 'colour of the window',
      owner: '@ana',
      until: '2027-03-01',
    },
  ]);
  assert.deepEqual(
    profile.links
      .map(({ from, to, when }) => [from.table, from.columns, to.schema, to.columns, when])
      .toSorted(),
    [
      ['a', ['x', 'Y z'], 's', ['u', 'v'], undefined],
      ['comments', ['commentable_id'], 'public', ['id'], "commentable_type = 'Post'"],
      ['invoices', ['customer_ref'], 'public', ['public_id'], undefined],
    ],
  );
  assert.equal(profile.keep[0]?.where, "email like '%@corp.example'");
  assert.deepEqual(profile.verify, { sample: 500, canaries: 'CANARY_VALUES', queries: [] });
  assert.deepEqual(
    [profile.unknown, read('').verify],
    ['fail', { sample: 100_000, canaries: undefined, queries: [] }],
  );
});

const BAD: [yaml: string, reason: RegExp][] = [
  ['tables: {t: {c: null}}', /tables › t › c: .*write "null" in quotes/],
  ['tables: {t: {c: no}}', /did you mean clear/],
  ['tables: {t: {c: false}}', /no text in YAML/],
  ['tables: {t: {c: 5}}', /a constant is written \{set/],
  ['tables: {t: {c: [email]}}', /not a list/],
  ['tables: {t: {c: emial}}', /did you mean email/],
  ['tables: {t: {c: shift}}', /shift needs a value/],
  ['tables: {t: {c: {shift: 30}}}', /c › shift: write a number of days/],
  ['tables: {t: {c: {noise: 0%}}}', /c › noise: write a share/],
  ['tables: {t: {c: {set: 1}}}', /c › set: write a text in quotes/],
  ['tables: {t: {c: {set: a, sql: b}}}', /c › sql: a strategy is one key/],
  ['tables: {t: {c: {digits: {chek: luhn}}}}', /digits › chek: no such key; did you mean check/],
  [
    'tables: {t: {c: {elements: {sql: x}}}}',
    /elements: write one key of as, digits, shift, noise, set, elements, or JSON/,
  ],
  ['tables: {t: {c: {like: email}}}', /c › like: write table\.column/],
  ['tables: {t: {c: {$: email}}}', /not a name; write a path/],
  ['tables: {t: {c: {$.a: email, b: text}}}', /c › b: not a name/],
  ['tables: {t: {c: {$."*": email}}}', /not a name/],
  ['tables: {t: {c: {$.a: email, "*": keep}}}', /c › \*: write fail, drop, mask, clear/],
  ['tables: {t: }', /tables › t: nothing stands here/],
  ['tables: {t: full}', /tables › t: write empty, clear/],
  ['tables: {a.b.c: empty}', /not a name; write table or schema\.table/],
  ['tables: {"a b": empty}', /not a name/],
  ['tables: {t: {a.b: clear}}', /not a name; write a column/],
  ['tables: {t: {sample: 200%}}', /sample: write a share/],
  ['tables: {users: empty, public.users: clear}', /public\.users: this stands here twice, also as users/],
  [`tables: {t: {a: clear, '"a"': text}}`, /twice/],
  ['allow: {t.c: {reason: short, owner: x, until: 2027-02-30}}', /until: write a date/],
  ['allow: {"t.*": {reason: long enough it is, owner: x, until: 2027-02-01}}', /without a pattern/],
  ['keep: {"t*": {where: a, reason: long enough it is, owner: x}}', /without a pattern/],
  ['links: [a.b -> c]', /is no link/],
  ['links: ["a.(b, c) -> d.e"]', /is no link/],
  ['unknown: pass', /unknown: write fail, mask, empty/],
  ['tabels: {}', /tabels: no such key; did you mean tables/],
];

test('what is not understood is refused with its place and what to write', () => {
  for (const [yaml, reason] of BAD) {
    assert.throws(
      () => read(yaml),
      (error) => error instanceof UserError && reason.test(error.message),
      yaml,
    );
  }
  for (const value of [null, 1, 'x', [], { version: 2 }]) {
    assert.throws(() => parseMaskingProfile(value, 'masking.yml'), UserError);
  }
});

test('all problems are told at once', () => {
  const yaml = 'tables: {t: {c: null, "a b": emial}}\nunknown: x\nlinks: [z]\nkeep: {u: {where: a}}';
  assert.throws(() => read(yaml), /has 7 problems:/);
});

test('a value written where the name of a variable belongs is not repeated', () => {
  assert.throws(
    () => read('verify: {canaries: "maria@corp.example"}'),
    (error) =>
      error instanceof UserError &&
      !error.message.includes('maria') &&
      /canaries: write env:/.test(error.message),
  );
});

test('hostile data is refused, not followed', () => {
  const table = JSON.parse('{"version": 1, "tables": {"__proto__": "empty"}}');
  assert.throws(() => parseMaskingProfile(table, 'm'), /in double quotes inside single ones/);
  let deep: unknown = 'email';
  for (let index = 0; index < 20_000; index++) deep = { elements: deep };
  assert.throws(
    () => parseMaskingProfile({ version: 1, tables: { t: { c: deep } } }, 'm'),
    /at most 30 levels/,
  );
});

test('the hash is of what the profile says, not of how it is written', () => {
  const one = read(
    'unknown: mask\ntables:\n  a: empty # gone\n  users: {email: email, phone: {as: id.luhn}}',
  );
  const same = read(
    `tables:\n  public."users": {phone: {digits: {check: luhn}}, '"email"': {as: email}}\n  a: empty\nunknown: mask`,
  );
  assert.equal(profileHash(one), profileHash(same));
  assert.match(profileHash(one), /^[0-9a-f]{64}$/);
  const others = [
    '',
    'tables: {a: clear}',
    'tables: {a: empty, users: {email: email, phone: digits}}',
    'tables: {"a*": empty}',
    `tables: {'"a*"': empty}`,
  ];
  assert.equal(new Set(others.map((yaml) => profileHash(read(yaml)))).size, others.length);
});
