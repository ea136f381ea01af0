import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { type PlanOptions, planMigrations } from '../../src/operations/plan.ts';
import { unreadChange } from '../../src/operations/unread-change.ts';

const made: string[] = [];
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

type Files = Readonly<Record<string, string | undefined>>;

/** A repository with `base` committed and `change` in its working tree; what of the change is not read. */
async function unread(base: Files, change: Files, wish: Partial<PlanOptions> = {}) {
  const root = mkdtempSync(join(tmpdir(), 'pullgres-unread-'));
  made.push(root);
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
      cwd: root,
      encoding: 'utf8',
    }).trim();
  const write = (files: Files) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      if (text === undefined) rmSync(join(root, path));
      else writeFileSync(join(root, path), text);
    }
  };
  git('init', '--quiet', '--initial-branch=main');
  write({ 'README.md': 'A shop.\n', ...base });
  git('add', '.');
  git('commit', '--quiet', '-m', 'base');
  const baseCommit = git('rev-parse', 'HEAD');
  write(change);
  const options: PlanOptions = { root, baseCommit, tool: 'auto', directory: undefined, ...wish };
  return unreadChange(options, await planMigrations(options));
}

const SQL: Files = { 'migrations/0001_a.sql': 'select 1;\n' };
const NODE: Files = { 'migrations/1700000000000_a.sql': '-- Up Migration\nselect 1;\n' };
const GOOSE: Files = { 'migrations/00001_a.sql': '-- +goose Up\nselect 1;\n' };
const PRISMA: Files = { 'prisma/migrations/1_a/migration.sql': 'select 1;\n' };
const KNEX = 'exports.up = (knex) => knex.schema.dropTable("a");\n';
const DOWN_REVISION = "revision = 'b'\ndown_revision = 'a'\n";

