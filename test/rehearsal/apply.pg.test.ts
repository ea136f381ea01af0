import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atlas } from '../../src/migrations/atlas.ts';
import { dbmate } from '../../src/migrations/dbmate.ts';
import { diesel } from '../../src/migrations/diesel.ts';
import { drizzle } from '../../src/migrations/drizzle.ts';
import { flyway } from '../../src/migrations/flyway.ts';
import { goose } from '../../src/migrations/goose.ts';
import { liquibase } from '../../src/migrations/liquibase.ts';
import type { Migration, RehearsableTool } from '../../src/migrations/migration.ts';
import { nodePgMigrate } from '../../src/migrations/node-pg-migrate.ts';
import { prisma } from '../../src/migrations/prisma.ts';
import { sql } from '../../src/migrations/sql.ts';
import { sqlMigrate } from '../../src/migrations/sql-migrate.ts';
import { sqlx } from '../../src/migrations/sqlx.ts';
import { supabase } from '../../src/migrations/supabase.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { applyMigrations } from '../../src/rehearsal/apply.ts';
import { memoryTree } from '../support/memory-tree.ts';
import { dbmateMigrations, NO_TRANSACTION, prismaMigrations, sqlMigrations } from '../support/migrations.ts';
import { freshDatabase } from '../support/postgres.ts';

async function rows(facts: ConnectionFacts, query: string): Promise<Record<string, unknown>[]> {
  const connection = await openConnection(facts, { applicationName: 'test' });
  try {
    return (await connection.query(query)).rows;
  } finally {
    await connection.close();
  }
}

async function apply(facts: ConnectionFacts, tool: RehearsableTool, migrations: readonly Migration[]) {
  const said: string[] = [];
  await applyMigrations({ facts, migrations, history: tool.history, onProgress: (line) => said.push(line) });
  return said;
}

async function applied(
  facts: ConnectionFacts,
  tool: RehearsableTool,
  migrations: readonly Migration[] = [],
): Promise<readonly string[]> {
  const connection = await openConnection(facts, { applicationName: 'test' });
  try {
    return await tool.history.applied(connection, migrations);
  } finally {
    await connection.close();
  }
}

/** Migrations of these texts under the names that the tool takes. */
function listedBy(tool: RehearsableTool, nameOf: (at: number) => string, head = '') {
  return (...texts: string[]) => {
    const files = texts.map((text, at) => [`m/${nameOf(at + 1)}`, head + text]);
    return tool.list(memoryTree(Object.fromEntries(files)), 'm');
  };
}

function drizzleMigrations(...texts: string[]): Promise<readonly Migration[]> {
  const entries = texts.map((_, at) => ({ tag: `${at + 1}_step`, when: at + 1 }));
  const files = texts.map((text, at) => [`m/${at + 1}_step.sql`, text]);
  const journal = JSON.stringify({ dialect: 'postgresql', entries });
  const tree = { ...Object.fromEntries(files), 'm/meta/_journal.json': journal };
  return drizzle.list(memoryTree(tree), 'm');
}

const builders: readonly [
  RehearsableTool,
  (...texts: string[]) => Promise<readonly Migration[]>,
  string[],
][] = [
  [sql, sqlMigrations, ['1', '2']],
  [dbmate, (...texts) => dbmateMigrations(...texts.map((text) => `\n${text}`)), ['1', '2']],
  [prisma, prismaMigrations, ['1_step', '2_step']],
  [supabase, listedBy(supabase, (at) => `${at}_step.sql`), ['1', '2']],
  [sqlx, listedBy(sqlx, (at) => `${at}_step.sql`), ['1', '2']],
  [diesel, listedBy(diesel, (at) => `${at}_step/up.sql`), ['1', '2']],
  [flyway, listedBy(flyway, (at) => `V${at}__step.sql`), ['1', '2']],
  [goose, listedBy(goose, (at) => `${at}_step.sql`, '-- +goose Up\n'), ['1', '2']],
  [sqlMigrate, listedBy(sqlMigrate, (at) => `${at}.sql`, '-- +migrate Up\n'), ['1.sql', '2.sql']],
  [nodePgMigrate, listedBy(nodePgMigrate, (at) => `${at}_step.sql`), ['1_step', '2_step']],
  [atlas, listedBy(atlas, (at) => `${at}_step.sql`), ['1', '2']],
  [
    liquibase,
    listedBy(liquibase, (at) => `${at}.sql`, '--liquibase formatted sql\n--changeset ann:1\n'),
    ['m/1.sql::1::ann', 'm/2.sql::1::ann'],
  ],
  [drizzle, drizzleMigrations, ['1_step', '2_step']],
];

for (const [tool, build, versions] of builders) {
  test(`${tool.name}: applied in order and recorded`, async () => {
    const facts = await freshDatabase();
    assert.deepEqual(await applied(facts, tool), []);
    const migrations = await build(
      'create table a (id int primary key);',
      'create table b (id int references a);\ninsert into a values (1);',
    );
    const said = await apply(facts, tool, migrations);
    assert.deepEqual(await applied(facts, tool, migrations), versions);
    assert.deepEqual(await rows(facts, 'select * from a'), [{ id: 1 }]);
    assert.match(said[1] ?? '', /\(2 of 2\)/);
  });

  test(`${tool.name}: what fails is rolled back whole and not recorded, what stood before it stays`, async () => {
    const facts = await freshDatabase();
    const migrations = await build(
      'create table a ();',
      "create table b ();\nselect 'é', 1 / 0;\n",
      'create table c ();',
    );
    await assert.rejects(apply(facts, tool, migrations), {
      name: 'UserError',
      message: /^m\/V?2.*: division by zero$/,
    });
    assert.deepEqual(await applied(facts, tool, migrations.slice(0, 1)), versions.slice(0, 1));
    assert.deepEqual(await rows(facts, "select to_regclass('b') as b, to_regclass('c') as c"), [
      { b: null, c: null },
    ]);
  });
}

