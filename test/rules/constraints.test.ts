import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { LintSource } from '../../src/rules/context.ts';
import type { LintRequest } from '../../src/rules/lint.ts';
import { rules } from '../../src/rules/registry.ts';
import type { Finding } from '../../src/rules/rule.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import type { PostgresVersion } from '../../src/sql/effect.ts';
import { loadParser, parseSql } from '../../src/sql/parse.ts';
import { complainers, judge, schemaOf, sourceOf } from '../support/lint.ts';

const own = rules.filter(({ section }) => section === 'constraints');
const OWN = new Set(own.map(({ slug }) => slug));
/** What the rules of other sections say is theirs to test. */
const ONLY_OWN: LintRequest['severities'] = Object.fromEntries(
  rules.filter(({ slug }) => !OWN.has(slug)).map(({ slug }) => [slug, 'off'] as const),
);

const TABLES = `
CREATE TABLE customers (id bigint PRIMARY KEY, email text, code text CONSTRAINT code_filled CHECK (code IS NOT NULL));
CREATE TABLE products (id bigint PRIMARY KEY, name text);
CREATE TABLE orders (
  id bigint PRIMARY KEY, customer_id bigint, product_id bigint, old_id integer, ref uuid, total numeric, number text,
  seller_id bigint CONSTRAINT orders_seller_fk REFERENCES customers,
  CONSTRAINT orders_total CHECK (total > 0)
);
CREATE UNIQUE INDEX orders_number_idx ON orders (number);
CREATE INDEX orders_product_idx ON orders (product_id, id);
ALTER TABLE orders ADD CONSTRAINT orders_waiting CHECK (total < 9) NOT VALID;
CREATE TABLE trees (id bigint PRIMARY KEY, up bigint CONSTRAINT trees_up_fk REFERENCES trees);
CREATE TABLE bare (a bigint NOT NULL, b bigint, during int4range);
CREATE TABLE parents (id bigint, kind text);
CREATE TABLE children () INHERITS (parents);
CREATE TABLE events (id bigint NOT NULL, customer_id bigint) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (9);
CREATE FUNCTION fickle(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION steady(bigint) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE DOMAIN short_id AS integer;
`;

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  schema = schemaOf(TABLES);
});

const NEW = 'CREATE TABLE fresh (id bigint, customer_id bigint, product_id bigint, total numeric);';

type Case = readonly [sql: string, expected: readonly string[], transaction?: LintSource['transaction']];

function told(
  change: string | readonly LintSource[],
  version?: PostgresVersion,
  more: readonly string[] = [],
) {
  const severities = { ...ONLY_OWN, ...Object.fromEntries(more.map((slug) => [slug, 'notice' as const])) };
  const result = judge(schema, change, { severities, ...(version ? { version } : {}) });
  assert.deepEqual(result.problems, []);
  return result;
}

/** The default rules unless one that is off by default is named. */
function verify(cases: readonly Case[], version?: PostgresVersion, slug?: string): void {
  for (const [sql, expected, transaction] of cases)
    test(`${sql.replaceAll(/\s+/g, ' ').slice(0, 150)} → ${expected.join(', ') || 'silence'}`, () => {
      const found = complainers(told([sourceOf(sql, transaction)], version, slug ? [slug] : []));
      assert.deepEqual(
        found.filter((name) => slug === undefined || name === slug),
        expected,
      );
    });
}

