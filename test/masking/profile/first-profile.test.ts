import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import type { Detection } from '../../../src/masking/detection/detection.ts';
import { planMasks } from '../../../src/masking/plan.ts';
import { firstProfile } from '../../../src/masking/profile/first-profile.ts';
import { parseMaskingProfile } from '../../../src/masking/profile/parse.ts';
import { column, key, reference, schema, table } from '../support/schema.ts';

const detection = (more: Partial<Detection>): Detection => ({
  path: [],
  class: 'email',
  confidence: 0.92,
  because: ['its name'],
  strategy: { as: 'email' },
  ...more,
});

const source = schema(
  table('users', ['id int8 identity', 'email text', 'note text', 'doc jsonb', 'active bool', 'v tsvector'], {
    keys: [key('primary key', ['id'])],
  }),
  table('orders', ['id int8 identity', 'user_id int8', 'total numeric'], {
    foreignKeys: [reference('user_id -> public.users.id')],
  }),
  table('audit_log', ['x text']),
  table('far', ['x text'], { kind: 'foreign table' }),
);

const detections = new Map<string, readonly Detection[]>([
  [
    JSON.stringify(['public', 'users', 'email']),
    [detection({ because: ['its name', '87 % of 512 values\nfit'] })],
  ],
  [
    JSON.stringify(['public', 'users', 'note']),
    [detection({ class: 'free text', confidence: 0.3, strategy: { as: 'text' } })],
  ],
  [
    JSON.stringify(['public', 'users', 'doc']),
    [
      detection({ path: ['a', '*', 'b c'] }),
      detection({ path: ['a', '*', 'b c'], confidence: 0.6, strategy: { as: 'text' } }),
    ],
  ],
]);

const wholeTableHint = ({ name }: { name: string }) => (name === 'audit_log' ? 'a log' : undefined);

test('a first profile says how sure each line is', () => {
  const text = firstProfile({ schema: source, detections, wholeTableHint });
  assert.deepEqual(text.split('\n').slice(3), [
    'version: 1',
    'unknown: fail',
    'tables:',
    '  audit_log: empty # a log',
    '  far: empty # a foreign table',
    '  orders:',
    '    total: clear # 0 %: no sign of personal data',
    '  users:',
    '    email: email # 92 % email: its name; 87 % of 512 values?fit',
    '    note: clear # 30 % free text: its name',
    '    doc: {"$.a.*.\\"b c\\"": email, "*": mask} # 92 % email: its name, and 1 more',
    `    v: {derive: "to_tsvector('simple', coalesce(\\"email\\", '') || ' ' || coalesce(\\"note\\", ''))"} # derived anew from masked columns`,
    '',
  ]);
});

test('it is a profile by which a refresh can be planned', () => {
  const text = firstProfile({ schema: source, detections, wholeTableHint });
  const profile = parseMaskingProfile(parse(text), 'masking.yml');
  const result = planMasks({ profile, schema: source, detections, today: '2026-11-22' });
  assert.ok('plan' in result, JSON.stringify(result));
  assert.deepEqual(result.plan.domains, ['email', 'json:doc', 'text']);
  const users = result.plan.tables.get(JSON.stringify(['public', 'users']));
  assert.equal(users?.columns.length, 6);
});

test('it does not depend on the order of tables, and bears any name', () => {
  const names = [
    '__proto__',
    'a"b',
    'a.b',
    'new\nline',
    '🦊',
    '#',
    'null',
    '1e3',
    "it's",
    'subset',
    '*',
    ': ',
    '\u2028',
    'Ä\u0085',
  ];
  const tables = names.map((name) =>
    table(
      name,
      names.map((one) => column('x text', { name: one })),
    ),
  );
  const [one, other] = [schema(...tables), schema(...tables.toReversed())];
  const text = firstProfile({ schema: one, detections: new Map() });
  assert.equal(firstProfile({ schema: other, detections: new Map() }), text);
  const profile = parseMaskingProfile(parse(text), 'masking.yml');
  assert.equal(profile.tables.length, names.length);
  const result = planMasks({ profile, schema: one, today: '2026-11-22' });
  assert.ok('plan' in result, JSON.stringify(result));
});
