import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dbmate } from '../../src/migrations/dbmate.ts';
import { goose } from '../../src/migrations/goose.ts';
import { liquibase } from '../../src/migrations/liquibase.ts';
import type { MigrationTool } from '../../src/migrations/migration.ts';
import { nodePgMigrate } from '../../src/migrations/node-pg-migrate.ts';
import { sqlMigrate } from '../../src/migrations/sql-migrate.ts';
import { memoryTree } from '../support/memory-tree.ts';
import { listed, ordered, refused, sameVersion, sent, slice } from './tools.ts';

const GOOSE = '-- +goose Up\nselect 1;\n-- +goose Down\nselect 2;\n';

ordered(
  goose,
  { '10_c.sql': GOOSE, '00009_b.sql': GOOSE, '2_a.sql': GOOSE, '3.sql': GOOSE, 'n/1_x.sql': GOOSE },
  [
    ['2', '2_a.sql'],
    ['9', '00009_b.sql'],
    ['10', '10_c.sql'],
  ],
);
sameVersion(goose, { '2_a.sql': GOOSE, '002_b.sql': GOOSE }, ['002_b.sql', '2_a.sql']);
sent(goose, '1_a.sql', [
  [GOOSE, 'file'],
  [`-- +goose NO TRANSACTION\n${GOOSE}`, 'none'],
  [`${GOOSE}--+goose NO TRANSACTION`, 'none'],
  [` -- +goose NO TRANSACTION\n${GOOSE}`, 'file'],
  [`-- not +goose NO TRANSACTION\n${GOOSE}`, 'file'],
]);
refused(goose, '1_a.sql', [
  ['no mark', 'select 1;', /needs a line "-- \+goose Up"/],
  ['two ups', '-- +goose Up\n-- +goose Up\n', /stands there twice/],
  ['down first', '-- +goose Down\n-- +goose Up\n', /must stand before/],
]);

test('goose: the parts are byte ranges of the file', async () => {
  const up = "-- +goose Up\r\n-- +goose StatementBegin\r\nselect 'é';\r\n-- +goose StatementEnd\r\n";
  const down = '-- +goose Down\r\nselect 2;\r\n';
  const [one] = await listed(goose, {
    '1_a.sql': `-- ü\r\n${up}${down}`,
    '2_b.sql': '-- +goose Up\nselect 1;',
  });
  assert.ok(one?.down);
  assert.deepEqual([slice(one.up, one.text), slice(one.down, one.down.text)], [up, down]);
  const [, alone] = await listed(goose, { '1_a.sql': GOOSE, '2_b.sql': '-- +goose Up\nselect 1;' });
  assert.equal(alone?.down, undefined);
});

const MIGRATE = '-- +migrate Up\nselect 1;\n-- +migrate Down\nselect 2;\n';

ordered(sqlMigrate, { '10_c.sql': MIGRATE, '9_b.sql': MIGRATE, 'readme.md': '' }, [
  ['9_b.sql', '9_b.sql'],
  ['10_c.sql', '10_c.sql'],
]);
sent(sqlMigrate, '1.sql', [
  [MIGRATE, 'file'],
  [MIGRATE.replace('Up', 'Up notransaction'), 'none'],
  [MIGRATE.replace('Down', 'Down notransaction'), 'file'],
  [MIGRATE.replace('Up', 'Up notransactions'), 'file'],
]);
refused(sqlMigrate, '1.sql', [['no mark', '--+migrate Up\nselect 1;', /needs a line "-- \+migrate Up"/]]);

test('sql-migrate: the parts may stand in either order', async () => {
  const [up, down] = ['-- +migrate Up\nselect 1;\n', '-- +migrate Down\nselect 2;\n'];
  const list = await listed(sqlMigrate, { '1.sql': up + down, '2.sql': down + up });
  for (const one of list) {
    assert.ok(one.down);
    assert.deepEqual([slice(one.up, one.text), slice(one.down, one.text)], [up, down]);
  }
  assert.equal(list.length, 2);
});

const NPM = '-- Up Migration\nselect 1;\n-- Down Migration\nselect 2;\n';

ordered(nodePgMigrate, { '1700000000002_b.sql': NPM, '1700000000001_a.sql': NPM, 'x.js': '' }, [
  ['1700000000001_a', '1700000000001_a.sql'],
  ['1700000000002_b', '1700000000002_b.sql'],
]);
sent(nodePgMigrate, '1_a.sql', [[NPM, 'file']]);

test('node-pg-migrate: parts by marks in any case, or in two files', async () => {
  const list = await listed(nodePgMigrate, {
    '1_a.sql': '---- up   migration\nselect 1;\n--down MIGRATION\nselect 2;\n',
    '2_b.up.sql': 'select 3;',
    '2_b.down.sql': 'select 4;',
    '3_c.sql': 'select 5;\n',
  });
  assert.deepEqual(
    list.map(({ up, down, text }) => [slice(up, text), down && slice(down, down.text)]),
    [
      ['---- up   migration\nselect 1;\n', '--down MIGRATION\nselect 2;\n'],
      ['select 3;', 'select 4;'],
      ['select 5;\n', undefined],
    ],
  );
});

const HEAD = '--liquibase formatted sql\n\n';
const FIRST = '--changeset ann:1\ncreate table a (i int);\n--rollback drop table a;\n';
const SECOND = '-- changeset ann:2 runInTransaction:false\ncreate index concurrently on a (i);\n';