describe('constraints whose addition works on the rows', () => {
  verify([
    ['ALTER TABLE orders ADD CHECK (total > 1)', ['add-check-validating']],
    ['ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 1)', ['add-check-validating']],
    [
      'ALTER TABLE orders ADD CHECK (total > 1), ADD CHECK (total < 7)',
      ['add-check-validating', 'add-check-validating'],
    ],
    ['ALTER TABLE orders ADD CHECK (total > 1) NOT VALID', []],
    ['ALTER TABLE orders VALIDATE CONSTRAINT orders_waiting', []],
    [`${NEW} ALTER TABLE fresh ADD CHECK (total > 1)`, []],
    ['ALTER TABLE unknown ADD CHECK (a > 1)', ['add-check-validating']],
    ['ALTER TABLE events ADD CHECK (id > 1)', ['add-check-validating']],
    ['ALTER TABLE orders ADD CONSTRAINT u UNIQUE (total)', ['add-unique-constraint']],
    ['ALTER TABLE orders ADD CONSTRAINT u UNIQUE USING INDEX orders_number_idx', []],
    [`${NEW} ALTER TABLE fresh ADD UNIQUE (total)`, []],
    ['ALTER TABLE events ADD UNIQUE (id)', ['add-unique-constraint']],
    ['ALTER TABLE bare ADD PRIMARY KEY (a)', ['add-primary-key-builds-index']],
    ['ALTER TABLE bare ADD PRIMARY KEY (b)', ['add-primary-key-builds-index']],
    [`${NEW} ALTER TABLE fresh ADD PRIMARY KEY (id)`, []],
    ['ALTER TABLE bare ADD EXCLUDE USING gist (during WITH &&)', ['add-exclusion-constraint']],
    ['CREATE TABLE apart (during int4range, EXCLUDE USING gist (during WITH &&))', []],
    ['ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers', ['add-fk-validating']],
    ['ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID', []],
    [`${NEW} ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES fresh NOT VALID`, []],
  ]);

  verify(
    [
      [
        'CREATE UNIQUE INDEX k ON bare (b); ALTER TABLE bare ADD CONSTRAINT k PRIMARY KEY USING INDEX k',
        ['add-pk-using-index-nullable'],
      ],
      ['CREATE UNIQUE INDEX k ON bare (a); ALTER TABLE bare ADD CONSTRAINT k PRIMARY KEY USING INDEX k', []],
      [
        'ALTER TABLE bare ADD CONSTRAINT f CHECK (b IS NOT NULL) NOT VALID; ALTER TABLE bare VALIDATE CONSTRAINT f; CREATE UNIQUE INDEX k ON bare (b); ALTER TABLE bare ADD CONSTRAINT k PRIMARY KEY USING INDEX k',
        [],
        'none',
      ],
      [
        'ALTER TABLE bare ADD CONSTRAINT f CHECK (b IS NOT NULL) NOT VALID; CREATE UNIQUE INDEX k ON bare (b); ALTER TABLE bare ADD CONSTRAINT k PRIMARY KEY USING INDEX k',
        ['add-pk-using-index-nullable'],
        'none',
      ],
    ],
    16,
  );
});

describe('partitioned tables and inheritance', () => {
  verify(
    [
      [
        'ALTER TABLE events ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID',
        ['add-fk-not-valid-partitioned'],
      ],
      ['ALTER TABLE events_1 ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID', []],
      [
        `CREATE TABLE split (id bigint, c bigint) PARTITION BY RANGE (id); ALTER TABLE split ADD FOREIGN KEY (c) REFERENCES customers NOT VALID`,
        ['add-fk-not-valid-partitioned', 'create-table-fk-locks-parent'],
      ],
      [
        'ALTER TABLE events_1 ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers NOT VALID; ALTER TABLE events_1 VALIDATE CONSTRAINT k; ALTER TABLE events ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers',
        [],
        'none',
      ],
      [
        'ALTER TABLE events_1 ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers NOT VALID; ALTER TABLE events ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers',
        ['add-fk-validating'],
        'none',
      ],
      [
        'CREATE UNIQUE INDEX u ON events_1 (id); ALTER TABLE events_1 ADD CONSTRAINT u UNIQUE USING INDEX u; ALTER TABLE events ADD CONSTRAINT e UNIQUE (id)',
        [],
        'none',
      ],
    ],
    17,
  );
  verify([['ALTER TABLE events ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID', []]], 18);

  test('children that are read are named', () => {
    const [finding] = told('ALTER TABLE parents ADD CHECK (id > 0)').findings;
    assert.match(finding?.message ?? '', /`public\.parents` and `public\.children`\.$/);
    const [alone] = told('ALTER TABLE parents ADD CHECK (id > 0) NO INHERIT').findings;
    assert.match(alone?.message ?? '', /read or write `public\.parents`\.$/);
  });
});

