import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detect } from '../../../src/masking/detection/detect.ts';
import type { Detection, PersonalClass } from '../../../src/masking/detection/detection.ts';
import type { SourceColumn, TypeCategory } from '../../../src/masking/source.ts';
import { seeded } from '../../fixtures/personal/random.ts';
import { makeValue } from '../../fixtures/personal/values.ts';
import { sourceColumn, sourceTable, textType, typeOfCategory } from '../../support/source-table.ts';

const made = (generator: string, count = 200): string[] => {
  const random = seeded(3);
  return [...new Set(Array.from({ length: count }, (_, row) => makeValue(random, generator, row)))];
};

function found(
  table: string,
  column: SourceColumn,
  values?: readonly string[],
  rows = 200,
): readonly Detection[] {
  const sample = values === undefined ? undefined : { values, rows };
  return detect({ table: sourceTable(table, [column]), column, sample });
}

const claim = (all: readonly Detection[]): PersonalClass | undefined =>
  all[0] && all[0].confidence >= 0.5 ? all[0].class : undefined;

type Named = readonly [
  table: string,
  column: string,
  type: TypeCategory,
  expected: PersonalClass | undefined,
];

const NAMES: readonly Named[] = [
  ['users', 'emailAddress2', 'text', 'email'],
  ['users', 'user_email', 'text', 'email'],
  ['users', 'EMAIL', 'text', 'email'],
  ['t', 'Prénom', 'text', 'given name'],
  ['t', 'geburtsdatum', 'date', 'birth date'],
  ['t', 'contraseña', 'text', 'secret'],
  ['t', 'imię', 'text', 'given name'],
  ['t', 'doğum_tarihi', 'date', 'birth date'],
  ['t', 'kundenname', 'text', 'full name'],
  ['customers', 'name', 'text', 'full name'],
  ['products', 'name', 'text', undefined],
  ['user_roles', 'name', 'text', undefined],
  ['companies', 'name', 'text', 'company'],
  ['addresses', 'line_1', 'text', 'address'],
  ['t', 'relationship', 'text', undefined],
  ['t', 'hotel', 'text', undefined],
  ['t', 'zip_file_size', 'integer', undefined],
  ['t', 'session_count', 'integer', undefined],
  ['t', 'email_verified', 'boolean', undefined],
  ['t', 'email_verified_at', 'timestamp', undefined],
  ['t', 'phone_type', 'text', undefined],
  ['t', 'address_id', 'integer', undefined],
  ['t', 'is_email', 'text', undefined],
  ['t', 'commit_hash', 'text', undefined],
  ['t', 'ip_address', 'text', 'ip address'],
  ['t', 'email', 'boolean', undefined],
  ['t', 'file_name', 'text', undefined],
  ['t', 'x', 'network', undefined],
];

for (const [table, column, type, expected] of NAMES) {
  test(`by name: ${table}.${column} (${type}) is ${expected ?? 'nothing'}`, () => {
    assert.equal(claim(found(table, sourceColumn(column, typeOfCategory(type)))), expected);
  });
}

test('by type alone: inet, macaddr and documents that nobody has seen', () => {
  const of = (base: string, category: TypeCategory) => sourceColumn('x', textType({ base, category }));
  assert.equal(claim(found('t', of('inet', 'network'))), 'ip address');
  assert.equal(claim(found('t', of('macaddr', 'mac'))), 'device id');
  assert.equal(claim(found('t', of('jsonb', 'json'))), 'free text');
  assert.equal(claim(found('t', of('uuid', 'uuid'))), undefined);
});

test('by values: 60 % of 8 is a claim, less or fewer are none', () => {
  const emails = made('email').slice(0, 6);
  const words = ['anchor', 'basket', 'candle', 'drawer'];
  assert.equal(claim(found('t', sourceColumn('x'), [...emails, ...words], 10)), 'email');
  assert.notEqual(
    claim(found('t', sourceColumn('x'), [...emails.slice(0, 5), ...words, 'engine'], 10)),
    'email',
  );
  assert.notEqual(claim(found('t', sourceColumn('x'), emails.concat('anchor'), 7)), 'email');
});

test('a weak validator says nothing without the name', () => {
  const numbers = made('digits(10)');
  assert.equal(claim(found('t', sourceColumn('x'), numbers)), undefined);
  assert.equal(claim(found('t', sourceColumn('phone'), numbers)), 'phone');
});

test('values that cannot be what the name says take the claim back, and so does a list of choices', () => {
  const column = sourceColumn('contact_email');
  assert.equal(claim(found('t', column)), 'email');
  assert.equal(claim(found('t', column, made('words(2)'))), undefined);
  assert.equal(claim(found('t', sourceColumn('phone'), ['home', 'work', 'mobile'], 500)), undefined);
});