sent(liquibase, '1.sql', [
  [HEAD + FIRST, 'file'],
  [HEAD + SECOND, 'none'],
  [`${HEAD}--changeset a:1 splitStatements:false runInTransaction:"false"\nselect 1;`, 'implicit'],
]);

test('liquibase: each changeset is a migration, and one more makes no other of those before it', async () => {
  const [one, two] = await listed(liquibase, { '1.sql': HEAD + FIRST + SECOND, 'notes.sql': 'select 1;' });
  assert.deepEqual([one?.version, two?.version], ['m/1.sql::1::ann', 'm/1.sql::2::ann']);
  assert.deepEqual([one?.name, two?.name], ['ann:1', 'ann:2']);
  assert.deepEqual(
    [one, two].map((each) => each && slice(each.up, each.text)),
    [FIRST, SECOND],
  );
  const [before] = await listed(liquibase, { '1.sql': HEAD + FIRST.replaceAll('\n', '\r\n') });
  assert.equal(before?.checksum, one?.checksum);
  const [other] = await listed(liquibase, { '1.sql': HEAD + FIRST.replace('int', 'bigint') });
  assert.notEqual(other?.checksum, one?.checksum);
});

test('liquibase: what runs on every change may be edited', async () => {
  const [view] = await listed(liquibase, { '1.sql': `${HEAD}--changeset a:v runOnChange:true\nselect 1;` });
  assert.equal(view?.repeatable, true);
});

test('liquibase: what is for another database, or ignored, is none of ours', async () => {
  const attributes = [
    'dbms:mysql',
    'dbms:mysql,postgresql',
    'dbms:!postgresql',
    'dbms:!mysql',
    'dbms:none',
    'dbms:all',
    'ignore:true',
  ];
  const text = attributes.map((each, at) => `--changeset a:${at} ${each}\nselect 1;\n`).join('');
  const list = await listed(liquibase, { '1.sql': HEAD + text });
  assert.deepEqual(
    list.map(({ name }) => name),
    ['a:1', 'a:3', 'a:5'],
  );
});

test('liquibase: one name in two files is two changesets, unless they have one logical path', async () => {
  const twice = { '1.sql': HEAD + FIRST, '2.sql': HEAD + FIRST };
  const versions = async (files: Readonly<Record<string, string>>) =>
    (await listed(liquibase, files)).map(({ version }) => version);
  assert.deepEqual(await versions(twice), ['m/1.sql::1::ann', 'm/2.sql::1::ann']);
  const logical = HEAD.replace('sql\n', 'sql logicalFilePath:shop.sql\n') + FIRST;
  assert.deepEqual(await versions({ '1.sql': logical }), ['shop.sql::1::ann']);
  const own = HEAD + FIRST.replace('ann:1', 'ann:1 logicalFilePath:own.sql');
  assert.deepEqual(await versions({ '1.sql': own }), ['own.sql::1::ann']);
});

test('liquibase: the path begins behind the resources of Maven', async () => {
  const path = 'api/src/main/resources/db/changelog/1.sql';
  const list = await liquibase.list(
    memoryTree({ [path]: HEAD + FIRST }),
    'api/src/main/resources/db/changelog',
  );
  assert.equal(list[0]?.version, 'db/changelog/1.sql::1::ann');
});

test('liquibase: rollback lines are the way back, at their places in the file', async () => {
  const text = `${HEAD}-- ünï\n--changeset a:1\ninsert into a values ('é');\n--rollback delete\n--rollback from a;\r\n--changeset a:2\nselect 1;\n/* liquibase rollback\nselect 'ü';\n*/\n--changeset a:3\nselect 1;\n--rollback empty\n`;
  const [one, two, three] = await listed(liquibase, { '1.sql': text });
  assert.ok(one?.down && two?.down);
  const [first, second] = [one.down, two.down];
  assert.equal(Buffer.byteLength(first.text), Buffer.byteLength(text));
  assert.equal(slice(first, first.text).trim().replaceAll(/\s+/g, ' '), 'delete from a;');
  assert.equal(Buffer.from(first.text).indexOf('delete'), Buffer.from(text).indexOf('delete'));
  assert.equal(slice(second, second.text).trim(), "select 'ü';");
  assert.equal(three?.down, undefined);
});

test('the down part has a way out of the transaction of its own', async () => {
  const cases: readonly (readonly [MigrationTool, string, string])[] = [
    [dbmate, '-- migrate:up\nselect 1;\n-- migrate:down transaction:false\nselect 2;\n', 'implicit'],
    [dbmate, '-- migrate:up transaction:false\nselect 1;\n-- migrate:down\nselect 2;\n', 'file'],
    [sqlMigrate, '-- +migrate Up\nselect 1;\n-- +migrate Down notransaction\nselect 2;\n', 'none'],
    [sqlMigrate, '-- +migrate Up notransaction\nselect 1;\n-- +migrate Down\nselect 2;\n', 'file'],
  ];
  for (const [tool, text, expected] of cases) {
    const [one] = await listed(tool, { '1_a.sql': text });
    assert.equal(one?.down?.transaction, expected, text);
    assert.notEqual(one.transaction, expected, text);
  }
});