describe('validation in the transaction that added the constraint', () => {
  const ADD = 'ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 1) NOT VALID;';
  const VALIDATE = 'ALTER TABLE orders VALIDATE CONSTRAINT c;';
  const BOTH = ['validate-in-same-transaction'];
  verify([
    [`${ADD} ${VALIDATE}`, BOTH, 'file'],
    [`${ADD} ${VALIDATE}`, BOTH, 'implicit'],
    [`${ADD} ${VALIDATE}`, [], 'none'],
    [`BEGIN; ${ADD} ${VALIDATE} COMMIT;`, BOTH, 'none'],
    [`BEGIN; ${ADD} COMMIT; ${VALIDATE}`, [], 'none'],
    [`BEGIN; ${ADD} COMMIT; BEGIN; ${VALIDATE} COMMIT;`, [], 'none'],
    [`DO $$ BEGIN ${ADD} ${VALIDATE} END $$;`, BOTH, 'none'],
    ['ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 1) NOT VALID, VALIDATE CONSTRAINT c', BOTH, 'none'],
    [`${ADD} ALTER TABLE orders VALIDATE CONSTRAINT orders_waiting;`, BOTH],
    [`${ADD} ALTER TABLE orders VALIDATE CONSTRAINT orders_waiting;`, [], 'none'],
    ['ALTER TABLE orders VALIDATE CONSTRAINT orders_waiting, ADD a int', BOTH, 'none'],
    ['ALTER TABLE orders VALIDATE CONSTRAINT orders_waiting, VALIDATE CONSTRAINT orders_total', [], 'none'],
    ['ALTER TABLE orders VALIDATE CONSTRAINT orders_waiting, ALTER a SET STATISTICS 9', [], 'none'],
    ['ALTER TABLE orders ADD a int; ALTER TABLE orders VALIDATE CONSTRAINT orders_waiting', BOTH],
    ['ALTER TABLE customers ADD a int; ALTER TABLE orders VALIDATE CONSTRAINT orders_waiting', []],
    ['COMMENT ON TABLE orders IS $$a$$; ALTER TABLE orders VALIDATE CONSTRAINT orders_waiting', []],
    [
      'ALTER TABLE orders ADD CHECK (total > 1) NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT orders_total_check;',
      BOTH,
    ],
    [
      'ALTER TABLE orders ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT k;',
      BOTH,
    ],
    [
      'ALTER TABLE orders ADD CONSTRAINT n NOT NULL total NOT VALID; ALTER TABLE orders VALIDATE CONSTRAINT n;',
      BOTH,
    ],
    [
      `${NEW} ALTER TABLE fresh ADD CONSTRAINT c CHECK (total > 1) NOT VALID; ALTER TABLE fresh VALIDATE CONSTRAINT c;`,
      [],
    ],
  ]);

  test('two files are two transactions', () => {
    assert.deepEqual(complainers(told([sourceOf(ADD), sourceOf(VALIDATE, 'file', '2.sql')])), []);
  });

  test('the message says which lock is held, and on what', () => {
    const key =
      'ALTER TABLE orders ADD CONSTRAINT k FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;';
    const [finding] = told(`${key} ALTER TABLE orders VALIDATE CONSTRAINT k;`).findings;
    assert.match(
      finding?.message ?? '',
      /`ShareRowExclusiveLock`.* write to `public\.orders` and `public\.customers`\.$/,
    );
    assert.match(
      told(`${ADD} ${VALIDATE}`).findings[0]?.message ?? '',
      /`AccessExclusiveLock`.* read or write/,
    );
  });
});

