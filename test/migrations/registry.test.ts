import assert from 'node:assert/strict';
import { test } from 'node:test';
import { detectTool, type ToolName, tools } from '../../src/migrations/registry.ts';
import { MIGRATION_TOOLS } from '../../src/policy/schema.ts';
import { memoryTree } from '../support/memory-tree.ts';

type Case = {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly tool?: ToolName;
  readonly directory?: string;
  readonly expected?: readonly [tool: string, directory: string];
  readonly refused?: RegExp;
};

const DBMATE = '-- migrate:up\nselect 1;\n-- migrate:down\n';
const GOOSE = '-- +goose Up\nselect 1;\n-- +goose Down\n';
const SQL_MIGRATE = '-- +migrate Up\nselect 1;\n-- +migrate Down\n';
const JOURNAL = '{"dialect":"postgresql","entries":[{"tag":"0000_a","when":1}]}';

const cases: readonly Case[] = [
  { name: 'nothing there', files: { 'README.md': '' } },
  { name: 'sql', files: { 'migrations/1.sql': '' }, expected: ['sql', 'migrations'] },
  { name: 'dbmate', files: { 'db/migrations/1_a.sql': DBMATE }, expected: ['dbmate', 'db/migrations'] },
  { name: 'goose', files: { 'migrations/1_a.sql': GOOSE }, expected: ['goose', 'migrations'] },
  {
    name: 'sql-migrate',
    files: { 'migrations/1_a.sql': SQL_MIGRATE },
    expected: ['sql-migrate', 'migrations'],
  },
  {
    name: 'prisma',
    files: { 'prisma/migrations/1_a/migration.sql': '' },
    expected: ['prisma', 'prisma/migrations'],
  },
  { name: 'flyway', files: { 'db/migration/V1__a.sql': '' }, expected: ['flyway', 'db/migration'] },
  {
    name: 'golang-migrate is told by go.mod',
    files: {
      'migrations/1_a.up.sql': '',
      'go.mod': 'require (\n\tgithub.com/golang-migrate/migrate/v4 v4.18.1\n)\n',
    },
    expected: ['golang-migrate', 'migrations'],
  },
  {
    name: 'the same names alone are sql',
    files: { 'migrations/1_a.up.sql': '' },
    expected: ['sql', 'migrations'],
  },
  {
    name: 'another go.mod says nothing',
    files: { 'migrations/1_a.up.sql': '', 'go.mod': 'module example.org/shop\n' },
    expected: ['sql', 'migrations'],
  },
  {
    name: 'sqlx is told by Cargo.toml',
    files: { 'migrations/1_a.sql': '', 'Cargo.toml': '[dependencies]\nsqlx = { version = "0.8" }\n' },
    expected: ['sqlx', 'migrations'],
  },
  {
    name: 'a manifest above the folder counts, one beside it does not',
    files: {
      'api/migrations/1_a.sql': '',
      'api/Cargo.toml': '[dependencies]\nsqlx = "0.8"\n',
      'web/Cargo.toml': '',
    },
    directory: 'api/migrations',
    expected: ['sqlx', 'api/migrations'],
  },
  {
    name: 'diesel is told by diesel.toml',
    files: { 'migrations/2024-01-01-000000_a/up.sql': '', 'diesel.toml': '' },
    expected: ['diesel', 'migrations'],
  },
  {
    name: 'node-pg-migrate is told by package.json',
    files: { 'migrations/1_a.sql': '', 'package.json': '{"dependencies":{"node-pg-migrate":"^9"}}' },
    expected: ['node-pg-migrate', 'migrations'],
  },
  {
    name: 'node-pg-migrate is told by its mark',
    files: { 'migrations/1_a.sql': '-- Up Migration\nselect 1;\n' },
    expected: ['node-pg-migrate', 'migrations'],
  },
  {
    name: 'graphile-migrate',
    files: { 'migrations/committed/000001.sql': '--! Previous: -\n--! Hash: sha1:1\n\nselect 1;\n' },
    expected: ['graphile-migrate', 'migrations'],
  },
  {
    name: 'drizzle',
    files: { 'drizzle/0000_a.sql': '', 'drizzle/meta/_journal.json': JOURNAL },
    expected: ['drizzle', 'drizzle'],
  },
  {
    name: 'a journal of another database is not ours',
    files: {
      'migrations/0000_a.sql': '',
      'migrations/meta/_journal.json': JOURNAL.replace('postgresql', 'sqlite'),
    },
    expected: ['sql', 'migrations'],
  },
  {
    name: 'supabase is told by its folder',
    files: { 'supabase/migrations/20240101000000_a.sql': '' },
    expected: ['supabase', 'supabase/migrations'],
  },
  {
    name: 'sqitch',
    files: { 'sqitch.plan': '%project=app\n', 'deploy/a.sql': '' },
    expected: ['sqitch', '.'],
  },
  {
    name: 'liquibase',
    files: { 'db/changelog/1.sql': '--liquibase formatted sql\n--changeset a:1\nselect 1;\n' },
    expected: ['liquibase', 'db/changelog'],
  },
  {
    name: 'atlas is told by atlas.sum',
    files: { 'migrations/20240101_a.sql': '', 'migrations/atlas.sum': 'h1:' },
    expected: ['atlas', 'migrations'],
  },
  {
    name: 'an atlas.sum beside the files of another tool',
    files: { 'migrations/1_a.sql': GOOSE, 'migrations/atlas.sum': 'h1:' },
    expected: ['goose', 'migrations'],
  },
  {
    name: 'hasura is told by config.yaml',
    files: {
      'hasura/migrations/default/1654696186008_init/up.sql': '',
      'hasura/config.yaml': 'version: 3\nendpoint: http://localhost:8080\nmetadata_directory: metadata\n',
    },
    expected: ['hasura', 'hasura/migrations/default'],
  },
  {
    name: 'several folders',
    files: { 'migrations/1.sql': '', 'db/migrations/1_a.sql': DBMATE },
    refused: /fits: migrations \(sql\), db\/migrations \(dbmate\)/,
  },
  {
    name: 'several tools in one folder',
    files: { 'migrations/1_a.sql': GOOSE, 'migrations/V2__b.sql': '' },
    refused: /stand in one folder: migrations \(flyway\), migrations \(goose\)/,
  },
  {
    name: 'several folders, one named',
    files: { 'migrations/1.sql': '', 'db/migrations/1_a.sql': DBMATE },
    directory: 'db/migrations/',
    expected: ['dbmate', 'db/migrations'],
  },
  {
    name: 'several folders, a tool named',
    files: { 'migrations/1.sql': '', 'db/migrations/1_a.sql': DBMATE },
    tool: 'sql',
    expected: ['sql', 'migrations'],
  },
  { name: 'an unusual folder', files: { 'x/y/1.sql': '' }, directory: 'x/y', expected: ['sql', 'x/y'] },
  {
    name: 'folder and tool named: taken at their word',
    files: { 'x/1_a.sql': DBMATE },
    tool: 'sql',
    directory: 'x',
    expected: ['sql', 'x'],
  },
  { name: 'the top of the tree', files: { '1.sql': '' }, directory: '.', expected: ['sql', '.'] },
  { name: 'the top, dbmate', files: { '1_a.sql': DBMATE }, directory: '.', expected: ['dbmate', '.'] },
  { name: 'the top, prisma', files: { '1_a/migration.sql': '' }, directory: '.', expected: ['prisma', '.'] },
  { name: 'a missing folder', files: {}, directory: 'x', refused: /x is missing or empty/ },
  {
    name: 'a folder of another tool',
    files: { 'x/changelog.xml': '' },
    directory: 'x',
    refused: /x does not look like/,
  },
  {
    name: 'a tool without its folder',
    files: { 'migrations/1.sql': '' },
    tool: 'prisma',
    refused: /No folder of prisma/,
  },
];

for (const { name, files, tool = 'auto', directory, expected, refused } of cases) {
  test(name, async () => {
    const tree = memoryTree(files);
    const detection = detectTool(tree, { tool, directory });
    if (refused !== undefined) {
      await assert.rejects(detection, { name: 'UserError', message: refused });
      return;
    }
    const detected = await detection;
    assert.deepEqual(detected && [detected.tool.name, detected.directory], expected);
  });
}

for (const [name, tool] of Object.entries({
  '1_dbmate.sql': 'dbmate',
  '1_a/migration.sql': 'prisma',
  '1.sql': 'sql',
})) {
  test(`${tool} migrations at the top keep their path`, async () => {
    const tree = memoryTree({ [name]: tool === 'dbmate' ? DBMATE : 'select 1;' });
    const detected = await detectTool(tree, { tool: 'auto', directory: '.' });
    const list = (await detected?.tool.list(tree, '.')) ?? [];
    assert.deepEqual(
      list.map(({ path }) => path),
      [name],
    );
  });
}

test('the policy takes every tool that is read, under its own name', () => {
  assert.deepEqual([...MIGRATION_TOOLS], ['auto', ...Object.keys(tools)]);
  for (const [name, tool] of Object.entries(tools)) assert.equal(tool.name, name);
});
