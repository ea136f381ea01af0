import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Detection } from '../../src/masking/detection/detection.ts';
import type { MaskPlan, PlanProblem } from '../../src/masking/mask-plan.ts';
import { planMasks } from '../../src/masking/plan.ts';
import { parseMaskingProfile } from '../../src/masking/profile/parse.ts';
import { type SourceSchema, tableKey } from '../../src/masking/source.ts';
import { compile } from './support/compile.ts';
import { column, key, reference, schema, table } from './support/schema.ts';

type Options = { today?: string; detections?: ReadonlyMap<string, readonly Detection[]> };

function plan(yaml: string, source: SourceSchema, { today = '2026-11-22', detections }: Options = {}) {
  const profile = parseMaskingProfile(parse(`version: 1\n${yaml}`), 'masking.yml');
  return planMasks({ profile, schema: source, today, detections }, compile);
}

function planned(yaml: string, source: SourceSchema, options?: Options): MaskPlan {
  const result = plan(yaml, source, options);
  assert.ok('plan' in result, JSON.stringify(result));
  return result.plan;
}

function problems(yaml: string, source: SourceSchema, options?: Options): readonly PlanProblem[] {
  const result = plan(yaml, source, options);
  assert.ok('problems' in result, 'there is a plan');
  return result.problems;
}

/** `email/email` (strategy/domain), `clear`, `computed`. */
function maskOf(made: MaskPlan, name: string, columnName: string): string | undefined {
  const mask = made.tables
    .get(tableKey('public', name))
    ?.columns.find((one) => one.name === columnName)?.mask;
  return mask?.kind === 'masked' ? `${mask.strategy.as}/${mask.domain}` : mask?.kind;
}

const seen = (place: string[], more: Partial<Detection> = {}): [string, Detection[]] => [
  JSON.stringify(['public', ...place]),
  [{ path: [], class: 'email', confidence: 0.9, because: ['its name'], strategy: { as: 'email' }, ...more }],
];

test('every column gets a mask, or its nature says why it stays clear', () => {
  const users = table(
    'users',
    [
      'id int8 identity',
      'email text',
      'is_staff bool',
      'mood mood',
      'created_at timestamptz default now()',
      'born date',
      column('full text', { generated: 'stored' }),
      'token uuid default gen_random_uuid()',
    ],
    { keys: [key('primary key', ['id'])] },
  );
  const made = planned('tables: {users: {email: email, born: {shift: 9d}, token: uuid}}', schema(users));
  const masks = users.columns.map(({ name }) => maskOf(made, 'users', name));
  assert.deepEqual(masks, [
    'clear',
    'email/email',
    'clear',
    'clear',
    'clear',
    'shift/shift',
    'computed',
    'uuid/uuid',
  ]);
  assert.deepEqual(made.domains, ['email', 'shift', 'uuid']);
  assert.match(made.notes[0] ?? '', /1 boolean; 1 numbered by a sequence; 1 one of an enum’s labels; 1 time/);
});

test('a column without a rule is a problem with a line to paste, or obeys unknown', () => {
  const source = schema(table('users', ['nick text', 'n int4', 'doc jsonb', 'v tsvector']));
  const found = problems('', source, {
    detections: new Map([seen(['users', 'nick'], { strategy: { as: 'name.first' } })]),
  });
  assert.deepEqual(
    found.map(({ where, remedy }) => [where, remedy]),
    [
      ['public.users.nick', 'nick: name.first   # tables: users:'],
      ['public.users.n', '"n": clear   # tables: users:'],
      ['public.users.doc', 'doc: {"*": mask}   # tables: users:'],
      ['public.users.v', `v: {derive: "to_tsvector('simple', \\"nick\\")"}   # tables: users:`],
    ],
  );
  const masked = planned('unknown: mask', source);
  assert.deepEqual(
    ['nick', 'n', 'doc', 'v'].map((name) => maskOf(masked, 'users', name)?.split('/')[0]),
    ['text', 'digits', 'json', 'empty'],
  );
  const emptied = planned('unknown: empty', source);
  assert.equal(maskOf(emptied, 'users', 'nick')?.split('/')[0], 'empty');
});

