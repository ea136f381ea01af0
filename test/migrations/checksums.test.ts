import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atlasSums, atlasSumText } from '../../src/migrations/atlas-sum.ts';
import { flywayChecksum } from '../../src/migrations/flyway-history.ts';
import { changesetsIn, liquibaseChecksum } from '../../src/migrations/liquibase-changeset.ts';
import { readPlan } from '../../src/migrations/sqitch-plan.ts';

/** The file and the checksum stand in Flyway's documentation, "Tutorial - Dry Runs". */
const COUPLE = [
  'create table COUPLE (',
  '    ID int not null,',
  '    PERSON1 int not null references PERSON(ID), ',
  '    PERSON2 int not null references PERSON(ID) ',
  ');',
];

test('flyway: the documented checksum, whatever the line ends and the byte order mark are', () => {
  for (const end of ['\n', '\r\n', '\r']) assert.equal(flywayChecksum(COUPLE.join(end)), -722651034);
  assert.equal(flywayChecksum(`\uFEFF${COUPLE.join('\n')}\n`), -722651034);
  assert.notEqual(flywayChecksum(COUPLE.join('\n').toLowerCase()), -722651034);
  assert.equal(flywayChecksum(''), 0);
});

test('atlas: each sum covers the files before it, and one to be ignored counts with its name', () => {
  const files = [
    { name: '1_a.sql', text: 'select 1;\n' },
    { name: '2_b.sql', text: '-- atlas:sum ignore\n\nselect 2;\n' },
    { name: '3_c.sql', text: "select 'é';\n" },
  ];
  assert.equal(
    atlasSumText(atlasSums(files)),
    'h1:3Izx5tDpcfKS3HO3TY931J9c8ZjAcRnFjCXslh36BVQ=\n1_a.sql h1:0xoiBEBByCn3Qg4/3ZN3bzJGTBHXJNbUIxA6ZttFvio=\n3_c.sql h1:zIJo8AqdjlF4isxa+ON61eZV9QBcpdhtg17V26/tnRs=\n',
  );
  assert.equal(atlasSumText([]), 'h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n');
});

/** As Liquibase 4.28.0 wrote them into DATABASECHANGELOG. */
const SUMS: readonly (readonly [changeset: string, sum: string])[] = [
  [
    '--changeset ann:1\n--comment: The customers\nCREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);\n--rollback DROP TABLE customers;\n\n',
    '9:21e203ef34fcf734e9807f6f8e1fe7a7',
  ],
  [
    "--changeset ann:2 splitStatements:true\r\n-- who ordered what\r\nCREATE TABLE orders (id int PRIMARY KEY, customer_id int REFERENCES customers (id));\r\nINSERT INTO customers VALUES (1, 'Ünal');\r\n--rollback DROP TABLE orders;\r\n--rollback DELETE FROM customers;\r\n",
    '9:cf42b841c3288f434afdff3dc5bd8810',
  ],
];
for (const [text, sum] of SUMS)
  test(`liquibase: ${sum}`, () => {
    const [changeset] = changesetsIn(text);
    assert.ok(changeset);
    assert.equal(liquibaseChecksum(changeset), sum);
  });

test('liquibase: author and id may hold blanks', () => {
  const text = '--changeset Ann Öz: "id 1" dbms:postgresql\nselect 1;\n-- changeset "b:c":2\nselect 2;\n';
  assert.deepEqual(
    changesetsIn(text).map(({ author, id, attributes }) => [author, id, attributes]),
    [
      ['Ann Öz', 'id 1', ' dbms:postgresql'],
      ['b:c', '2', ''],
    ],
  );
});

const PLAN = `%syntax-version=1.0.0
%project=shop
%uri=https://example.org

customers 2024-01-01T10:00:00Z Ünal Öz <unal@example.org> # The customers
+orders [customers !old:legacy] 2024-01-02T10:00:00Z Ünal Öz <unal@example.org> # Who\\nordered
@v1.0 2024-01-03T10:00:00Z Ünal Öz <unal@example.org>
orders [orders@v1.0 @v1.0] 2024-01-04T10:00:00Z Ünal Öz <unal@example.org>
`;

test('sqitch: ids, dependencies and scripts of a plan', () => {
  const { project, uri, changes } = readPlan(PLAN, 'sqitch.plan');
  assert.deepEqual([project, uri], ['shop', 'https://example.org/']);
  const [customers, first, again] = changes;
  assert.ok(customers && first && again);
  assert.deepEqual(
    changes.map(({ script, note }) => [script, note]),
    [
      ['customers', 'The customers'],
      ['orders@v1.0', 'Who\nordered'],
      ['orders', ''],
    ],
  );
  assert.deepEqual(
    first.dependencies.map(({ kind, name, id }) => [kind, name, id]),
    [
      ['require', 'customers', customers.id],
      ['conflict', 'old:legacy', undefined],
    ],
  );
  assert.deepEqual(
    again.dependencies.map(({ id }) => id),
    [first.id, first.id],
  );
  // As `sqitch plan` of 1.3.1 shows them.
  assert.deepEqual(
    [customers.id, first.id, first.tags[0]?.id, again.id],
    [
      'c5b30d9968c8ac9aadb26137626fe1ad09887071',
      '2bebe911ab698b87668cacb87eebe0379e187e6d',
      '943995f117d2f293b224bd43489aa87ef988e156',
      '0f99417fe017204d12b7acf63ed8107b2659fc44',
    ],
  );
});

test('sqitch: a line without time and planner is refused, with its number', () => {
  assert.throws(() => readPlan('%project=x\n\nusers\n', 'sqitch.plan'), {
    name: 'UserError',
    message: /^sqitch\.plan:3: /,
  });
});