describe('tables that a foreign key locks beside its own', () => {
  const ONE = ['create-table-fk-locks-parent'];
  const SEVERAL = ['multiple-fks-one-transaction'];
  const A = 'CREATE TABLE a (c bigint REFERENCES customers);';
  const B = 'CREATE TABLE b (p bigint REFERENCES products);';
  verify([
    [A, ONE],
    ['CREATE TABLE IF NOT EXISTS a (c bigint REFERENCES customers)', ONE],
    ['CREATE TABLE IF NOT EXISTS orders (c bigint REFERENCES customers)', []],
    ['CREATE TABLE a (c bigint, FOREIGN KEY (c) REFERENCES customers)', ONE],
    ['CREATE TABLE a (c bigint REFERENCES customers, d bigint REFERENCES customers)', ONE],
    ['CREATE TABLE a (id bigint PRIMARY KEY, up bigint REFERENCES a)', []],
    ['CREATE TABLE a (id bigint PRIMARY KEY); CREATE TABLE b (a bigint REFERENCES a)', []],
    ['CREATE TABLE b (x bigint REFERENCES unknown)', ONE],
    [`${NEW} ALTER TABLE fresh ADD FOREIGN KEY (customer_id) REFERENCES customers;`, ONE],
    [`SET lock_timeout = '2s'; ${A}`, []],
    [`SET lock_timeout = 0; ${A}`, ONE],
    ['CREATE TABLE a (c bigint REFERENCES customers, p bigint REFERENCES products)', SEVERAL],
    [`${A} ${B}`, SEVERAL, 'file'],
    [`${A} ${B}`, SEVERAL, 'implicit'],
    [`${A} ${B}`, [...ONE, ...ONE], 'none'],
    [`BEGIN; ${A} COMMIT; BEGIN; ${B} COMMIT;`, [...ONE, ...ONE], 'none'],
    [`${A} ${B} CREATE TABLE c (o bigint REFERENCES orders);`, SEVERAL],
    [
      'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID; ALTER TABLE orders ADD FOREIGN KEY (product_id) REFERENCES products NOT VALID;',
      SEVERAL,
    ],
    [
      'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers, ADD FOREIGN KEY (product_id) REFERENCES products;',
      ['add-fk-validating', 'add-fk-validating'],
    ],
    ['ALTER TABLE orders DROP CONSTRAINT orders_seller_fk', ['drop-fk']],
    ["SET lock_timeout = '2s'; ALTER TABLE orders DROP CONSTRAINT orders_seller_fk", []],
    ['ALTER TABLE trees DROP CONSTRAINT trees_up_fk', []],
    ['ALTER TABLE orders DROP CONSTRAINT orders_total', []],
    ['ALTER TABLE orders DROP CONSTRAINT orders_seller_fk; DROP TABLE customers;', []],
    ['DROP TABLE orders', ['drop-table-locks-parents']],
    ['DROP TABLE orders, customers', []],
    ['DROP TABLE orders; DROP TABLE customers', []],
    ['DROP TABLE customers; DROP TABLE orders', []],
    ['DROP TABLE trees', []],
    ['DROP TABLE products', []],
    [`${A} DROP TABLE a;`, ONE],
    [`${A} CREATE TABLE again (c bigint REFERENCES customers);`, ONE, 'file'],
    [`${A} CREATE TABLE again (c bigint REFERENCES customers);`, [...ONE, ...ONE], 'none'],
    [`ALTER TABLE customers ADD COLUMN x int; ${A}`, []],
    ['LOCK TABLE customers; ALTER TABLE orders DROP CONSTRAINT orders_seller_fk', []],
    ['LOCK TABLE customers IN SHARE MODE; ALTER TABLE orders DROP CONSTRAINT orders_seller_fk', ['drop-fk']],
    ['LOCK TABLE customers; DROP TABLE orders', []],
  ]);

  test('where several are locked, all are named, also those of later statements', () => {
    const [finding] = told(`${A} ${B} CREATE TABLE c (o bigint REFERENCES orders);`).findings;
    assert.match(finding?.message ?? '', /`public\.customers`, `public\.products` and `public\.orders`/);
    assert.equal(finding?.place.startByte, A.length + 1);
  });

  test('switched off, it leaves one notice for the transaction', () => {
    const severities = { ...ONLY_OWN, 'multiple-fks-one-transaction': 'off' as const };
    assert.deepEqual(complainers(judge(schema, `${A} ${B}`, { severities })), ONE);
  });
});

