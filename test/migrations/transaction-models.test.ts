import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tools } from '../../src/migrations/registry.ts';
import { isCodeTool, sentAs, transactionModels } from '../../src/migrations/transaction-models.ts';
import { migrationToolsPage } from '../../src/report/migration-tools-page.ts';

const names = Object.keys(transactionModels) as (keyof typeof transactionModels)[];

test('every tool that is read is described, and every other one says where its SQL comes from', () => {
  for (const name of Object.keys(tools)) assert.ok(names.includes(name as (typeof names)[number]), name);
  for (const name of names) {
    assert.equal(isCodeTool(name), !Object.hasOwn(tools, name));
    if (isCodeTool(name)) assert.ok(transactionModels[name].sql, name);
  }
});

test('what a tool does to a file that says nothing is what its reader says of it', async () => {
  const texts: Readonly<Record<string, string>> = {
    dbmate: '-- migrate:up\nselect 1;\n-- migrate:down\n',
    goose: '-- +goose Up\nselect 1;\n',
    'sql-migrate': '-- +migrate Up\nselect 1;\n',
  };
  for (const [name, tool] of Object.entries(tools)) {
    const text = texts[name] ?? 'select 1; select 2;';
    const source = { path: 'x.sql', text, bytes: Buffer.byteLength(text), checksum: '' };
    const { transaction } = await tool.read(source);
    assert.equal(transaction, transactionModels[name as keyof typeof tools].transaction, name);
  }
});

const printed: readonly (readonly [keyof typeof transactionModels, text: string, expected: string])[] = [
  ['django', 'ALTER TABLE t ADD COLUMN a int;', 'file'],
  ['django', 'BEGIN;\n--\n-- Add field a to t\n--\nALTER TABLE t ADD COLUMN a int;\nCOMMIT;\n', 'none'],
  ['django', '--\n-- Concurrently create index i\n--\nCREATE INDEX CONCURRENTLY i ON t (a);\n', 'none'],
  ['alembic', '-- Running upgrade a -> b\n\nCREATE INDEX CONCURRENTLY i ON t (a);\n', 'none'],
  ['alembic', '-- running it\nSELECT 1;', 'file'],
  ['rails', '/* by hand */ start transaction; select 1; commit;', 'none'],
  ['rails', 'create table beginning (begin_at date);', 'file'],
  ['golang-migrate', 'select 1;', 'implicit'],
  ['sequelize', 'select 1;', 'none'],
];
for (const [tool, text, expected] of printed)
  test(`${tool} sends ${JSON.stringify(text).slice(0, 60)} as ${expected}`, () => {
    assert.equal(sentAs(transactionModels[tool], text), expected);
  });

test('the page has every tool with its way out of the transaction', () => {
  const page = migrationToolsPage(transactionModels, (name) => name in tools);
  for (const name of names) {
    const row = page
      .split('\n')
      .find((line) => line.startsWith(`| ${transactionModels[name].title} (\`${name}\`)`));
    assert.ok(row, name);
    assert.equal(row.match(/(?<!\\)\|/g)?.length, 6, row);
    const { leaves } = transactionModels[name];
    if (leaves.by === 'directive') assert.ok(row.includes(leaves.directive.replaceAll('|', '\\|')), row);
  }
});
