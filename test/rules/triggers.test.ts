import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Catalog, EMPTY_CATALOG, type Relation } from '../../src/sql/catalog.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, schemaOf, sourceOf } from '../support/lint.ts';
import { assertParses, ofSection, tellsRules } from '../support/told.ts';

const BASE = `
CREATE TABLE orders (id bigint PRIMARY KEY);
CREATE TABLE customers (id bigint PRIMARY KEY);
CREATE TABLE parts (id bigint) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (9);
CREATE VIEW recent AS SELECT id FROM orders;
`;

let base: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  base = schemaOf(BASE);
});

/** The schema with something more known of one table. */
function knowing(table: string, more: Partial<Relation>): Catalog {
  const relation = base.relations.get(table);
  assert.ok(relation);
  return { ...base, relations: new Map([...base.relations, [table, { ...relation, ...more }]]) };
}

const OUT = { transaction: 'none' } as const;
const MADE = 'CREATE TABLE made (id bigint);';
const trigger = (table: string, name = 'touch') =>
  `CREATE TRIGGER ${name} BEFORE UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION f()`;

const OPINIONS = ['create-trigger', 'drop-trigger'];

describe('triggers', () => {
  tellsRules('triggers', () => base, [[`${trigger('orders')}; DROP TRIGGER touch ON orders`, []]]);
  tellsRules(
    'triggers',
    () => base,
    [
      [trigger('orders'), ['create-trigger']],
      [trigger('parts'), ['create-trigger']],
      [`CREATE OR REPLACE ${trigger('orders').slice(7)}`, ['create-trigger']],
      [
        'CREATE CONSTRAINT TRIGGER t AFTER INSERT ON orders DEFERRABLE FOR EACH ROW EXECUTE FUNCTION f()',
        ['create-trigger'],
      ],
      ['CREATE TRIGGER t INSTEAD OF INSERT ON recent FOR EACH ROW EXECUTE FUNCTION f()', []],
      [`${MADE} ${trigger('made')}`, []],
      // They wait once.
      [`${trigger('orders', 'a')}; ${trigger('orders', 'b')}`, ['create-trigger']],
      [`${trigger('orders', 'a')}; ${trigger('orders', 'b')}`, ['create-trigger', 'create-trigger'], OUT],
      [`${trigger('orders')}; ${trigger('customers')}`, ['create-trigger', 'create-trigger']],
      [`ALTER TABLE orders ADD COLUMN note text; ${trigger('orders')}`, []],
      [`SELECT * FROM orders; ${trigger('orders')}`, ['create-trigger']],

      ['DROP TRIGGER touch ON orders', ['drop-trigger']],
      ['DROP TRIGGER IF EXISTS touch ON orders', []],
      ['DROP TRIGGER IF EXISTS touch ON nothing_of_the_kind', []],
      [`DROP TRIGGER touch ON orders; ${trigger('orders')}`, ['drop-trigger']],
      [`DROP TRIGGER touch ON orders; ${trigger('orders')}`, ['drop-trigger', 'create-trigger'], OUT],
      ['ALTER TABLE orders ADD COLUMN note text; DROP TRIGGER touch ON orders', []],
      [`${trigger('orders', 'a')}; DROP TRIGGER touch ON orders`, ['create-trigger', 'drop-trigger']],
      ['DROP TRIGGER touch ON recent', []],
      [`${MADE} ${trigger('made')}; DROP TRIGGER touch ON made`, []],

      ['ALTER TABLE orders DISABLE TRIGGER touch', ['disable-trigger']],
      ['ALTER TABLE orders DISABLE TRIGGER USER', ['disable-trigger']],
      ['ALTER TABLE orders DISABLE TRIGGER ALL', ['disable-trigger']],
      ['ALTER TABLE orders ENABLE TRIGGER ALL', []],
      ['ALTER TABLE orders ENABLE REPLICA TRIGGER touch', []],
      [`${MADE} ALTER TABLE made DISABLE TRIGGER ALL`, []],

      ['CREATE RULE r AS ON INSERT TO orders DO INSTEAD NOTHING', ['create-rule']],
      ['CREATE RULE r AS ON UPDATE TO recent DO INSTEAD NOTHING', ['create-rule']],
      [`${MADE} CREATE RULE r AS ON INSERT TO made DO INSTEAD NOTHING`, []],
      ['DROP RULE r ON orders', []],
    ],
    OPINIONS,
  );
  tellsRules(
    'triggers',
    () => knowing('public.orders', { triggers: [{ name: 'other', function: 'public.f', on: ['update'] }] }),
    [
      ['DROP TRIGGER IF EXISTS touch ON orders', []],
      ['DROP TRIGGER IF EXISTS other ON orders', ['drop-trigger']],
      ['DROP TRIGGER touch ON orders', ['drop-trigger']],
    ],
    OPINIONS,
  );

  const told = (sql: string, rest = {}) => {
    const severities = Object.fromEntries(OPINIONS.map((slug) => [slug, 'notice' as const]));
    const [one] = ofSection('triggers', judge(base, [sourceOf(sql)], { severities, ...rest }).findings);
    assert.ok(one);
    return one;
  };

  test('DROP FUNCTION CASCADE is told by the triggers that go with it', () => {
    const catalog = knowing('public.orders', {
      triggers: [{ name: 'touch', function: 'public.f', on: ['update'] }],
    });
    const [one] = ofSection('tables', judge(catalog, 'DROP FUNCTION f() CASCADE').findings);
    assert.equal(one?.message, '`CASCADE` also drops the trigger `touch` of `public.orders`.');
  });

  test('a trigger that is made again is better replaced, where that can be done', () => {
    const sql = `DROP TRIGGER touch ON orders; ${trigger('orders')}`;
    assert.match(told(sql).help, /CREATE OR REPLACE TRIGGER/);
    assert.doesNotMatch(told(sql, { version: 13 }).help, /OR REPLACE TRIGGER/);
  });

  test('partitions that get the trigger are named', () => {
    assert.match(told(trigger('parts')).message, /^Writers of `public\.parts` and `public\.parts_1` wait/);
  });

  test('a trigger that is enabled again in the transaction only makes others wait; ALL means foreign keys too', () => {
    const off = 'ALTER TABLE orders DISABLE TRIGGER';
    const on = 'ALTER TABLE orders ENABLE TRIGGER';
    assert.match(told(`${off} touch`).message, /^Every write to .* passes by `touch` until/);
    assert.match(told(`${off} touch; ${on} touch`).message, /^Until the transaction ends nobody else/);
    assert.match(told(`${off} touch; ${on} other`).message, /^Every write/);
    assert.match(told(`${off} ALL; ${on} ALL`).message, /foreign keys included\.$/);
    assert.doesNotMatch(told(`${off} USER`).message, /foreign keys/);
  });
});