test('what is most specific decides, and "*" only what remains', () => {
  const source = schema(
    table('a_log', ['x text', 'y_mail text', 'z text', 'n int4 identity']),
    table('b_log', ['x text']),
  );
  const yaml = `tables:
  "*_log": {x: code, "*": clear}
  "*": empty
  a_log: {"y_*": email, "*": text}
  "b*": empty`;
  const made = planned(yaml, source);
  assert.deepEqual(
    ['x', 'y_mail', 'z', 'n'].map((name) => maskOf(made, 'a_log', name)),
    ['code/code:x', 'email/email', 'text/text', 'clear'],
  );
  assert.equal(made.tables.get(tableKey('public', 'b_log'))?.rows, 'copy');
});

test('foreign keys follow: chains, composite keys, self references, links and like', () => {
  const source = schema(
    table('users', ['id int8', 'boss int8', 'mail text'], {
      keys: [key('primary key', ['id']), key('unique', ['mail'])],
      foreignKeys: [reference('boss -> public.users.id')],
    }),
    table('orders', ['user_id int8', 'no int4', 'cc text', 'bill text'], {
      keys: [key('primary key', ['user_id', 'no'])],
      foreignKeys: [reference('user_id -> public.users.id')],
    }),
    table('lines', ['user_id int8', 'order_no int4'], {
      foreignKeys: [reference('user_id,order_no -> public.orders.user_id,no')],
    }),
  );
  const yaml = `tables:
  users: {id: digits, mail: email}
  orders: {no: digits, bill: {like: users.mail}}
links: [orders.cc -> users.mail]`;
  const made = planned(yaml, source);
  const root = 'digits/key:["public","users","id"]';
  for (const [name, one] of [
    ['users', 'boss'],
    ['orders', 'user_id'],
    ['lines', 'user_id'],
  ] as const)
    assert.equal(maskOf(made, name, one), root);
  assert.equal(maskOf(made, 'lines', 'order_no'), 'digits/key:["public","orders","no"]');
  assert.deepEqual(
    [maskOf(made, 'orders', 'cc'), maskOf(made, 'orders', 'bill')],
    ['email/email', 'email/email'],
  );
  const links = made.tables.get(tableKey('public', 'orders'))?.table.foreignKeys;
  assert.deepEqual(
    links?.map(({ declared, columns }) => [declared, columns]),
    [
      [true, ['user_id']],
      [false, ['cc']],
    ],
  );
});