/** The repository, what the change does, and words of what is not read. */
const passedOver: readonly (readonly [string, Files, Files, RegExp])[] = [
  ['node-pg-migrate, a JS file', NODE, { 'migrations/1700000000001_b.js': '' }, /1_b\.js .* JavaScript/],
  ['node-pg-migrate, a TS file', NODE, { 'migrations/b.ts': '' }, /b\.ts is a migration in JavaScript or T/],
  ['goose, a Go file', GOOSE, { 'migrations/00002_b.go': 'package m\n' }, /00002_b\.go .* in Go/],
  ['plain SQL, a JS file', SQL, { 'migrations/0002_b.js': '' }, /0002_b\.js is a migration in JavaScript/],
  ['plain SQL, a Ruby file', SQL, { 'migrations/0002_b.rb': '' }, /in Ruby/],
  ['plain SQL, nested', SQL, { 'migrations/2026/0002_b.sql': '' }, /2026\/0002_b\.sql has the name of a mig/],
  ['plain SQL, in a folder of the year', SQL, { 'migrations/2026/b.sql': '' }, /was not read/],
  ['goose, upper case', GOOSE, { 'migrations/00002_b.SQL': '' }, /00002_b\.SQL .* was not read/],
  ['an edit', { ...SQL, 'migrations/0002_b.js': 'a' }, { 'migrations/0002_b.js': 'b' }, /0002_b\.js/],
  [
    'a deletion',
    { ...SQL, 'migrations/0002_b.js': 'a' },
    { 'migrations/0002_b.js': undefined },
    /0002_b\.js/,
  ],
  ['beside SQL', SQL, { 'migrations/0002_b.sql': '', 'migrations/0003_c.py': '' }, /0003_c\.py .* in Python/],
  ['Knex', {}, { 'migrations/20260101_a.js': KNEX }, /20260101_a\.js .*rehearsal|JavaScript/],
  ['Knex without numbers', {}, { 'db/migrations/add.mjs': 'export const up = (knex) => 1;\n' }, /add\.mjs/],
  [
    'TypeORM',
    {},
    { 'src/migrations/Add.ts': 'export class Add implements MigrationInterface {}\n' },
    /Add\.ts/,
  ],
  [
    'Sequelize',
    {},
    { 'migrations/2026-a.js': 'module.exports = { up(queryInterface) {} };\n' },
    /2026-a\.js/,
  ],
  ['Rails', {}, { 'db/migrate/20260101000000_a.rb': '' }, /in Ruby/],
  ['Django', {}, { 'shop/migrations/0001_initial.py': '' }, /in Python/],
  ['Alembic', {}, { 'alembic/versions/ab12_a.py': DOWN_REVISION }, /in Python/],
  [
    'Alembic, deleted',
    { 'alembic/versions/ab12_a.py': DOWN_REVISION },
    gone('alembic/versions/ab12_a.py'),
    /P/,
  ],
  ['Laravel', {}, { 'database/migrations/2026_01_01_000000_a.php': '' }, /in PHP/],
  ['Doctrine', {}, { 'migrations/Version20260101000000.php': '' }, /in PHP/],
  ['Ecto', {}, { 'priv/repo/migrations/20260101000000_a.exs': '' }, /in Elixir/],
  ['EF Core', {}, { 'App/Migrations/20260101000000_A.cs': '' }, /in C#/],
  ['SeaORM', {}, { 'migration/src/m20260101_000001_a.rs': '' }, /in Rust/],
  [
    'SQL that no reader finds',
    {},
    { 'packages/api/migrations/0001_a.sql': '' },
    /packages\/api.* was not read/,
  ],
  ['Rails beside plain SQL', SQL, { 'db/migrate/20260101000000_a.rb': '' }, /in Ruby/],
];

function gone(path: string): Files {
  return { [path]: undefined };
}

describe('a migration that is not read is told of', () => {
  for (const [name, base, change, words] of passedOver) {
    it(name, async () => {
      const refusal = await unread(base, change);
      assert.match(refusal?.message ?? 'nothing', words);
      assert.match(refusal?.hint ?? '', /name the tool's own command as rehearsal\.command in the policy/);
    });
  }
});

const harmless: readonly (readonly [string, Files, Files])[] = [
  ['no change', SQL, {}],
  ['a README', SQL, { 'migrations/README.md': 'Words.\n', 'migrations/.gitkeep': '' }],
  ['SQL alone', SQL, { 'migrations/0002_b.sql': '', 'migrations/0002_b.down.sql': '' }],
  ['upper case, which plain SQL reads', SQL, { 'migrations/0002_B.SQL': 'select 1;\n' }],
  ['merged code that is left alone', { ...SQL, 'migrations/0002_b.js': 'a' }, { 'src/a.ts': '' }],
  ['helpers in Go', GOOSE, { 'migrations/embed.go': '', 'migrations/00001_a_test.go': '' }],
  ['a runner', SQL, { 'migrations/run.js': 'const up = 1;\n', 'migrations/0001_a.test.ts': '' }],
  ['ways back of plain SQL', SQL, { 'migrations/rollback/0001_a.sql': '' }],
  ['a snapshot', SQL, { 'migrations/meta/0001_snapshot.json': '{}' }],
  ['data beside Prisma', PRISMA, { 'prisma/migrations/1_a/data-migration.ts': '' }],
  ['code elsewhere', SQL, { 'src/0003_b.js': 'up', 'lib/db/migrate.rb': '' }],
  ['migrations of a browser store', {}, { 'src/migrations/001_theme.ts': 'export default (s) => s;\n' }],
  ['test data', {}, { 'test/fixtures/migrations/0001_a.sql': '' }],
  ['what git ignores', { '.gitignore': '*.js\n', ...NODE }, { 'migrations/1700000000001_b.js': '' }],
  ['a repository that has none', {}, { 'index.js': 'exports.up = 1;\n' }],
];

describe('nothing is told of', () => {
  for (const [name, base, change] of harmless) {
    it(name, async () => assert.equal(await unread(base, change), undefined));
  }

  it('another folder, when the policy names one', async () => {
    const elsewhere = { 'db/migrate/20260101000000_a.rb': '', 'clickhouse/migrations/0001_a.sql': '' };
    assert.equal(await unread(SQL, elsewhere, { tool: 'sql', directory: 'migrations' }), undefined);
    assert.ok(await unread(SQL, { 'migrations/0002_b.js': '' }, { tool: 'sql', directory: 'migrations/' }));
  });
});