test('one e-mail address in a text makes it free text, and is counted', () => {
  const values = [...made('words(3)', 99), 'please write to anna.berg@letters.dev about it'];
  const [best] = found('products', sourceColumn('blurb'), values);
  assert.equal(best?.class, 'free text');
  assert.ok(
    best.because.includes(`1 of ${values.length} values have an e-mail address inside`),
    best.because.join(),
  );
});

test('paths of documents are columns of their own, arrays are *, text may hold documents', () => {
  const random = seeded(5);
  const documents = Array.from({ length: 40 }, () =>
    JSON.stringify({
      plan: random.pick(['a', 'b', 'c']),
      people: [{ first_name: makeValue(random, 'given.en', 0), mail: makeValue(random, 'email', 0) }],
      account: { iban: makeValue(random, 'iban.DE', 0) },
    }),
  );
  for (const category of ['json', 'text'] as const) {
    const all = found('t', sourceColumn('doc', typeOfCategory(category)), documents);
    const claims = all
      .filter(({ confidence }) => confidence >= 0.5)
      .map((one) => [one.path.join('.'), one.class]);
    assert.deepEqual(claims.toSorted(), [
      ['account.iban', 'bank account'],
      ['people.*.first_name', 'given name'],
      ['people.*.mail', 'email'],
    ]);
  }
});

test('a JSON column may hold bare values, and documents that were cut are left out', () => {
  const values = [...made('email', 20).map((email) => JSON.stringify(email)), '{"cut": "off'];
  const [best] = found('t', sourceColumn('x', typeOfCategory('json')), values);
  assert.deepEqual([best?.path, best?.class], [[], 'email']);
});

test('a member whose name is a value is shown as *, and a document of many members has 200 paths at most', () => {
  const emails = made('email', 30);
  const documents = emails.map((email) =>
    JSON.stringify({ by: { [email]: 'x', [`${email.length}1234567`]: 'y' } }),
  );
  const all = found('t', sourceColumn('doc', typeOfCategory('json')), documents);
  assert.ok(emails.every((email) => !JSON.stringify(all).includes(email)));
  const wide = Object.fromEntries(
    Array.from({ length: 50 }, (_, index) => [
      `g${'abcdefghij'[index % 10]}${'klmno'[Math.floor(index / 10)]}`,
      Object.fromEntries('pqrstuvwxyz'.split('').map((letter) => [`email_${letter}`, 'a@b.dev'])),
    ]),
  );
  assert.equal(found('t', sourceColumn('doc', typeOfCategory('json')), [JSON.stringify(wide)]).length, 200);
});

test('nothing that is told repeats a value', () => {
  for (const generator of ['email', 'iban.DE', 'card', 'note', 'bcrypt', 'phone.de', 'ssn']) {
    const values = made(generator);
    const told = JSON.stringify(found('users', sourceColumn('x'), values));
    assert.notEqual(told, '[]', generator);
    assert.deepEqual(
      values.filter((value) => told.includes(value)),
      [],
    );
  }
});

type Proposed = readonly [SourceColumn, string, unknown];

const key = (name: string) => ({
  keys: [{ name: 'k', kind: 'unique' as const, parts: [{ column: name }], reads: [name] }],
});

const PROPOSED: readonly Proposed[] = [
  [sourceColumn('email'), 'email', { as: 'email' }],
  [sourceColumn('email', textType({ maximumLength: 12 })), 'email', { as: 'code' }],
  [
    sourceColumn('emails', { ...typeOfCategory('array'), element: textType() }),
    'email',
    { as: 'elements', each: { as: 'email' } },
  ],
  [sourceColumn('iban'), 'iban.DE', { as: 'digits', check: 'iban' }],
  [sourceColumn('card_number'), 'card', { as: 'digits', check: 'luhn', keep: 6 }],
  [sourceColumn('dob', typeOfCategory('date')), 'date.birth', { as: 'shift', days: 30 }],
  [sourceColumn('password'), 'bcrypt', { as: 'null' }],
  [sourceColumn('password', textType(), { notNull: true }), 'bcrypt', { as: 'empty' }],
  [sourceColumn('salary', typeOfCategory('numeric')), 'money', { as: 'noise', ratio: 0.1 }],
  [sourceColumn('gender', typeOfCategory('enum')), 'pick(a,b)', { as: 'enum' }],
  [sourceColumn('bsn'), 'bsn', { as: 'digits', check: 'nl.bsn' }],
];

for (const [column, generator, strategy] of PROPOSED) {
  test(`${column.name} ${column.type.sql}${column.notNull ? ' NOT NULL' : ''} is proposed ${JSON.stringify(strategy)}`, () => {
    assert.deepEqual(found('t', column, made(generator))[0]?.strategy, strategy);
  });
}

test('what many people share is proposed `code` where it is unique', () => {
  const column = sourceColumn('last_name');
  const table = sourceTable('t', [column], key('last_name'));
  assert.deepEqual(detect({ table, column })[0]?.strategy, { as: 'code' });
});

