import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atlasSums, atlasSumText } from '../../src/migrations/atlas-sum.ts';
import type { MigrationTool } from '../../src/migrations/migration.ts';
import { tools } from '../../src/migrations/registry.ts';
import { memoryTree } from '../support/memory-tree.ts';

type Files = Readonly<Record<string, string>>;

async function obstacleIn(tool: MigrationTool, files: Files) {
  const tree = memoryTree(
    Object.fromEntries(
      Object.entries(files).map(([name, text]) => [name.startsWith('/') ? name.slice(1) : `m/${name}`, text]),
    ),
  );
  return tool.obstacle?.(tree, 'm');
}

/** With an atlas.sum that fits. */
function summed(files: Files): Files {
  const list = Object.entries(files).map(([name, text]) => ({ name, text }));
  return { ...files, 'atlas.sum': atlasSumText(atlasSums(list)) };
}

const HEAD1 = '--! Previous: -\n--! Hash: sha1:9a9cac2da5ea2e1d1c2ec7ec7fd60b3a0b3f0ee5\n\nselect 1;\n';
const GOOSE = '-- +goose Up\nselect 1;\n';
const LIQUIBASE = '--liquibase formatted sql\n--changeset ann:1';
const PLAN = '%project=app\n\na 2024-01-01T00:00:00Z x <x@example.org>\n';

/** Folders that a rehearsal could not run as the tool does, and a word of why. */
const inTheWay: readonly (readonly [MigrationTool, Files, RegExp])[] = [
  [tools['node-pg-migrate'], { '1_a.sql': '', '2_b.js': '' }, /m\/2_b\.js is a migration in JavaScript/],
  [tools['node-pg-migrate'], { '1_a.mts': '' }, /TypeScript/],
  [tools.goose, { '1_a.sql': GOOSE, '2_b.go': '' }, /m\/2_b\.go is a migration in Go/],
  [tools.goose, { '1_a.sql': `-- +goose ENVSUB ON\n${GOOSE}` }, /takes variables from the environment/],
  [tools.flyway, { 'V1__a.sql': '', 'beforeMigrate.sql': '' }, /beforeMigrate\.sql is a callback/],
  [tools.flyway, { 'V1__a.sql': '', 'sub/afterEachMigrate__vacuum.sql': '' }, /is a callback/],
  [tools.flyway, { 'V1__a.sql': '', 'B2__b.sql': '' }, /baseline migration/],
  [tools.flyway, { 'V1__a.sql': '', 'V2__b.java': '' }, /V2__b\.java is a migration in code/],
  [tools.flyway, { 'V1__a.sql': `set role \${owner};` }, /takes \$\{owner\} from the settings of Flyway/],
  [
    tools.flyway,
    { 'V1__a.sql': 'create table t ();\ncreate index concurrently i on t (a);' },
    /beside others, which Flyway takes only with the setting mixed/,
  ],
  [
    tools['graphile-migrate'],
    { 'committed/000001.sql': HEAD1 },
    /hash in the header .* is not that of its text/,
  ],
  [tools['graphile-migrate'], { 'committed/000001.sql': 'select 1;' }, /no header with Previous and Hash/],
  [
    tools['graphile-migrate'],
    { 'current.sql': 'grant select on t to :DATABASE_VISITOR;' },
    /takes :DATABASE_VISITOR/,
  ],
  [tools['graphile-migrate'], { 'current.sql': '--!include functions/f.sql\n' }, /includes another file/],
  [tools.sqitch, { 'sqitch.plan': PLAN, 'deploy/a.sql': '\\set x 1\n' }, /meta-command of psql/],
  [
    tools.sqitch,
    { 'sqitch.plan': PLAN.replace('a 2', 'a [core:b] 2'), 'deploy/a.sql': '' },
    /depends on core:b, a change of another project/,
  ],
  [
    tools.sqitch,
    { 'sqitch.plan': PLAN, 'deploy/a.sql': '', 'sqitch.conf': '[engine "pg"]\n\tregistry = meta\n' },
    /registry of its own/,
  ],
  [tools.atlas, { '1_a.sql': '' }, /m\/atlas\.sum is missing/],
  [tools.atlas, { ...summed({ '1_a.sql': '' }), '1_a.sql': 'select 1;' }, /does not fit the files/],
  [tools.atlas, summed({ '1_a.sql': 'select {{ .x }};' }), /is a template/],
  [tools.atlas, summed({ '1_a.sql': '-- atlas:delimiter //\n\nselect 1//' }), /is cut into statements/],
  [tools.atlas, summed({ '1_a.sql': '-- atlas:txtar\n' }), /is an archive/],
  [tools.liquibase, { '1.sql': `${LIQUIBASE}\n--preconditions onFail:HALT\nselect 1;` }, /asks the database/],
  [tools.liquibase, { '1.sql': `${LIQUIBASE}\nset role \${owner};` }, /takes properties/],
  [tools.liquibase, { '1.sql': `${LIQUIBASE} context:test\nselect 1;` }, /some contexts/],
  [tools.liquibase, { '1.sql': `${LIQUIBASE} endDelimiter:/\nselect 1/` }, /is cut into statements/],
  [tools.liquibase, { '1.sql': `${LIQUIBASE} runWith:psql\nselect 1;` }, /program of its own/],
  [
    tools.liquibase,
    {
      '1.sql': `${LIQUIBASE}\nselect 1;`,
      'x.xml': '<databaseChangeLog><changeSet id="1" author="a"/></databaseChangeLog>',
    },
    /x\.xml holds changesets that are not SQL/,
  ],
  [
    tools.liquibase,
    {
      '1.sql': `${LIQUIBASE}\nselect 1;`,
      '2.sql': `${LIQUIBASE}\nselect 1;`,
      'x.yaml': 'databaseChangeLog:\n - include: {file: m/2.sql}\n - include: {file: m/1.sql}\n',
    },
    /in another order than that of their names/,
  ],
  [
    tools.liquibase,
    {
      '1.sql': `${LIQUIBASE}\nselect 1;`,
      '2.sql': `${LIQUIBASE}\nselect 1;`,
      'x.xml': '<databaseChangeLog><include file="m/1.sql"/></databaseChangeLog>',
    },
    /m\/2\.sql is included by no changelog/,
  ],
  [tools.hasura, {}, /metadata of its own server/],
];
for (const [tool, files, message] of inTheWay) {
  test(`${tool.name}: ${message}`, async () => {
    const found = await obstacleIn(tool, files);
    assert.match(found?.message ?? '', message);
    assert.ok(found?.hint);
  });
}