test('rules that cannot hold together are told', () => {
  const source = schema(
    table('users', ['id int8 identity', 'mail text'], { keys: [key('primary key', ['id'])] }),
    table('orders', ['user_id int8', 'mail text'], {
      foreignKeys: [reference('user_id -> public.users.id')],
    }),
  );
  const rest = 'mail: email';
  const found = problems(`tables: {users: {${rest}}, orders: {${rest}, user_id: digits}}`, source);
  assert.equal(found.length, 1);
  assert.match(found[0]?.what ?? '', /follows public\.users\.id, which is clear, so it cannot be digits/);
  assert.match(found[0]?.remedy ?? '', /id: digits {3}# tables: users:/);
  const nulled = planned(`tables: {users: {${rest}}, orders: {${rest}, user_id: "null"}}`, source);
  assert.equal(maskOf(nulled, 'orders', 'user_id')?.split('/')[0], 'null');
  const expression = problems(`tables: {users: {${rest}, id: {sql: "id + 1"}}, orders: {${rest}}}`, source);
  assert.match(expression[0]?.what ?? '', /other columns follow this one/);
  const circle = problems(
    'tables: {users: {mail: {like: orders.mail}}, orders: {mail: {like: users.mail}}}',
    source,
  );
  assert.match(circle[0]?.what ?? '', /is like a column that is like it/);
});

test('what looks personal stays clear only with a reason, for as long as that holds', () => {
  const source = schema(table('notes', ['code text', 'doc jsonb']));
  const detections = new Map([seen(['notes', 'code']), seen(['notes', 'doc'], { path: ['user', 'mail'] })]);
  const yaml = 'tables: {notes: {code: clear, doc: {$.user.id: clear, "*": clear}}}';
  const found = problems(yaml, source, { detections });
  assert.deepEqual(
    found.map(({ where }) => where),
    ['public.notes.code', 'public.notes.doc $.user.mail'],
  );
  assert.match(found[0]?.remedy ?? '', /^code: email {3}# tables: notes:\nor notes\.code: \{reason/);
  assert.match(found[1]?.remedy ?? '', /^"\$\.user\.mail": email/);
  const allow = (until: string) => `${yaml}
allow:
  notes.code: {reason: twelve codes of ours, owner: "@ana", until: ${until}}
  notes.doc.$.user: {reason: only of the staff, owner: "@ana", until: 2030-01-01}`;
  const made = planned(allow('2026-11-23'), source, { detections });
  assert.deepEqual(made.tables.get(tableKey('public', 'notes'))?.columns[0]?.mask, {
    kind: 'clear',
    reason: 'twelve codes of ours',
  });
  const expired = problems(allow('2026-11-22'), source, { detections });
  assert.deepEqual(
    expired.map(({ where }) => where),
    ['allow: notes.code'],
  );
  const weak = new Map([seen(['notes', 'code'], { confidence: 0.4 })]);
  planned('tables: {notes: clear}', source, { detections: weak });
  planned('tables: {notes: {code: email, doc: {$.*.mail: text, "*": clear}}}', source, { detections });
});

test('what stands in the names of members is objected to until they go', () => {
  const source = schema(table('cache', ['v jsonb']));
  const detections = new Map([seen(['cache', 'v'], { inNames: true, strategy: { as: 'null' } })]);
  const [found] = problems('tables: {cache: {v: {"*": mask}}}', source, { detections });
  assert.match(found?.what ?? '', /looks like email/);
  assert.match(found?.remedy ?? '', /^v: "null"/);
  planned('tables: {cache: {v: {"*": drop}}}', source, { detections });
  planned('tables: {cache: {v: "null"}}', source, { detections });
});

test('a key that the masks could break refuses', () => {
  const email = column('email text not null');
  const table_ = (
    keys: ReturnType<typeof key>[],
    columns = [email, column('kind text not null'), column('gone_at timestamptz')],
  ) => schema(table('t', columns, { keys, rows: 1_000_000 }));
  const cases: [yaml: string, key: ReturnType<typeof key>, reason: RegExp | undefined][] = [
    ['email: email, kind: clear', key('unique', ['email']), undefined],
    ['email: text, kind: clear', key('unique', ['email']), /may become equal by text/],
    ['email: email, kind: clear', key('unique', ['lower((email)::text)'], { reads: ['email'] }), undefined],
    ['email: code, kind: clear', key('unique', ['lower(email)'], { reads: ['email'] }), /without case/],
    ['email: code, kind: clear', key('unique', ['(email)::text'], { reads: ['email'] }), undefined],
    [
      'email: code, kind: clear',
      key('unique', ['split_part(email, 1)'], { reads: ['email'] }),
      /cannot be told/,
    ],
    ['email: clear, kind: text', key('unique', ['split_part(email, 1)'], { reads: ['email'] }), undefined],
    ['email: code, kind: clear', key('unique', ['not ((('], { reads: ['email'] }), /cannot be told/],
    ['email: email, kind: text', key('unique', ['email', 'kind']), /may become equal by text/],
    [
      'email: email, kind: clear',
      key('unique', ['email'], { reads: ['email', 'kind'], predicate: "(kind = 'a'::text)" }),
      undefined,
    ],
    [
      'email: email, kind: code',
      key('unique', ['email'], { reads: ['email', 'kind'], predicate: "(kind = 'a'::text)" }),
      /its condition/,
    ],
    [
      'email: email, gone_at: {shift: 3d}, kind: clear',
      key('unique', ['email'], { reads: ['email', 'gone_at'], predicate: '(gone_at IS NULL)' }),
      undefined,
    ],
    [
      'email: email, gone_at: "null", kind: clear',
      key('unique', ['email'], { reads: ['email', 'gone_at'], predicate: '(gone_at IS NULL)' }),
      /its condition/,
    ],
    [
      'email: email, kind: clear',
      key('exclusion', ['kind'], { reads: ['kind', 'email'] }),
      /exclude each other/,
    ],
    ['email: email, kind: clear', key('exclusion', ['kind']), undefined],
    ['email: username, kind: clear', key('unique', ['email']), /probability of 0\.45/],
    ['email: clear, gone_at: "null", kind: clear', key('unique', ['gone_at']), undefined],
  ];
  for (const [yaml, one, reason] of cases) {
    const text = `unknown: mask\ntables: {t: {${yaml}, "*": clear}}`;
    if (reason === undefined) planned(text, table_([one]));
    else assert.match(problems(text, table_([one]))[0]?.what ?? '', reason, `${yaml} ${one.name}`);
  }
  // Of a key that another one makes unique by itself nothing is asked.
  planned(
    'tables: {t: {email: clear, kind: text, "*": clear}}',
    table_([key('unique', ['email', 'kind']), key('unique', ['email'])]),
  );
  const risk = planned('tables: {t: {email: email, "*": clear}}', table_([key('unique', ['email'])])).risks;
  assert.deepEqual(risk, [{ table: 'public.t', key: 'email_key', bits: 80, probability: 1e12 / 2 ** 81 }]);
  const folded = table_([key('unique', ['email'])], [column('email citext')]);
  assert.match(problems('tables: {t: {email: code}}', folded)[0]?.what ?? '', /without case/);
  const made = column('low text', { generated: 'stored', default: 'lower(email)' });
  const computed = table_([key('unique', ['low'])], [email, made]);
  assert.match(problems('tables: {t: {email: code}}', computed)[0]?.what ?? '', /without case/);
  planned('tables: {t: {email: email}}', computed);
});

test('a key with one member that is unique by itself asks nothing of the others', () => {
  const columns = [column('last text'), column('born date'), column('tax text')];
  const wide = key('unique', ['lower(last)', 'born', 'tax'], { reads: ['last', 'born', 'tax'] });
  const judged = (rules: string, keys: ReturnType<typeof key>[]): string => {
    const source = schema(table('t', columns, { keys: [wide, ...keys], rows: 1000 }));
    const made = plan(`tables: {t: {${rules}}}`, source);
    return 'plan' in made ? 'planned' : made.problems.map(({ what }) => what).join(' | ');
  };
  const masked = 'last: text, born: {shift: 9d}, tax: code';
  assert.equal(judged(masked, [key('unique', ['tax'])]), 'planned');
  const folded = key('unique', ['lower(tax)'], { reads: ['tax'] });
  assert.match(judged(masked, [folded]), /equal by text.*without case/);
  assert.equal(judged(masked.replace('code', 'email'), [folded]), 'planned');
  assert.match(
    judged(masked, [key('unique', ['tax'], { predicate: "(born > '2000-01-01')", reads: ['tax', 'born'] })]),
    /equal by text/,
  );
  assert.match(judged('last: text, born: {shift: 9d}, tax: text', [key('unique', ['tax'])]), /equal by text/);
  // NULLs of the narrow key are many, and this wide one takes them for equal.
  const nulls = { ...wide, nullsNotDistinct: true };
  const source = schema(table('t', columns, { keys: [nulls, key('unique', ['tax'])] }));
  assert.match(problems(`tables: {t: {${masked}}}`, source)[0]?.what ?? '', /equal by text/);
});

test('all members of a refused key are told at once, with what would do', () => {
  const wide = key('unique', ['last', 'born'], { reads: ['last', 'born'] });
  const source = schema(table('t', ['last text', 'born date'], { keys: [wide] }));
  const [found, ...others] = problems('tables: {t: {last: text, born: {shift: 9d}}}', source);
  assert.equal(others.length, 0);
  assert.match(found?.what ?? '', /of last .* by text; .*of born .* by shift/);
  assert.match(
    found?.remedy ?? '',
    /Give last .*code.* No mask keeps values of date different: leave born clear/,
  );
});

test('partitions and children follow their parents', () => {
  const log = tableKey('public', 'log');
  const columns = ['id int8', 'mail text', 'at date'];
  const part = (name: string) =>
    table(name, columns, { partitionOf: log, rows: 10, keys: [key('primary key', ['id', 'at'])] });
  const child = table('child', ['mail text', 'own text'], { inherits: [tableKey('public', 'base')] });
  const source = schema(
    part('log_1'),
    table('log', columns, {
      kind: 'partitioned table',
      partitionColumns: ['at'],
      keys: [key('primary key', ['id', 'at'])],
    }),
    table('base', ['mail text']),
    child,
  );
  const rest = 'base: {mail: email}, child: {own: text}';
  const made = planned(`tables: {${rest}, log: {id: digits, mail: email, at: clear, sample: 5%}}`, source);
  assert.equal(made.tables.has(log), false);
  assert.deepEqual(
    ['id', 'mail', 'at'].map((name) => maskOf(made, 'log_1', name)),
    ['digits/key:["public","log","id"]', 'email/email', 'clear'],
  );
  assert.equal(made.tables.get(tableKey('public', 'log_1'))?.sample, 0.05);
  assert.deepEqual(
    [maskOf(made, 'child', 'mail'), maskOf(made, 'child', 'own')],
    ['email/email', 'text/text'],
  );
  const cases: [yaml: string, where: string, what: RegExp][] = [
    [
      `${rest}, log: {id: digits, mail: email, at: {shift: 3d}}`,
      'public.log.at',
      /decides in which partition/,
    ],
    [
      `${rest}, log: {id: digits, mail: email, at: clear}, log_1: {mail: text}`,
      'public.log_1.mail',
      /it follows public\.log\.mail/,
    ],
    [
      `${rest}, log: {id: digits, mail: email, at: clear}, log_1: empty`,
      'public.log_1',
      /is a partition of public\.log/,
    ],
    [
      `base: {mail: email}, child: {own: text, mail: code}, log: empty`,
      'public.child.mail',
      /it follows public\.base\.mail/,
    ],
    [`${rest}, log: {id: digits, at: clear}`, 'public.log.mail', /has no rule/],
  ];
  for (const [yaml, where, what] of cases) {
    const found = problems(`tables: {${yaml}}`, source);
    assert.deepEqual(
      found.filter((one) => what.test(one.what)).map((one) => one.where),
      [where],
      yaml,
    );
  }
});

test('computed columns, search vectors, foreign tables and extensions', () => {
  const source = schema(
    table('t', ['a text', 'v tsvector', column('g text', { generated: 'stored' })]),
    table('far', ['x text'], { kind: 'foreign table' }),
    table('srs', ['x text'], { ofExtension: 'postgis' }),
  );
  const derive = `v: {derive: "to_tsvector('simple', a)"}`;
  const made = planned(`tables: {t: {a: text, ${derive}}, far: empty}`, source);
  const mask = made.tables.get(tableKey('public', 't'))?.columns[1]?.mask;
  assert.equal(mask?.kind === 'masked' && mask.sql, 'derive(a=text(a))');
  assert.equal(made.tables.get(tableKey('public', 'far'))?.rows, 'empty');
  assert.equal(made.tables.has(tableKey('public', 'srs')), false);
  assert.ok(made.notes.some((note) => note.startsWith('1 tables of extensions')));
  const found = problems(`tables: {t: {a: text, g: text, ${derive}}}`, source);
  assert.deepEqual(
    found.map(({ where }) => where),
    ['public.t.g', 'public.far'],
  );
});

test('accounts that are kept stay as they are, but for keys that others refer to', () => {
  const users = table('users', ['id int8', 'email text', 'phone text'], {
    keys: [key('primary key', ['id']), key('unique', ['email'])],
  });
  const source = schema(
    users,
    table('orders', ['user_id int8'], { foreignKeys: [reference('user_id -> public.users.id')] }),
  );
  const keep = `keep: {users: {where: "email like '%@corp.example'", reason: staff of the firm, owner: "@bo"}}`;
  const made = planned(`tables: {users: {id: digits, email: email, phone: phone}}\n${keep}`, source);
  const plan = made.tables.get(tableKey('public', 'users'));
  const texts = plan?.columns.map(({ mask }) => (mask.kind === 'masked' ? mask.sql : ''));
  const where = `("email" OPERATOR(pg_catalog.~~) '%@corp.example')`;
  assert.equal(plan?.kept, where);
  assert.deepEqual(texts, [
    'digits(id)',
    `CASE WHEN ${where} THEN "email" ELSE email(email) END`,
    `CASE WHEN ${where} THEN "phone" ELSE phone(phone) END`,
  ]);
  assert.ok(made.notes.some((note) => note.includes('staff of the firm; @bo')));
  const unique = schema({ ...users, keys: [key('unique', ['phone'])] });
  assert.match(
    problems(`tables: {users: {id: clear, email: email, phone: phone}}\n${keep}`, unique)[0]?.what ?? '',
    /become equal/,
  );
  const hostile = keep.replace('email like', '(select 1) = 1 or email like');
  assert.match(problems(`tables: {users: clear}\n${hostile}`, unique)[0]?.what ?? '', /subquery/);
});

test('conditions and names are checked', () => {
  const source = schema(
    table('users', ['email text', 'at timestamptz', 'extra text']),
    table('posts', ['id int8 identity', 'kind text', 'ref int8']),
  );
  const rest = 'posts: {kind: clear, ref: clear}';
  const yaml = `tables: {users: {email: email, at: clear, extra: clear, subset: "at > now() - interval '9 days'"}, ${rest}}`;
  const made = planned(`${yaml}\nlinks: [{link: posts.ref -> posts.id, when: "kind = 'Post'"}]`, source);
  assert.equal(
    made.tables.get(tableKey('public', 'users'))?.subset,
    `("at" OPERATOR(pg_catalog.>) (pg_catalog.now() OPERATOR(pg_catalog.-) CAST('9 days' AS interval)))`,
  );
  assert.equal(
    made.tables.get(tableKey('public', 'posts'))?.table.foreignKeys[0]?.when,
    `("kind" OPERATOR(pg_catalog.=) 'Post')`,
  );
  const users = 'users: {email: email, at: clear, extra: clear}';
  const cases: [yaml: string, what: RegExp][] = [
    ['tables: {users: {emial: email, at: clear, "*": clear}, posts: clear}', /no such column/],
    [`tables: {usrs: {email: email}, posts: clear}`, /no such table/],
    [
      `tables: {${users}, ${rest}}\nallow: {users.gone: {reason: not there any more, owner: x, until: 2030-01-01}}`,
      /no such thing/,
    ],
    [`tables: {${users}, posts: {kind: clear, ref: {like: users.gone}}}`, /no such thing/],
    [
      `tables: {${users}, posts: {kind: clear, ref: clear, id: digits}}\nlinks: [{link: posts.ref -> posts.id, when: "kind = 'a'"}]`,
      /some of its rows lead/,
    ],
    [
      'tables: {users: {email: email, sample: 5%, "*": clear}, posts: clear}',
      /a sample goes by the primary key/,
    ],
    [
      'tables: {users: {email: email, subset: "pg_sleep(9)", "*": clear}, posts: clear}',
      /may not use the function/,
    ],
  ];
  for (const [text, what] of cases)
    assert.ok(
      problems(text, source).some((one) => what.test(one.what)),
      text,
    );
  const note = planned(`tables: {${users}, ${rest}, table_of_tomorrow: {x: text}}`, source).notes;
  assert.ok(note.some((one) => one.includes('table_of_tomorrow')));
});

test('hostile names go through quoted', () => {
  const names = [
    '__proto__',
    'a"b',
    'a.b',
    'new\nline',
    '🦊',
    'constructor',
    '*',
    'subset',
    "it's",
    '# no',
    'null',
    '123',
    'a: b',
    '$.x',
    ' ',
    '}',
  ];
  const source = schema(
    ...names.map((name) =>
      table(
        name,
        names.map((one) => column('x text', { name: one })),
      ),
    ),
  );
  const found = problems('', source);
  assert.equal(found.length, names.length ** 2);
  assert.equal(new Set(found.map(({ where }) => where)).size, names.length ** 2);
  const lines = found.slice(0, names.length).map(({ remedy }) => `    ${remedy}`);
  const made = parseMaskingProfile(parse(`version: 1\ntables:\n  '"__proto__"':\n${lines.join('\n')}`), 'm');
  assert.deepEqual(made.tables[0]?.columns.map(({ pattern }) => pattern.text).toSorted(), names.toSorted());
  assert.ok(made.tables[0]?.columns.every(({ pattern }) => !pattern.glob));
});

test('2,000 tables of 30 columns are planned', () => {
  const many = Array.from({ length: 2000 }, (_, index) =>
    table(
      `t${index}`,
      ['id int8 identity', 'up int8', ...Array.from({ length: 28 }, (_, at) => `c${at} text`)],
      {
        keys: [key('primary key', ['id'])],
        foreignKeys: index === 0 ? [] : [reference(`up -> public.t${index - 1}.id`)],
      },
    ),
  );
  const rules = many
    .map(({ name }) => `  ${name}: {up: clear, c1: email, "c2*": text, "*": clear}`)
    .join('\n');
  const made = planned(`tables:\n${rules}`, schema(...many));
  assert.equal(made.tables.size, 2000);
  assert.equal(maskOf(made, 't1999', 'c1'), 'email/email');
});