describe('row security', () => {
  const policy = 'CREATE POLICY p ON orders USING (true)';
  const enable = 'ALTER TABLE orders ENABLE ROW LEVEL SECURITY';
  tellsRules('triggers', () => base, [
    [enable, ['toggle-rls']],
    ['ALTER TABLE orders FORCE ROW LEVEL SECURITY', ['toggle-rls']],
    ['ALTER TABLE orders ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', ['toggle-rls']],
    ['ALTER TABLE orders DISABLE ROW LEVEL SECURITY', ['toggle-rls']],
    ['ALTER TABLE orders NO FORCE ROW LEVEL SECURITY', []],
    [`${policy}; ${enable}`, []],
    [`${policy}; ${enable}`, [], OUT],
    [`${enable}; ${policy}`, []],
    [`${enable}; ${policy}`, ['toggle-rls'], OUT],
    [`CREATE POLICY p ON customers USING (true); ${enable}`, ['toggle-rls']],
    [`ALTER TABLE orders DISABLE ROW LEVEL SECURITY; SELECT 1; ${enable}`, []],
    [`${MADE} ALTER TABLE made ENABLE ROW LEVEL SECURITY`, []],
    [`${MADE} ALTER TABLE made DISABLE ROW LEVEL SECURITY`, []],

    ['DROP POLICY p ON orders', ['drop-policy']],
    ['DROP POLICY IF EXISTS p ON orders', []],
    [`DROP POLICY p ON orders; ${policy}`, []],
    [`${policy}; DROP POLICY q ON orders`, []],
    [`DROP POLICY p ON orders; ${policy}`, ['drop-policy'], OUT],
    ['DROP POLICY p ON orders; CREATE POLICY p ON customers USING (true)', ['drop-policy']],
    [`${MADE} CREATE POLICY p ON made USING (true); DROP POLICY p ON made`, []],

    [policy, []],
    ['ALTER POLICY p ON orders USING (false)', []],
  ]);
  tellsRules('triggers', () => knowing('public.orders', { policies: ['p'] }), [
    [enable, []],
    ['ALTER TABLE orders FORCE ROW LEVEL SECURITY', []],
    ['ALTER TABLE orders DISABLE ROW LEVEL SECURITY', ['toggle-rls']],
    ['DROP POLICY IF EXISTS q ON orders', []],
    ['DROP POLICY IF EXISTS p ON orders', ['drop-policy']],
  ]);
  tellsRules(
    'triggers',
    () => base,
    [
      ['ALTER POLICY p ON orders USING (false)', ['policy-change']],
      ['CREATE POLICY p ON orders AS RESTRICTIVE USING (false)', ['policy-change']],
      [policy, []],
      [`CREATE POLICY p ON orders AS RESTRICTIVE USING (true); ${enable}`, []],
      [`${MADE} ALTER POLICY p ON made USING (false)`, []],
    ],
    ['policy-change'],
  );

  test('the policy that keeps everything visible is written out', () => {
    const catalog = schemaOf('CREATE TABLE "Big Orders" (id int)');
    const [one] = ofSection(
      'triggers',
      judge(catalog, 'ALTER TABLE "Big Orders" ENABLE ROW LEVEL SECURITY').findings,
    );
    const wanted = 'CREATE POLICY "Big Orders_all" ON public."Big Orders" USING (true)';
    assert.ok(one?.help.includes(`\`${wanted}\``), one?.help);
    assertParses(wanted);
  });
});