describe('constraints that guard less than they seem to', () => {
  verify([
    ['ALTER TABLE orders ADD CHECK (total > 1) NOT ENFORCED', ['not-enforced-constraint']],
    [
      'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT ENFORCED',
      ['not-enforced-constraint'],
    ],
    ['ALTER TABLE orders ALTER CONSTRAINT orders_seller_fk NOT ENFORCED', ['not-enforced-constraint']],
    ['ALTER TABLE orders ALTER CONSTRAINT orders_seller_fk DEFERRABLE', []],
    [
      'ALTER TABLE orders ALTER CONSTRAINT orders_seller_fk NOT ENFORCED; ALTER TABLE orders ALTER CONSTRAINT orders_seller_fk ENFORCED',
      ['not-enforced-constraint', 'alter-constraint-enforced'],
      'none',
    ],
    ['CREATE TABLE a (n int CHECK (n > 0) NOT ENFORCED)', []],
    ['ALTER TABLE orders ADD CHECK (now() > now()) NOT VALID', ['volatile-check-constraint']],
    ['ALTER TABLE orders ADD CHECK (random() > 0) NOT VALID', ['volatile-check-constraint']],
    ['ALTER TABLE orders ADD CHECK (fickle(id)) NOT VALID', ['volatile-check-constraint']],
    ['ALTER TABLE orders ADD CHECK (public.fickle(id)) NOT VALID', ['volatile-check-constraint']],
    ['ALTER TABLE orders ADD CHECK (steady(id)) NOT VALID', []],
    ['ALTER TABLE orders ADD CHECK (postgis_unknown(id)) NOT VALID', []],
    ["ALTER TABLE orders ADD CHECK (date_trunc('day', ref) = ref) NOT VALID", []],
    ['ALTER TABLE orders ADD CHECK (lower(number) = number) NOT VALID', []],
    ['CREATE TABLE a (day date CHECK (day <= current_date))', ['volatile-check-constraint']],
    ['CREATE TABLE a (day date DEFAULT current_date)', []],
    ['ALTER TABLE orders DROP CONSTRAINT orders_pkey', ['drop-primary-key']],
    [
      'CREATE UNIQUE INDEX k ON orders (id); ALTER TABLE orders DROP CONSTRAINT orders_pkey, ADD PRIMARY KEY USING INDEX k',
      [],
      'none',
    ],
    [
      'ALTER TABLE orders DROP CONSTRAINT orders_pkey; ALTER TABLE orders ADD PRIMARY KEY (id)',
      ['add-primary-key-builds-index'],
    ],
    [
      'ALTER TABLE orders DROP CONSTRAINT orders_pkey; ALTER TABLE orders ADD PRIMARY KEY (id)',
      ['drop-primary-key', 'add-primary-key-builds-index'],
      'none',
    ],
    ['CREATE TABLE a (id int CONSTRAINT k PRIMARY KEY); ALTER TABLE a DROP CONSTRAINT k', []],
    ['ALTER TABLE orders REPLICA IDENTITY FULL', ['replica-identity-change']],
    ['ALTER TABLE orders REPLICA IDENTITY NOTHING', ['replica-identity-change']],
    ['ALTER TABLE orders REPLICA IDENTITY DEFAULT', []],
    ['ALTER TABLE orders REPLICA IDENTITY USING INDEX orders_number_idx', []],
    ['CREATE TABLE a (id int); ALTER TABLE a REPLICA IDENTITY FULL', []],
    ['ALTER TABLE orders ADD FOREIGN KEY (old_id) REFERENCES customers NOT VALID', ['fk-type-mismatch']],
    ['ALTER TABLE orders ADD FOREIGN KEY (ref) REFERENCES customers NOT VALID', ['fk-type-mismatch']],
    ['CREATE TABLE a (up bigint PRIMARY KEY); CREATE TABLE b (a int REFERENCES a)', ['fk-type-mismatch']],
    [
      'CREATE TABLE a (up bigint PRIMARY KEY); CREATE TABLE b (a short_id REFERENCES a)',
      ['fk-type-mismatch'],
    ],
    ['CREATE TABLE a (up int PRIMARY KEY); CREATE TABLE b (a bigint REFERENCES a)', []],
    ['CREATE TABLE a (up text PRIMARY KEY); CREATE TABLE b (a varchar(9) REFERENCES a)', []],
  ]);
  verify(
    [
      ['ALTER TABLE orders ALTER CONSTRAINT orders_seller_fk ENFORCED', []],
      ['ALTER TABLE orders ADD CHECK (total > 1) NOT ENFORCED', []],
    ],
    17,
  );
});

