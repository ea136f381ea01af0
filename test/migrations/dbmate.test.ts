import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dbmate } from '../../src/migrations/dbmate.ts';
import { duplicates, refuseDuplicates } from '../../src/migrations/duplicates.ts';
import { memoryTree } from '../support/memory-tree.ts';

async function listed(files: Record<string, string | Buffer>) {
  return dbmate.list(memoryTree(files), 'db/migrations');
}

function slice(text: string, range: { startByte: number; endByte: number } | undefined): string {
  return Buffer.from(text).toString('utf8', range?.startByte, range?.endByte);
}

test('the parts are byte ranges of the file, markers included', async () => {
  const up = '-- migrate:up\r\ncreate table été ();\r\n\r\n';
  const down = '--migrate:down\r\ndrop table été;\r\n';
  const text = `-- ünter\r\n${up}${down}`;
  const [migration] = await listed({ 'db/migrations/20240101_a.sql': text });
  assert.equal(slice(text, migration?.up), up);
  assert.equal(slice(text, migration?.down), down);
  assert.equal(migration?.version, '20240101');
  assert.equal(migration?.name, '20240101_a');
});

test('files are ordered by name; other files are passed over', async () => {
  const text = '-- migrate:up\n-- migrate:down\n';
  const list = await listed({
    'db/migrations/9.sql': text,
    'db/migrations/10.sql': text,
    'db/migrations/nested/1.sql': text,
    'db/migrations/seed.sql': text,
  });
  assert.deepEqual(
    list.map(({ version }) => version),
    ['10', '9'],
  );
});

const transactions: readonly [marker: string, expected: 'file' | 'implicit'][] = [
  ['-- migrate:up', 'file'],
  ['-- migrate:up transaction:false', 'implicit'],
  ['--  migrate:up  foo:bar transaction:false ', 'implicit'],
  ['-- migrate:up transaction:true', 'file'],
  ['-- migrate:up transaction:false transaction:true', 'file'],
  ['-- migrate:up transaction: false', 'file'],
];
for (const [marker, expected] of transactions) {
  test(`${marker} is ${expected}`, async () => {
    const [migration] = await listed({ 'db/migrations/1.sql': `${marker}\nselect 1;\n-- migrate:down\n` });
    assert.equal(migration?.transaction, expected);
  });
}

const refusals: readonly [name: string, text: string, message: RegExp][] = [
  ['no up', 'select 1;', /needs a line "-- migrate:up"/],
  ['no up: indented', '  -- migrate:up\n-- migrate:down\n', /needs a line "-- migrate:up"/],
  ['no up: after a byte order mark', '\uFEFF-- migrate:up\n-- migrate:down\n', /byte order mark/],
  ['no up: another word', '-- migrate:upwards\n-- migrate:down\n', /needs a line "-- migrate:up"/],
  ['no down', '-- migrate:up\nselect 1;', /needs a line "-- migrate:down"/],
  ['order', '-- migrate:down\n-- migrate:up\n', /must stand before/],
  ['early statement', 'select 1;\n-- migrate:up\n-- migrate:down\n', /a statement stands before/],
  ['two ups', '-- migrate:up\n-- migrate:down\n-- migrate:up\n-- migrate:down\n', /more than one/],
];
for (const [name, text, message] of refusals) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(listed({ 'db/migrations/1_a.sql': text }), { name: 'UserError', message });
  });
}

test('two migrations with one version stand beside each other, and are told', async () => {
  const text = '-- migrate:up\n-- migrate:down\n';
  const list = await listed({ 'db/migrations/1_a.sql': text, 'db/migrations/1_b.sql': text });
  assert.deepEqual(
    duplicates(list, dbmate).map(({ first, second }) => [first.name, second.name]),
    [['1_a', '1_b']],
  );
  assert.throws(() => refuseDuplicates(duplicates(list, dbmate)), {
    name: 'UserError',
    message: 'Two migrations have the version 1: db/migrations/1_a.sql and db/migrations/1_b.sql.',
  });
});

test('detection asks for the marker', async () => {
  const tree = memoryTree({
    'db/migrations/1.sql': '-- a note\n-- migrate:up\n-- migrate:down\n',
    'migrations/1.sql': 'select 1;',
  });
  assert.deepEqual(await dbmate.detect(tree), ['db/migrations']);
  assert.deepEqual(await dbmate.detect(tree, ['migrations']), []);
});