test('a computed column is what its sources are', () => {
  assert.deepEqual(found('t', sourceColumn('email', textType(), { generated: 'stored' })), []);
});

const HEX = '0123456789abcdef';
const hex = (row: number, length: number): string =>
  Array.from({ length }, (_, at) => HEX[(row * 7 + at * at * 3 + at) % 16]).join('');
const rows = (make: (row: number) => string): string[] => Array.from({ length: 40 }, (_, row) => make(row));

test('stored passwords, tokens and numbers of the insured are told by names and values', () => {
  const cases: [
    table: string,
    column: string,
    make: (row: number) => string,
    kind: PersonalClass | undefined,
  ][] = [
    ['mitarbeiter', 'pw_hash', (row) => `$2a$10$${hex(row, 32)}`, 'secret'],
    ['t', 'x', (row) => `$2b$12$${hex(row, 53)}`, 'secret'],
    ['t', 'x', (row) => `$argon2id$v=19$m=65536,t=3,p=4$${hex(row, 22)}$${hex(row + 1, 43)}`, 'secret'],
    ['t', 'x', (row) => `pbkdf2:sha256:260000$${hex(row, 16)}$${hex(row, 64)}`, 'secret'],
    ['t', 'x', (row) => `scrypt:32768:8:1$${hex(row, 16)}$${hex(row, 128)}`, 'secret'],
    ['t', 'x', (row) => `$6$${hex(row, 16)}$${hex(row, 86)}`, 'secret'],
    ['login', 'session', (row) => hex(row, 32), 'secret'],
    ['t', 'oturum', (row) => hex(row, 40), 'secret'],
    ['t', 'sitzung', (row) => hex(row, 64), 'secret'],
    ['t', 'gizli_anahtar', (row) => hex(row, 64), 'secret'],
    ['t', 'commit_hash', (row) => hex(row, 40), undefined],
    ['t', 'checksum', (row) => hex(row, 40), undefined],
    ['courses', 'session', (row) => `Term ${row}`, undefined],
    [
      'mitarbeiter',
      'sv_nummer',
      (row) => `65${String(row * 31).padStart(6, '0')}M00${row % 10}`,
      'national id',
    ],
    ['cache', 'k', (row) => `user:ana${row}@posteo.net`, 'free text'],
    ['jobs', 'k', (row) => (row % 4 === 0 ? `user:ana${row}@posteo.net` : `job:${row}`), 'free text'],
  ];
  for (const [table, name, make, kind] of cases) {
    assert.equal(
      claim(found(table, sourceColumn(name, textType()), rows(make))),
      kind,
      `${table}.${name}: ${make(1)}`,
    );
  }
});

test('a composite, a default, bytes and the names of members tell what they hold', () => {
  const fields = ['strasse', 'plz', 'ort', 'land'].map((name) => ({ name, type: textType() }));
  const address = { ...typeOfCategory('composite'), sql: 'hr.adresse', fields };
  const [privat] = found('mitarbeiter', sourceColumn('privat', address));
  assert.equal(privat?.strategy.as, 'elements');
  assert.ok((privat?.confidence ?? 0) >= 0.5);
  const range = {
    ...address,
    sql: 'public.window',
    fields: ['low', 'high'].map((name) => ({ name, type: textType() })),
  };
  assert.equal(found('t', sourceColumn('w', range))[0], undefined);

  const defaulted = sourceColumn('neu', textType());
  const [byDefault] = found('t', { ...defaulted, default: "'opfer-neu@firma-intern.de'::text" });
  assert.equal(byDefault?.strategy.as, 'email');
  assert.ok(!JSON.stringify(byDefault).includes('opfer'));
  assert.equal(found('t', { ...defaulted, default: "'new'::text" })[0], undefined);

  assert.equal(
    claim(found('mitarbeiter', sourceColumn('foto', typeOfCategory('bytes')))),
    'special category',
  );
  assert.equal(claim(found('t', sourceColumn('avatar', typeOfCategory('bytes')))), 'special category');
  assert.equal(claim(found('products', sourceColumn('photo', typeOfCategory('bytes')))), undefined);
  assert.equal(claim(found('t', sourceColumn('payload', typeOfCategory('bytes')))), undefined);

  const json = sourceColumn('v', typeOfCategory('json'));
  const keyed = found(
    'cache',
    json,
    rows((row) => JSON.stringify({ [`ana${row}@posteo.net`]: row })),
  );
  assert.deepEqual([keyed[0]?.class, keyed[0]?.inNames, keyed[0]?.strategy.as], ['email', true, 'null']);
  assert.ok(!JSON.stringify(keyed).includes('posteo'));
  assert.ok(
    !found(
      'cache',
      json,
      rows((row) => JSON.stringify({ n: row })),
    ).some(({ inNames }) => inNames),
  );
});