const OPINIONS: Readonly<Record<string, readonly Case[]>> = {
  'add-fk-not-valid-locks-parent': [
    [
      'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID',
      ['add-fk-not-valid-locks-parent'],
    ],
    ['ALTER TABLE trees ADD FOREIGN KEY (up) REFERENCES trees NOT VALID', []],
    [
      "SET lock_timeout = '1s'; ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID",
      [],
    ],
    ['ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers', []],
  ],
  'add-not-null-constraint-native': [
    ['ALTER TABLE orders ADD CHECK (total IS NOT NULL) NOT VALID', ['add-not-null-constraint-native']],
    ['ALTER TABLE orders ADD CHECK (total IS NOT NULL AND number > 1) NOT VALID', []],
    ['ALTER TABLE orders ADD CHECK (total > 1) NOT VALID', []],
    ['ALTER TABLE orders ADD CONSTRAINT n NOT NULL total NOT VALID', []],
  ],
  'unique-may-fail-on-data': [
    ['CREATE UNIQUE INDEX ON orders (total)', ['unique-may-fail-on-data']],
    ['CREATE UNIQUE INDEX IF NOT EXISTS orders_number_idx ON orders (total)', []],
    ['CREATE INDEX ON orders (total)', []],
    ['ALTER TABLE orders ADD UNIQUE (total)', ['unique-may-fail-on-data']],
    ['ALTER TABLE orders ADD UNIQUE USING INDEX orders_number_idx', []],
    ['CREATE TABLE a (n int UNIQUE); CREATE UNIQUE INDEX ON a (n)', []],
  ],
  'drop-constraint': [
    ['ALTER TABLE orders DROP CONSTRAINT orders_total', ['drop-constraint']],
    ['ALTER TABLE orders DROP CONSTRAINT orders_seller_fk', []],
    ['ALTER TABLE orders DROP CONSTRAINT orders_pkey', []],
    ['CREATE TABLE a (n int CONSTRAINT c CHECK (n > 0)); ALTER TABLE a DROP CONSTRAINT c', []],
  ],
  'alter-constraint': [
    ['ALTER TABLE orders ALTER CONSTRAINT orders_seller_fk DEFERRABLE', ['alter-constraint']],
    ['ALTER TABLE orders ALTER CONSTRAINT orders_seller_fk NOT ENFORCED', []],
    ["SET lock_timeout = '1s'; ALTER TABLE orders ALTER CONSTRAINT orders_seller_fk DEFERRABLE", []],
  ],
  'fk-without-index': [
    ['ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID', ['fk-without-index']],
    ['ALTER TABLE orders ADD FOREIGN KEY (product_id) REFERENCES products NOT VALID', []],
    ['ALTER TABLE orders ADD FOREIGN KEY (id) REFERENCES products NOT VALID', []],
    [
      'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID; CREATE INDEX ON orders (customer_id, id)',
      [],
    ],
    [
      'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID; CREATE INDEX ON orders (id, customer_id)',
      ['fk-without-index'],
    ],
    ['CREATE TABLE a (c bigint REFERENCES customers)', ['fk-without-index']],
    ['CREATE TABLE a (c bigint REFERENCES customers); CREATE INDEX ON a (c)', []],
    ['CREATE TABLE a (c bigint REFERENCES customers UNIQUE)', []],
    ['CREATE TABLE a (c bigint REFERENCES customers, d bigint, PRIMARY KEY (c, d))', []],
    ['CREATE TABLE a (c bigint REFERENCES customers, d bigint, PRIMARY KEY (d, c))', ['fk-without-index']],
  ],
  'fk-on-delete-cascade': [
    ['CREATE TABLE a (c bigint REFERENCES customers ON DELETE CASCADE)', ['fk-on-delete-cascade']],
    ['CREATE TABLE a (c bigint REFERENCES customers ON UPDATE CASCADE)', ['fk-on-delete-cascade']],
    ['CREATE TABLE a (c bigint REFERENCES customers ON DELETE SET NULL)', []],
  ],
  'fk-not-deferrable': [
    ['CREATE TABLE a (c bigint REFERENCES customers)', ['fk-not-deferrable']],
    ['CREATE TABLE a (c bigint, FOREIGN KEY (c) REFERENCES customers DEFERRABLE)', []],
  ],
  'unnamed-constraint': [
    ['ALTER TABLE orders ADD CHECK (total > 1) NOT VALID', ['unnamed-constraint']],
    ['ALTER TABLE orders ADD CONSTRAINT c CHECK (total > 1) NOT VALID', []],
    ['ALTER TABLE orders ADD UNIQUE USING INDEX orders_number_idx', []],
    ['CREATE TABLE a (id int PRIMARY KEY, n int NOT NULL)', []],
    ['CREATE TABLE a (id int UNIQUE, n int, CHECK (n > 0))', ['unnamed-constraint', 'unnamed-constraint']],
  ],
  'unique-not-null-no-pk': [
    ['CREATE TABLE a (n int NOT NULL UNIQUE)', ['unique-not-null-no-pk']],
    ['CREATE TABLE a (n int NOT NULL UNIQUE, m int NOT NULL UNIQUE)', ['unique-not-null-no-pk']],
    ['CREATE TABLE a (n int UNIQUE)', []],
    ['CREATE TABLE a (n int NOT NULL UNIQUE, id int PRIMARY KEY)', []],
    ['CREATE TABLE a (n int NOT NULL UNIQUE, id int); ALTER TABLE a ADD PRIMARY KEY (id)', []],
    ['ALTER TABLE bare ADD UNIQUE (a)', ['unique-not-null-no-pk']],
    ['ALTER TABLE orders ADD UNIQUE (id)', []],
  ],
  'constraint-tightens-live-writes': [
    ['ALTER TABLE orders ADD CHECK (total > 1) NOT VALID', ['constraint-tightens-live-writes']],
    ['ALTER TABLE orders ADD CHECK (total > 1) NOT ENFORCED', []],
    ['ALTER TABLE orders ALTER total SET NOT NULL', ['constraint-tightens-live-writes']],
    ['ALTER TABLE customers ALTER code SET NOT NULL', []],
    ['ALTER TABLE customers ALTER id SET NOT NULL', []],
    ['CREATE UNIQUE INDEX CONCURRENTLY ON orders (total)', ['constraint-tightens-live-writes'], 'none'],
    ['ALTER TABLE orders ADD UNIQUE USING INDEX orders_number_idx', []],
    [`${NEW} ALTER TABLE fresh ADD CHECK (total > 1)`, []],
  ],
};