/** Neighbours that only look like it. */
const clear: readonly (readonly [MigrationTool, Files])[] = [
  [tools.flyway, { 'V1__a.sql': 'create index concurrently i on t (a);\ndrop index concurrently j;' }],
  [
    tools.flyway,
    {
      'V1__a.sql': 'create table t ();\ncreate index concurrently i on t (a);',
      'V1__a.sql.conf': 'executeInTransaction=false',
    },
  ],
  [tools['node-pg-migrate'], { '1_a.sql': '', 'lib/x.js': '', '.eslintrc.js': '' }],
  [tools.goose, { '1_a.sql': GOOSE, 'embed.go': '', '1_a_test.go': '' }],
  [tools.flyway, { 'V1__a.sql': 'select $1, $$x$$;', 'before.sql': '', 'V1__a.sql.conf': '' }],
  [tools.flyway, { 'V1__a.sql': `select \${x};`, 'flyway.conf': 'flyway.placeholderReplacement=false\n' }],
  [tools['graphile-migrate'], { 'current.sql': "select now()::TIMESTAMP, 'a:B', x[1:N];" }],
  [
    tools.sqitch,
    {
      'sqitch.plan': PLAN.replace('a 2', 'a [!core:b] 2'),
      'deploy/a.sql': '\\restrict x\n',
      'sqitch.conf': '',
    },
  ],
  [tools.atlas, summed({ '1_a.sql': '-- atlas:delimiter \\n\\n\\n\n\nselect 1;' })],
  [tools.liquibase, { '1.sql': `${LIQUIBASE} splitStatements:false\n-- the context: none\nselect 1;` }],
  [
    tools.liquibase,
    {
      '1.sql': `${LIQUIBASE}\nselect 1;`,
      'x.xml': '<databaseChangeLog><includeAll path="m"/></databaseChangeLog>',
      'notes.yml': 'changeSet: 1\n',
    },
  ],
];
for (const [tool, files] of clear) {
  test(`${tool.name}: nothing in the way of ${JSON.stringify(files).slice(0, 90)}`, async () => {
    assert.equal(await obstacleIn(tool, files), undefined);
  });
}

test('flyway: migrations in code beside the resources are seen', async () => {
  const place = 'src/main/resources/db/migration';
  const tree = memoryTree({ [`${place}/V1__a.sql`]: '', 'src/main/java/db/migration/V2__b.java': '' });
  assert.match((await tools.flyway.obstacle?.(tree, place))?.message ?? '', /V2__b\.java/);
});
