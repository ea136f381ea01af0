import assert from 'node:assert/strict';
import { test } from 'node:test';
import { duplicates } from '../../src/migrations/duplicates.ts';
import { sql } from '../../src/migrations/sql.ts';
import { memoryTree } from '../support/memory-tree.ts';

async function listed(files: Record<string, string | Buffer>) {
  return sql.list(memoryTree(files), 'migrations');
}

test('files are ordered by number, then name, with their down parts', async () => {
  const list = await listed({
    'migrations/10_ten.sql': 'select 10;',
    'migrations/9_nine.up.sql': 'select 9;',
    'migrations/9_nine.down.sql': 'select -9;',
    'migrations/001-2fa.sql': 'select 1;',
    'migrations/2024-01-02-000000_b/up.sql': 'select 4;',
    'migrations/2024-01-02-000000_b/down.sql': 'select -4;',
    'migrations/2024-01-01-000000_a/up.sql': 'select 3;',
    'migrations/20990101.sql': 'select 5;',
    'migrations/README.md': '',
    'migrations/seeds/demo.sql': '',
  });
  assert.deepEqual(
    list.map(({ version, name, path, down }) => [version, name, path, down?.path]),
    [
      ['001', '001-2fa', 'migrations/001-2fa.sql', undefined],
      ['9', '9_nine', 'migrations/9_nine.up.sql', 'migrations/9_nine.down.sql'],
      ['10', '10_ten', 'migrations/10_ten.sql', undefined],
      ['2024-01-01-000000', '2024-01-01-000000_a', 'migrations/2024-01-01-000000_a/up.sql', undefined],
      [
        '2024-01-02-000000',
        '2024-01-02-000000_b',
        'migrations/2024-01-02-000000_b/up.sql',
        'migrations/2024-01-02-000000_b/down.sql',
      ],
      ['20990101', '20990101', 'migrations/20990101.sql', undefined],
    ],
  );
  assert.equal(list[1]?.down?.text, 'select -9;');
});

test('the up part is the whole file in bytes, byte order mark and CRLF kept', async () => {
  const text = '\uFEFF-- é\r\nselect 1;\r\n';
  const [migration] = await listed({ 'migrations/1.sql': text });
  assert.equal(migration?.text, text);
  assert.deepEqual(migration?.up, { startByte: 0, endByte: Buffer.byteLength(text) });
});

const transactions: readonly [text: string, expected: 'file' | 'none'][] = [
  ['select 1;', 'file'],
  ['-- pullgres:no-transaction\ncreate index concurrently i on t (a);', 'none'],
  ['\uFEFF-- why\r\n\r\n--pullgres:no-transaction\r\nselect 1;', 'none'],
  ['select 1;\n-- pullgres:no-transaction', 'file'],
  ['-- pullgres:no-transactions', 'file'],
];
for (const [text, expected] of transactions) {
  test(`transaction ${expected}: ${JSON.stringify(text)}`, async () => {
    assert.equal((await listed({ 'migrations/1.sql': text }))[0]?.transaction, expected);
  });
}

test('an empty migration is taken', async () => {
  const [migration] = await listed({ 'migrations/1_nothing.sql': '' });
  assert.deepEqual(migration?.up, { startByte: 0, endByte: 0 });
});

test('a migration of 10 MB is listed whole', async () => {
  const text = `select '${'é'.repeat(5_000_000)}';`;
  assert.equal((await listed({ 'migrations/1.sql': text }))[0]?.up.endByte, Buffer.byteLength(text));
});

const refusals: readonly [name: string, files: Record<string, string | Buffer>, message: RegExp][] = [
  [
    'no version',
    { 'migrations/1.sql': '', 'migrations/orders.sql': '' },
    /migrations\/orders\.sql has no version/,
  ],
  [
    'a down without an up',
    { 'migrations/1.down.sql': '' },
    /1\.down\.sql is a down migration without its up/,
  ],
  [
    'not UTF-8',
    { 'migrations/1.sql': Buffer.from([0x2d, 0x2d, 0xff]) },
    /migrations\/1\.sql is not UTF-8.*offset 2/,
  ],
];
for (const [name, files, message] of refusals) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(listed(files), { name: 'UserError', message });
  });
}

test('a version with zeros before it is the same, and told', async () => {
  const list = await listed({ 'migrations/7_a.sql': '', 'migrations/007_b.sql': '', 'migrations/8.sql': '' });
  assert.deepEqual(
    duplicates(list, sql).map(({ first, second }) => [first.version, second.version]),
    [['007', '7']],
  );
});

test('detection looks for numbered files without the marks of another tool', async () => {
  const tree = memoryTree({
    'migrations/0001_a.sql': 'select 1;',
    'db/migrations/1_a.sql': '-- migrate:up\n-- migrate:down\n',
    'sql/migrations/1_a.sql': '-- +goose Up\nselect 1;',
    'database/migrations/V1__flyway.sql': 'select 1;',
    'supabase/migrations/20240101000000_a.sql': 'select 1;',
  });
  assert.deepEqual(await sql.detect(tree), ['migrations', 'supabase/migrations']);
});
