import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { tools } from '../../src/migrations/registry.ts';
import { rehearsedTools } from '../../src/migrations/rehearsed-tools.ts';
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

test('where SQL comes out of a log, the page says that the log is not SQL', () => {
  for (const name of names) {
    const { sql = '' } = transactionModels[name];
    if (/\blog\b/i.test(sql.replaceAll(/`[^`]*`/g, ''))) assert.match(sql, /not SQL/, name);
  }
});

/** What the page's own code writes when the tool hands it these. */
function written(name: 'knex' | 'sequelize' | 'kysely', handed: readonly unknown[]): string {
  const code = transactionModels[name].sql?.match(/`([^`]*(?:=>)[^`]*)`/)?.[1] ?? '';
  let text = '';
  const write = (part: string) => {
    text += part;
  };
  const on = (_event: string, listener: (query: unknown) => void) => handed.forEach(listener);
  const migrate = { latest: async () => undefined };
  const required = Object.assign(() => ({ on, migrate, destroy: () => undefined }), {
    appendFileSync: (_file: string, part: string) => write(part),
  });
  const globals = { require: () => required, console: { log: (line: string) => write(`${line}\n`) } };
  if (name === 'knex') runInNewContext(code, globals);
  else {
    const log = runInNewContext(`(${code.replace(/^\w+: /, '')})`, globals) as (query: unknown) => void;
    handed.forEach((one) => {
      log(one);
    });
  }
  return text;
}

test('the code that the page gives writes the statements of migrations alone, as SQL', () => {
  const ddl = 'alter table a\n  add b int';
  const expected = `${ddl};\n`;
  const knex = ['BEGIN;', ddl, 'insert into "knex_migrations" ("name") values ($1)', 'COMMIT;'];
  assert.equal(
    written(
      'knex',
      knex.map((sql) => ({ sql })),
    ),
    expected,
  );
  const kysely = ['begin', 'select "name" from "kysely_migration"', ddl, 'commit'];
  assert.equal(
    written(
      'kysely',
      kysely.map((sql) => ({ query: { sql } })),
    ),
    expected,
  );
  const sequelize = ['SELECT 1+1 AS result', `${ddl};`, 'SELECT "name" FROM "SequelizeMeta";', ddl];
  assert.equal(
    written(
      'sequelize',
      sequelize.map((sql) => `Executing (default): ${sql}`),
    ),
    expected + expected,
  );
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
  const page = migrationToolsPage(transactionModels, (name) => name in tools, rehearsedTools);
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

test('the page says of every tool that is read where a rehearsal notes it, and of no other', () => {
  assert.deepEqual(Object.keys(rehearsedTools), Object.keys(tools));
  for (const [name, tool] of Object.entries(tools)) {
    const { history } = rehearsedTools[name as keyof typeof tools];
    assert.equal(history !== undefined, 'history' in tool && tool.history !== undefined, name);
  }
});
