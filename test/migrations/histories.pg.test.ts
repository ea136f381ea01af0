import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atlas } from '../../src/migrations/atlas.ts';
import { flyway } from '../../src/migrations/flyway.ts';
import { golangMigrate } from '../../src/migrations/golang-migrate.ts';
import { goose } from '../../src/migrations/goose.ts';
import { graphileMigrate } from '../../src/migrations/graphile-migrate.ts';
import type { Migration, RehearsableTool } from '../../src/migrations/migration.ts';
import { nodePgMigrate } from '../../src/migrations/node-pg-migrate.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { applyMigrations } from '../../src/rehearsal/apply.ts';
import { freshDatabase } from '../support/postgres.ts';
import { listed } from './tools.ts';

type Files = Readonly<Record<string, string>>;

async function connected<Result>(
  facts: ConnectionFacts,
  work: (connection: Connection) => Promise<Result>,
): Promise<Result> {
  const connection = await openConnection(facts, { applicationName: 'test' });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

async function apply(facts: ConnectionFacts, tool: RehearsableTool, migrations: readonly Migration[]) {
  await applyMigrations({ facts, migrations, history: tool.history, onProgress: () => undefined });
}

const applied = (facts: ConnectionFacts, tool: RehearsableTool, migrations: readonly Migration[]) =>
  connected(facts, (connection) => tool.history.applied(connection, migrations));

const rowsIn = (facts: ConnectionFacts, query: string) =>
  connected(facts, async (connection) => (await connection.query(query)).rows);

/** A database to which the files were applied. */
async function migrated(tool: RehearsableTool, files: Files): Promise<ConnectionFacts> {
  const facts = await freshDatabase();
  await apply(facts, tool, await listed(tool, files));
  return facts;
}

async function remove(facts: ConnectionFacts, tool: RehearsableTool, migration: Migration | undefined) {
  assert.ok(migration && tool.history.remove);
  await connected(facts, async (connection) => tool.history.remove?.(connection, migration));
}

const GOOSE = '-- +goose Up\nselect 1;\n-- +goose Down\nselect 2;\n';

test('golang-migrate: one row says how far it is, and the way back says what was before', async () => {
  const files = { '1_a.up.sql': 'select 1;', '003_b.up.sql': 'select 1;', '003_b.down.sql': 'select 2;' };
  const facts = await migrated(golangMigrate, files);
  const migrations = await listed(golangMigrate, files);
  const row = 'select version::text, dirty from public.schema_migrations';
  assert.deepEqual(await rowsIn(facts, row), [{ version: '3', dirty: false }]);
  assert.deepEqual(await applied(facts, golangMigrate, migrations), ['1', '3']);
  await remove(facts, golangMigrate, migrations[1]);
  assert.deepEqual(await rowsIn(facts, row), [{ version: '1', dirty: false }]);
  await remove(facts, golangMigrate, migrations[0]);
  assert.deepEqual(await rowsIn(facts, row), []);
  assert.deepEqual(await applied(facts, golangMigrate, migrations), []);
});

test('golang-migrate: what runs is dirty, and what failed stays so', async () => {
  const files = {
    '1_a.up.sql': 'create table seen as select version::text, dirty from schema_migrations;',
    '2_b.up.sql': 'select 1 / 0;',
  };
  const facts = await freshDatabase();
  const migrations = await listed(golangMigrate, files);
  await assert.rejects(apply(facts, golangMigrate, migrations), /division by zero/);
  assert.deepEqual(await rowsIn(facts, 'select * from seen'), [{ version: '1', dirty: true }]);
  await assert.rejects(applied(facts, golangMigrate, migrations), {
    name: 'UserError',
    message: /says that version 2 is dirty/,
  });
});

test('goose: version 0 first, then a row each; the last row of a version counts', async () => {
  const files = { '00001_a.sql': GOOSE, '00002_b.sql': GOOSE };
  const facts = await migrated(goose, files);
  const migrations = await listed(goose, files);
  const rows = 'select id, version_id::int as version, is_applied from goose_db_version order by id';
  assert.deepEqual(await rowsIn(facts, rows), [
    { id: 1, version: 0, is_applied: true },
    { id: 2, version: 1, is_applied: true },
    { id: 3, version: 2, is_applied: true },
  ]);
  assert.deepEqual(await applied(facts, goose, migrations), ['1', '2']);
  await remove(facts, goose, migrations[1]);
  assert.deepEqual(await applied(facts, goose, migrations), ['1']);
  await rowsIn(facts, 'insert into goose_db_version (version_id, is_applied) values (1, false)');
  assert.deepEqual(await applied(facts, goose, migrations), []);
});

test('flyway: rows as it writes them', async () => {
  const files = {
    'V1__first_one.sql': 'select 1;',
    'sub/V01_2__second.sql': 'select 2;\r\n',
    'R__the_view.sql': 'select 3;',
  };
  const facts = await migrated(flyway, files);
  const rows = await rowsIn(
    facts,
    'select installed_rank, version, description, type, script, checksum, installed_by, success from flyway_schema_history order by 1',
  );
  const common = { type: 'SQL', installed_by: facts.user, success: true };
  const [first, second, view] = [-690524359, -33932038, -455012933];
  assert.deepEqual(rows, [
    {
      ...common,
      installed_rank: 1,
      version: '1',
      description: 'first one',
      script: 'V1__first_one.sql',
      checksum: first,
    },
    {
      ...common,
      installed_rank: 2,
      version: '01.2',
      description: 'second',
      script: 'sub/V01_2__second.sql',
      checksum: second,
    },
    {
      ...common,
      installed_rank: 3,
      version: null,
      description: 'the view',
      script: 'R__the_view.sql',
      checksum: view,
    },
  ]);
  assert.deepEqual(await applied(facts, flyway, await listed(flyway, files)), ['1', '1.2', 'R__the_view']);
});

test('flyway: a repeatable migration is pending again when it changed', async () => {
  const files = { 'R__v.sql': 'create or replace view v as select 1 as a;' };
  const facts = await migrated(flyway, files);
  const edited = await listed(flyway, { 'R__v.sql': 'create or replace view v as select 2 as a;' });
  assert.deepEqual(await applied(facts, flyway, edited), []);
  await apply(facts, flyway, edited);
  assert.deepEqual(await applied(facts, flyway, edited), ['R__v']);
  assert.deepEqual(await rowsIn(facts, 'select a from v'), [{ a: 2 }]);
});

test('flyway: what was undone is pending, what a baseline covers is not, what failed is told', async () => {
  const files = { 'V1__a.sql': '', 'V2__b.sql': '', 'U2__b.sql': 'select 1;' };
  const facts = await migrated(flyway, files);
  const migrations = await listed(flyway, files);
  await remove(facts, flyway, migrations[1]);
  assert.deepEqual(
    await rowsIn(
      facts,
      'select version, type, script from flyway_schema_history order by installed_rank desc limit 1',
    ),
    [{ version: '2', type: 'UNDO_SQL', script: 'U2__b.sql' }],
  );
  assert.deepEqual(await applied(facts, flyway, migrations), ['1']);
  await rowsIn(
    facts,
    "update flyway_schema_history set type = 'BASELINE', version = '1.5', checksum = null where installed_rank = 1",
  );
  assert.deepEqual(await applied(facts, flyway, migrations), ['1']);
  await rowsIn(facts, 'update flyway_schema_history set success = false where installed_rank = 2');
  await assert.rejects(applied(facts, flyway, migrations), {
    name: 'UserError',
    message: /says that 2 failed/,
  });
});

test('atlas: a revision as it writes it', async () => {
  const files = {
    '20240101_a.sql': 'select 1;\nselect 2;\n',
    '20240102.sql': '-- atlas:txmode none\n\nselect 3;',
  };
  const facts = await migrated(atlas, files);
  assert.deepEqual(
    await rowsIn(
      facts,
      `select version, description, type::int, applied::int, total::int, error, error_stmt, hash, partial_hashes::text as partial
         from atlas_schema_revisions.atlas_schema_revisions order by 1`,
    ),
    [
      {
        version: '20240101',
        description: 'a',
        type: 2,
        applied: 2,
        total: 2,
        error: '',
        error_stmt: '',
        hash: 'CpgjU4MOhQcOc/OW+OYLq4Iq+D33n76vaHyNTnZx7TQ=',
        partial: 'null',
      },
      {
        version: '20240102',
        description: '',
        type: 2,
        applied: 1,
        total: 1,
        error: '',
        error_stmt: '',
        hash: 'f8IDDmqUSzgympq/+vqmT5UlJgW8TnxdEzi1ECyLZGg=',
        partial: 'null',
      },
    ],
  );
  await rowsIn(
    facts,
    "insert into atlas_schema_revisions.atlas_schema_revisions select '.atlas_cloud_identifier', 'x', 2, 0, 0, now(), 0, '', '', '', null, ''",
  );
  const migrations = await listed(atlas, { ...files, '20230101_old.sql': '' });
  assert.deepEqual(await applied(facts, atlas, migrations), ['20230101', '20240101', '20240102']);
  await rowsIn(
    facts,
    "update atlas_schema_revisions.atlas_schema_revisions set total = 3 where version = '20240101'",
  );
  await assert.rejects(applied(facts, atlas, migrations), {
    name: 'UserError',
    message: /2 of the 3 statements of 20240101/,
  });
});

test('graphile-migrate: what is being written is noted beside the history', async () => {
  const files = { 'current.sql': 'create table if not exists t (i int);' };
  const facts = await migrated(graphileMigrate, files);
  assert.deepEqual(await applied(facts, graphileMigrate, await listed(graphileMigrate, files)), ['current']);
  const edited = await listed(graphileMigrate, { 'current.sql': 'create table if not exists u (i int);' });
  assert.deepEqual(await applied(facts, graphileMigrate, edited), []);
  await apply(facts, graphileMigrate, edited);
  assert.deepEqual(await applied(facts, graphileMigrate, edited), ['current']);
  assert.deepEqual(await rowsIn(facts, 'select filename from graphile_migrate.current'), [
    { filename: 'current.sql' },
  ]);
});

/** Applied, the files are followed by one that stands before them. */
const late: readonly (readonly [RehearsableTool, applied: Files, late: string, text: string])[] = [
  [goose, { '1_a.sql': GOOSE, '3_c.sql': GOOSE }, '2_b.sql', GOOSE],
  [flyway, { 'V1__a.sql': '', 'V3__c.sql': '' }, 'V2__b.sql', ''],
  [atlas, { '1_a.sql': '', '3_c.sql': '' }, '2_b.sql', ''],
  [nodePgMigrate, { '9_a.sql': '', '20240101000000000_c.sql': '' }, '10_b.sql', ''],
];
for (const [tool, files, name, text] of late) {
  test(`${tool.name}: one that stands before what ran is refused, as the tool refuses it`, async () => {
    const facts = await migrated(tool, files);
    const migrations = await listed(tool, { ...files, [name]: text });
    assert.equal(migrations.length, 3);
    await assert.rejects(applied(facts, tool, migrations), { name: 'UserError', message: /before|missing/ });
    assert.equal((await applied(facts, tool, await listed(tool, files))).length, 2);
  });
}

test('flyway: an edited migration is refused by its checksum', async () => {
  const facts = await migrated(flyway, { 'V1__a.sql': 'select 1;' });
  const edited = await listed(flyway, { 'V1__a.sql': 'select 2;' });
  await assert.rejects(applied(facts, flyway, edited), { name: 'UserError', message: /another text/ });
});