test('a syntax error is told with line and column in the file and the hint of the server', async () => {
  const facts = await freshDatabase();
  const migrations = await dbmateMigrations("\r\nselect 'ünï🎉'\r\n, nosuch('é');");
  await assert.rejects(apply(facts, dbmate, migrations), {
    name: 'UserError',
    message: /^m\/1\.sql:3:3: function nosuch\(unknown\) does not exist$/,
    hint: /No function matches/,
  });
});

test('without a transaction, statements before the failure stay', async () => {
  const facts = await freshDatabase();
  const migrations = await sqlMigrations(
    `${NO_TRANSACTION}create table a (id int);\ncreate index concurrently i on a (id);\nselect nothing;`,
  );
  await assert.rejects(apply(facts, sql, migrations), {
    message: /^m\/1\.sql:4:8: column "nothing" does not exist$/,
  });
  assert.deepEqual(await rows(facts, "select to_regclass('i')::text as i"), [{ i: 'i' }]);
  assert.deepEqual(await applied(facts, sql), []);
});

test('settings of one migration do not reach the next', async () => {
  const facts = await freshDatabase();
  await apply(
    facts,
    sql,
    await sqlMigrations('create schema s; set search_path to s;', 'create table t ();'),
  );
  assert.deepEqual(await rows(facts, "select to_regclass('public.t')::text as t"), [{ t: 't' }]);
});

test('a byte order mark and psql restrict lines are no obstacle', async () => {
  const facts = await freshDatabase();
  await apply(
    facts,
    sql,
    await sqlMigrations('\uFEFF-- dump\n\\restrict abc\r\ncreate table t ();\r\n\\unrestrict abc\r\n'),
  );
  assert.deepEqual(await rows(facts, "select to_regclass('t')::text as t"), [{ t: 't' }]);
});

test("Prisma's record of a failed migration is said", async () => {
  const facts = await freshDatabase();
  await apply(facts, prisma, await prismaMigrations('select 1;'));
  await rows(
    facts,
    "insert into _prisma_migrations (id, checksum, migration_name) values ('x', 'y', '2_broken')",
  );
  await assert.rejects(applied(facts, prisma), {
    name: 'UserError',
    message: /2_broken began and never finished/,
  });
  await rows(facts, "update _prisma_migrations set rolled_back_at = now() where id = 'x'");
  assert.deepEqual(await applied(facts, prisma), ['1_step']);
});

test('an abort ends the running statement and throws its reason', async () => {
  const facts = await freshDatabase();
  const reason = new Error('cancelled by the runner');
  const controller = new AbortController();
  const request = {
    facts,
    migrations: await sqlMigrations('create table t (); select pg_sleep(60);'),
    history: sql.history,
    signal: controller.signal,
    onProgress: () => void setTimeout(() => controller.abort(reason), 200),
  };
  await assert.rejects(applyMigrations(request), (error) => error === reason);
  assert.deepEqual(await rows(facts, "select to_regclass('t') as t"), [{ t: null }]);
});

test('a sqlx migration that never finished is told, not passed over', async () => {
  const facts = await freshDatabase();
  await apply(facts, sqlx, await listedBy(sqlx, () => '1_first_step.sql')('select 1;'));
  assert.deepEqual(await rows(facts, 'select description, length(checksum) as bytes from _sqlx_migrations'), [
    { description: 'first step', bytes: 48 },
  ]);
  await rows(facts, 'update _sqlx_migrations set success = false');
  await assert.rejects(applied(facts, sqlx), {
    name: 'UserError',
    message: /version 1 began and never finished/,
  });
});

test('drizzle: one that the journal puts before what ran is told, for drizzle passes over it', async () => {
  const facts = await freshDatabase();
  const [first, second] = await drizzleMigrations('select 1;', 'select 2;');
  assert.ok(first && second);
  await apply(facts, drizzle, [second]);
  const connection = await openConnection(facts, { applicationName: 'test' });
  try {
    await assert.rejects(drizzle.history.applied(connection, [first]), {
      name: 'UserError',
      message: /drizzle passes over m\/1_step\.sql/,
    });
    assert.deepEqual(await drizzle.history.applied(connection, [second]), ['2_step']);
  } finally {
    await connection.close();
  }
});

for (const [text, name] of [
  ['drop table public.pullgres_migrations;', 'file'],
  [`${NO_TRANSACTION}drop table public.pullgres_migrations;`, 'none'],
] as const) {
  test(`a migration that drops its own history is refused with its place, transaction ${name}`, async () => {
    const facts = await freshDatabase();
    await assert.rejects(apply(facts, sql, await sqlMigrations(text)), {
      name: 'UserError',
      message: /^m\/1\.sql.*: relation "public\.pullgres_migrations" does not exist$/,
    });
  });
}