for (const [slug, cases] of Object.entries(OPINIONS))
  describe(`${slug}, which is off by default`, () => {
    verify(cases, 18, slug);
    test('says nothing unless it is asked', () => {
      for (const [sql, , transaction] of cases)
        assert.ok(!complainers(told([sourceOf(sql, transaction)])).includes(slug), sql);
    });
  });

test('every rule of the section that is an opinion is among those tested as one', () => {
  const opinions = own.filter(({ optIn }) => optIn).map(({ slug }) => slug);
  assert.deepEqual(opinions.toSorted(), Object.keys(OPINIONS).toSorted());
});

test('a foreign key without an index is a warning where the table is known to be large', () => {
  const text = 'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers NOT VALID;';
  const sized = (rows: number | undefined): Catalog => {
    const relations = new Map([...schema.relations].map(([name, one]) => [name, { ...one, rows }]));
    return { ...schema, relations };
  };
  const found = (rows: number | undefined, sql = text) =>
    complainers(judge(sized(rows), sql, { severities: { ...ONLY_OWN, 'fk-without-index': 'notice' } }));
  assert.deepEqual(found(10_000), ['fk-missing-index']);
  assert.deepEqual(found(9_999), ['fk-without-index']);
  assert.deepEqual(found(undefined), ['fk-without-index']);
  assert.deepEqual(found(10_000, `${text} CREATE INDEX ON orders (customer_id);`), []);
});

describe('fixes', () => {
  const cases: readonly (readonly [string, string, string?])[] = [
    ['ALTER TABLE orders ADD CHECK (total > 1);', 'ALTER TABLE orders ADD CHECK (total > 1) NOT VALID;'],
    [
      'ALTER TABLE orders ADD CHECK (total > 1) -- why\n;',
      'ALTER TABLE orders ADD CHECK (total > 1) NOT VALID -- why\n;',
    ],
    [
      "SELECT 'é🐘'; ALTER TABLE orders ADD CHECK (number > 'é'),\n  ADD CONSTRAINT c CHECK (total > 1)",
      "SELECT 'é🐘'; ALTER TABLE orders ADD CHECK (number > 'é') NOT VALID,\n  ADD CONSTRAINT c CHECK (total > 1) NOT VALID",
    ],
    [
      'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers DEFERRABLE, ADD CHECK (total > 1)',
      'ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers DEFERRABLE NOT VALID, ADD CHECK (total > 1) NOT VALID',
    ],
    [
      '/* é */ ALTER TABLE orders ADD CHECK (total IS NOT NULL) NOT VALID;',
      '/* é */ ALTER TABLE orders ADD CONSTRAINT orders_total_check NOT NULL total NOT VALID;',
      'add-not-null-constraint-native',
    ],
    [
      'CREATE TABLE "Odd Name" (é int UNIQUE, c bigint CHECK (c > 0))',
      'CREATE TABLE "Odd Name" (é int CONSTRAINT "Odd Name_é_key" UNIQUE, c bigint CONSTRAINT "Odd Name_c_check" CHECK (c > 0))',
      'unnamed-constraint',
    ],
    [
      'ALTER TABLE orders ADD CHECK (total > 1) NOT VALID',
      'ALTER TABLE orders ADD CONSTRAINT orders_total_check CHECK (total > 1) NOT VALID',
      'unnamed-constraint',
    ],
  ];
  for (const [text, wanted, slug] of cases)
    test(text.slice(0, 90), () => {
      const before = told([sourceOf(text, 'none')], 18, slug ? [slug] : []);
      const mended = edited(text, before.findings);
      assert.equal(mended, wanted);
      assert.deepEqual(complainers(told([sourceOf(mended, 'none')], 18, slug ? [slug] : [])), []);
    });

  test('there is none where a comment may hide the end of the constraint', () => {
    const text = 'ALTER TABLE orders ADD CHECK (total > 1) -- one\n, ADD CHECK (total < 7)';
    const [first, second] = told(text).findings;
    assert.deepEqual(first?.fix, []);
    assert.equal(second?.fix.length, 1);
  });
});

