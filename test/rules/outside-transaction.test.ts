import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { LintSource } from '../../src/rules/context.ts';
import { type Catalog, EMPTY_CATALOG } from '../../src/sql/catalog.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { judge, schemaOf, sourceOf } from '../support/lint.ts';

let schema: Catalog = EMPTY_CATALOG;
before(async () => {
  await loadParser();
  schema = schemaOf(
    'CREATE TABLE orders (id bigint PRIMARY KEY, note text); CREATE INDEX orders_note ON orders (note)',
  );
});

const goose: LintSource['tool'] = {
  title: 'goose',
  leaves: { by: 'directive', directive: '-- +goose NO TRANSACTION', where: 'at the top of the file' },
};
const flyway: LintSource['tool'] = {
  title: 'Flyway',
  leaves: { by: 'standing alone', because: 'Flyway does the rest' },
};
const drizzle: LintSource['tool'] = { title: 'Drizzle', leaves: { by: 'nothing' } };

function help(
  sql: string,
  tool: LintSource['tool'],
  transaction: LintSource['transaction'] = 'file',
): string {
  const [finding, ...more] = judge(schema, [{ ...sourceOf(sql, transaction), tool }]).findings;
  assert.ok(finding);
  assert.deepEqual(more, []);
  return finding.help;
}

const refused = 'DROP INDEX CONCURRENTLY orders_note';
const blocking = 'CREATE INDEX made ON orders (id, note)';
const cases: readonly (readonly [name: string, sql: string, tool: LintSource['tool'], expected: RegExp])[] = [
  [
    'refused',
    refused,
    goose,
    /^Give it .* of its own, with `-- \+goose NO TRANSACTION` at the top of the file\.$/,
  ],
  ['refused', refused, flyway, /^Give it a migration file of its own: Flyway does the rest\.$/],
  ['refused', refused, drizzle, /^Run it outside Drizzle, which has no way out of its transaction/],
  ['refused', refused, undefined, /pullgres:no-transaction.*dbmate/],
  ['in a block', `DO $$ BEGIN ${refused}; END $$`, goose, /^Take it out of the block .* NO TRANSACTION/],
  ['no CONCURRENTLY', 'VACUUM orders', goose, /^Put `VACUUM` into .* own, with `-- \+goose NO TRANSACTION`/],
  [
    'blocking',
    blocking,
    goose,
    /CONCURRENTLY made ON [^`]*` in a migration of its own, with `-- \+goose NO TRANSACTION` at/,
  ],
  [
    'blocking',
    blocking,
    flyway,
    /CONCURRENTLY made ON [^`]*` alone in a migration of its own, which is then in no transaction/,
  ],
  ['blocking', blocking, drizzle, /CONCURRENTLY made ON [^`]*` outside Drizzle, which has no way out/],
  ['blocking', blocking, undefined, /in a migration of its own that runs outside a transaction/],
  [
    'nested',
    'BEGIN; SELECT 1',
    goose,
    /without a transaction \(`-- \+goose NO TRANSACTION` at the top of the file\)\.$/,
  ],
  ['nested', 'BEGIN; SELECT 1', drizzle, /without a transaction\.$/],
];
for (const [name, sql, tool, expected] of cases)
  test(`${name}, ${tool?.title ?? 'no tool known'}`, () => assert.match(help(sql, tool), expected));

test('where no transaction is open nothing is said of leaving one', () => {
  assert.match(help(blocking, goose, 'none'), /with `CREATE INDEX CONCURRENTLY made ON [^`]*`\.$/);
});