function edited(text: string, findings: readonly Finding[]): string {
  const edits = findings.flatMap(({ fix }) => fix).sort((a, b) => b.startByte - a.startByte);
  assert.ok(edits.length > 0);
  let bytes = Buffer.from(text);
  for (const { startByte, endByte, text: piece } of edits)
    bytes = Buffer.concat([bytes.subarray(0, startByte), Buffer.from(piece), bytes.subarray(endByte)]);
  return bytes.toString();
}

describe('names that need quotes', () => {
  const HOSTILE = `CREATE TABLE "O'Brien ""x"" \`y\`" ("a
b" bigint, "sel ect" bigint);
CREATE TABLE "P" ("Id" bigint PRIMARY KEY);
CREATE TABLE "Split" (id bigint NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE "Split 1" PARTITION OF "Split" FOR VALUES FROM (0) TO (9);
CREATE TABLE "Kid" (p bigint CONSTRAINT "Kid's key" REFERENCES "P");`;
  const TABLE = `"O'Brien ""x"" \`y\`"`;
  const statements = [
    `ALTER TABLE ${TABLE} ADD CONSTRAINT "C c" CHECK ("sel ect" > 1)`,
    `ALTER TABLE ${TABLE} ADD CONSTRAINT "U u" UNIQUE ("a\nb", "sel ect")`,
    `ALTER TABLE ${TABLE} ADD PRIMARY KEY ("a\nb")`,
    `ALTER TABLE ${TABLE} ADD CONSTRAINT "F f" FOREIGN KEY ("sel ect") REFERENCES "P"`,
    `ALTER TABLE ${TABLE} ADD CONSTRAINT "V" CHECK ("sel ect" > 1) NOT VALID; ALTER TABLE ${TABLE} VALIDATE CONSTRAINT "V"`,
    'ALTER TABLE "Split" ADD UNIQUE (id)',
    'ALTER TABLE "Split" ADD PRIMARY KEY (id)',
    'ALTER TABLE "Kid" ALTER CONSTRAINT "Kid\'s key" NOT ENFORCED',
    'DROP TABLE "Kid"',
    `CREATE UNIQUE INDEX k ON ${TABLE} ("sel ect", (lower("a\nb"::text))) WHERE "sel ect" > 3`,
  ];
  for (const sql of statements)
    for (const version of [13, 18] as const)
      test(`${JSON.stringify(sql).slice(0, 80)} on ${version}: the SQL in the help parses`, () => {
        const severities = { ...ONLY_OWN, 'unique-may-fail-on-data': 'notice' as const };
        const change = [sourceOf(sql, sql.includes('; ') ? 'file' : 'none')];
        const { findings } = judge(schemaOf(HOSTILE), change, { severities, version });
        const expected = version === 18 || !sql.includes('ENFORCED');
        assert.equal(findings.length > 0, expected);
        for (const { help, message } of findings) {
          assert.equal((message.match(/`/g) ?? []).length % 2, 0, message);
          for (const statement of advised(help)) {
            // What a report shows as code cannot hold a backtick, so it stands there as an apostrophe.
            const parsed = parseSql(statement, 'help.sql');
            assert.ok(parsed.ok, `${statement}: ${parsed.ok ? '' : parsed.problem.message}`);
          }
        }
      });
});

/** The statements between backticks. */
function advised(help: string): readonly string[] {
  const pieces = [...help.matchAll(/`([^`]*)`/g)].map(([, piece]) => piece ?? '');
  return pieces.filter((piece) => /^(ALTER TABLE|CREATE|SELECT|SET) \S+ /s.test(piece));
}
