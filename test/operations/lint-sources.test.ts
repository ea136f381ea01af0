import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { type LintItem, type NamedPaths, namedSources } from '../../src/operations/lint-sources.ts';
import { localChange } from '../../src/operations/local-change.ts';
import { checkRegularPath } from '../../src/operations/regular-file.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { readScript } from '../../src/sql/script.ts';
import { judge, schemaOf } from '../support/lint.ts';

const made: string[] = [];
after(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

function workspace(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'pullgres-sources-'));
  made.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

type Wish = Partial<Omit<NamedPaths, 'paths'>> & { readonly input?: string };

async function named(root: string, paths: readonly string[], { input = '', ...wish }: Wish = {}) {
  let reads = 0;
  const readStandardInput = async () => Buffer.from(reads++ === 0 ? input : '');
  const { items, duplicates } = await namedSources({ root, paths, tool: 'auto', readStandardInput, ...wish });
  const found: LintItem[] = [];
  for await (const item of items) found.push(item);
  return { items: found, duplicates };
}

/** Tool, file and way of sending of each item. */
const facts = (items: readonly LintItem[]) =>
  items.map(({ tool, source }) => [tool, source.file, source.transaction]);

const GO = {
  'go.mod': 'require github.com/golang-migrate/migrate/v4 v4.18.1\n',
  'db/migrations/1_a.up.sql': 'select 1;',
  'db/migrations/1_a.down.sql': 'select -1;',
};

test('a folder is told by a manifest above it, from wherever it is named', async () => {
  const root = workspace(GO);
  const expected = [['golang-migrate', 'db/migrations/1_a.up.sql', 'implicit']];
  assert.deepEqual(facts((await named(root, ['db/migrations'])).items), expected);
  const absolute = join(root, 'db/migrations');
  const [item] = (await named(root, [absolute])).items;
  assert.equal(item?.source.file, join(absolute, '1_a.up.sql'));
  assert.equal(item?.tool, 'golang-migrate');
  assert.equal(item?.source.tool?.title, 'golang-migrate');
});

test('the top of a repository is its migrations as their tool lists them, and other SQL as files', async () => {
  const root = workspace({ ...GO, 'docs/schema.sql': 'select 2;' });
  const expected = [
    ['none', 'docs/schema.sql', 'none'],
    ['golang-migrate', 'db/migrations/1_a.up.sql', 'implicit'],
  ];
  assert.deepEqual(facts((await named(root, ['.'])).items), expected);
  const elsewhere = await named(workspace({}), [root]);
  assert.deepEqual(
    facts(elsewhere.items).map(([tool]) => tool),
    ['none', 'golang-migrate'],
  );
});

test('a folder outside the workspace, or behind a link, is read by itself', async () => {
  const [root, other] = [workspace(GO), workspace({ 'm/1_a.sql': '-- +goose Up\nselect 1;' })];
  assert.deepEqual((await named(root, [join(other, 'm')])).items[0]?.tool, 'goose');
  symlinkSync(join(root, 'db'), join(root, 'link'));
  assert.deepEqual(facts((await named(root, ['link/migrations'])).items), [
    ['sql', 'link/migrations/1_a.up.sql', 'file'],
  ]);
});

test('files of a named tool are read together, and down files are not judged as up', async () => {
  const root = workspace(GO);
  const paths = ['db/migrations/1_a.down.sql', 'db/migrations/1_a.up.sql'];
  assert.deepEqual(facts((await named(root, paths, { tool: 'golang-migrate' })).items), [
    ['golang-migrate', 'db/migrations/1_a.up.sql', 'implicit'],
  ]);
  const diesel = workspace({ 'm/1_a/up.sql': '', 'm/1_a/down.sql': '', 'm/1_a/metadata.toml': '' });
  const both = ['m/1_a/up.sql', 'm/1_a/down.sql'];
  assert.deepEqual(facts((await named(diesel, both, { tool: 'diesel' })).items), [
    ['diesel', 'm/1_a/up.sql', 'file'],
  ]);
});

test('a file whose name the named tool would not take is judged as the tool would send it', async () => {
  const root = workspace({ 'fix.sql': 'select 1;', 'more.sql': '-- no-transaction\nselect 1;' });
  const sent = async (tool: NamedPaths['tool'], path: string) =>
    (await named(root, [path], { tool })).items[0]?.source.transaction;
  assert.equal(await sent('flyway', 'fix.sql'), 'file');
  assert.equal(await sent('prisma', 'fix.sql'), 'implicit');
  assert.equal(await sent('sqlx', 'more.sql'), 'implicit');
  assert.equal(await sent('rails', 'fix.sql'), 'file');
  assert.equal(await sent('auto', 'fix.sql'), 'none');
});

test('a file that the named tool would refuse is a problem, the others are still judged', async () => {
  const root = workspace({ 'a.sql': 'select 1;', 'b.sql': '-- +goose Up\nselect 2;' });
  const { items } = await named(root, ['a.sql', 'b.sql'], { tool: 'goose' });
  assert.match(items[0]?.source.problem?.message ?? '', /^goose needs a line/);
  assert.deepEqual([items[1]?.source.problem, items[1]?.source.transaction], [undefined, 'file']);
});

const UP_ONLY = '-- migrate:up\nselect 1;\n';
const BOTH = `${UP_ONLY}-- migrate:down\nselect -1;\n`;

/** Tool, file, what is judged of it and what is wrong with it. */
const readings = (items: readonly LintItem[]) =>
  items.map(({ tool, source: { file, text, up, problem } }) => [
    tool,
    file,
    text.slice(up.startByte, up.endByte),
    problem?.message,
  ]);

test('each named file is read by its own mark, whatever its name is and whoever stands beside it', async () => {
  const root = workspace({
    'x.sql': BOTH,
    '2024_ok.sql': BOTH,
    '2024_bad.sql': UP_ONLY,
    'y.sql': UP_ONLY,
    'V1__a.sql': BOTH,
    'g.sql': '-- +goose Up\nselect 2;\n-- +goose Down\n',
    'm.sql': '-- +migrate Up\nselect 3;\n-- +migrate Down\n',
    'n.sql': '-- Up Migration\nselect 4;\n-- Down Migration\n',
    'plain.sql': '-- up migration of the ledger\nselect 5;',
    'down.sql': '-- migrate:down\nselect 6;',
  });
  const needsDown = 'dbmate needs a line "-- migrate:down".';
  const paths = ['x.sql', '2024_ok.sql', '2024_bad.sql', 'y.sql', 'V1__a.sql', 'down.sql'];
  const { items } = await named(root, paths);
  assert.deepEqual(readings(items), [
    ['dbmate', 'x.sql', UP_ONLY, undefined],
    ['dbmate', '2024_bad.sql', '', needsDown],
    ['dbmate', '2024_ok.sql', UP_ONLY, undefined],
    ['dbmate', 'y.sql', '', needsDown],
    ['dbmate', 'V1__a.sql', UP_ONLY, undefined],
    ['dbmate', 'down.sql', '', 'dbmate needs a line "-- migrate:up".'],
  ]);
  assert.deepEqual(items[0]?.source.transaction, 'file');
  assert.deepEqual(readings((await named(root, ['g.sql', 'm.sql', 'n.sql', 'plain.sql'])).items), [
    ['goose', 'g.sql', '-- +goose Up\nselect 2;\n', undefined],
    ['sql-migrate', 'm.sql', '-- +migrate Up\nselect 3;\n', undefined],
    ['node-pg-migrate', 'n.sql', '-- Up Migration\nselect 4;\n', undefined],
    ['none', 'plain.sql', '-- up migration of the ledger\nselect 5;', undefined],
  ]);
  for (const tool of ['auto', 'dbmate'] as const) {
    const [item] = (await named(root, ['-'], { input: UP_ONLY, tool })).items;
    assert.equal(item?.source.problem?.message, needsDown);
  }
});

test('in a folder, a file that its tool would refuse is a problem and the others are judged', async () => {
  const root = workspace({ 'm/1_a.sql': BOTH, 'm/2_b.sql': UP_ONLY, 'm/3_c.sql': BOTH });
  for (const tool of ['auto', 'dbmate'] as const) {
    const { items } = await named(root, ['m'], { tool });
    assert.deepEqual(readings(items), [
      ['dbmate', 'm/1_a.sql', UP_ONLY, undefined],
      ['dbmate', 'm/2_b.sql', '', 'dbmate needs a line "-- migrate:down".'],
      ['dbmate', 'm/3_c.sql', UP_ONLY, undefined],
    ]);
  }
});

test('a settings file beside a migration holds for the file as for its folder', async () => {
  const root = workspace({
    'f/V1__a.sql': 'select 1;',
    'f/V2__b.sql': 'select 2;',
    'f/V2__b.sql.conf': 'executeInTransaction=false\n',
    'Cargo.toml': '[dependencies]\ndiesel = "2"\n',
    'migrations/1_a/up.sql': 'select 1;',
    'migrations/2_b/up.sql': 'select 2;',
    'migrations/2_b/metadata.toml': 'run_in_transaction = false\n',
  });
  const flyway = ['f/V1__a.sql', 'f/V2__b.sql'];
  const expected = [
    ['flyway', 'f/V1__a.sql', 'file'],
    ['flyway', 'f/V2__b.sql', 'none'],
  ];
  for (const tool of ['auto', 'flyway'] as const)
    for (const paths of [['f'], flyway, flyway.map((path) => join(root, path))]) {
      const found = facts((await named(root, paths, { tool })).items);
      assert.deepEqual(
        found.map(([name, file, sent]) => [name, String(file).replace(`${root}/`, ''), sent]),
        expected,
      );
    }
  const diesel = ['migrations/1_a/up.sql', 'migrations/2_b/up.sql'];
  for (const paths of [['migrations'], diesel])
    assert.deepEqual(facts((await named(root, paths, { tool: 'diesel' })).items), [
      ['diesel', 'migrations/1_a/up.sql', 'file'],
      ['diesel', 'migrations/2_b/up.sql', 'implicit'],
    ]);
});

test('what psql runs is read as psql reads it, also under Sqitch', async () => {
  const root = workspace({
    'sqitch.plan': '%project=app\n\na 2024-01-01T00:00:00Z x <x@example.org>\n',
    'deploy/a.sql': 'select 1;',
    'b.sql': 'select 1;',
  });
  const psql = async (path: string, tool: NamedPaths['tool'] = 'auto') =>
    (await named(root, [path], { tool })).items.map(({ source }) => source.psql === true);
  assert.deepEqual(await psql('.'), [true]);
  assert.deepEqual(await psql('b.sql'), [true]);
  assert.deepEqual(await psql('b.sql', 'sqitch'), [true]);
  assert.deepEqual(await psql('b.sql', 'flyway'), [false]);
});

test('standard input is read once, as the named tool sends it, with or without its marks', async () => {
  const root = workspace({});
  const sent = async (tool: NamedPaths['tool'], input: string) => {
    const [item, ...more] = (await named(root, ['-'], { tool, input })).items;
    assert.deepEqual(more, []);
    return [item?.source.file, item?.source.text, item?.source.transaction];
  };
  const goose = '-- +goose NO TRANSACTION\n-- +goose Up\nselect 1;\n';
  assert.deepEqual(await sent('goose', goose), ['<stdin>', goose, 'none']);
  assert.deepEqual(await sent('auto', goose), ['<stdin>', goose, 'none']);
  assert.deepEqual(await sent('goose', 'select 1;'), ['<stdin>', 'select 1;', 'file']);
  assert.deepEqual(await sent('drizzle', 'select 1;'), ['<stdin>', 'select 1;', 'file']);
  assert.deepEqual(await sent('golang-migrate', 'select 1;'), ['<stdin>', 'select 1;', 'implicit']);
  assert.deepEqual(await sent('django', 'BEGIN; select 1;'), ['<stdin>', 'BEGIN; select 1;', 'none']);
  assert.deepEqual(await sent('auto', 'select 1;'), ['<stdin>', 'select 1;', 'none']);
});

test('one version twice is told of a folder and of named files; loose numbered files are none', async () => {
  const files = {
    'm/1_a.sql': '-- +goose Up\n',
    'm/01_b.sql': '-- +goose Up\n',
    'x/1_a.sql': '',
    'x/1_b.sql': '',
  };
  const root = workspace(files);
  const told = async (paths: readonly string[], wish?: Wish) =>
    (await named(root, paths, wish)).duplicates.map(({ first, second }) => [first.path, second.path]);
  assert.deepEqual(await told(['m']), [['m/01_b.sql', 'm/1_a.sql']]);
  assert.deepEqual(await told(['m/1_a.sql', 'm/01_b.sql']), [['m/01_b.sql', 'm/1_a.sql']]);
  assert.deepEqual(await told(['x']), []);
  assert.deepEqual(await told(['x'], { tool: 'sql' }), [['x/1_a.sql', 'x/1_b.sql']]);
});

test('migrations that are code are refused with where their SQL comes from', async () => {
  const root = workspace({ 'db/migrate/1_a.rb': '' });
  const refusal = { name: 'UserError', hint: /pullgres lint --tool django -.*sqlmigrate/ };
  await assert.rejects(named(root, ['db/migrate'], { tool: 'django' }), refusal);
  const world = { workspace: root } as Parameters<typeof localChange>[0];
  const wish = { tool: 'django', migrations: undefined, changedSince: undefined } as const;
  await assert.rejects(localChange(world, wish), refusal);
});

test('a pipe, a device and a link to one are refused before they are opened', async () => {
  const root = workspace({ 'a.sql': 'select 1;' });
  execFileSync('mkfifo', [join(root, 'm.sql')]);
  symlinkSync('m.sql', join(root, 'link.sql'));
  symlinkSync('/dev/zero', join(root, 'zero.sql'));
  for (const path of ['m.sql', 'link.sql', 'zero.sql', '/dev/zero'])
    await assert.rejects(named(root, [path]), /is no regular file but a (named pipe|device)/);
  const { items } = await named(root, ['a.sql', 'm.sql']);
  assert.match(items[1]?.source.problem?.message ?? '', /no regular file/);
  const inFolder = await named(root, ['.']);
  assert.match(
    inFolder.items.map(({ source }) => source.problem?.message ?? '').join(),
    /There is no file m.sql/,
  );
  await assert.rejects(checkRegularPath(join(root, 'link.sql'), 'link.sql'), /a named pipe/);
});

test('a file of drizzle is cut at its breakpoints wherever they stand', async () => {
  await loadParser();
  const add = 'ALTER TABLE t ADD a int';
  const mark = '--> statement-breakpoint';
  const cases: readonly [text: string, sql: readonly string[]][] = [
    [`SELECT 1; -- x ${mark} ${add};`, ['SELECT 1', add]],
    [`SELECT 1; -- x ${mark}\n${add};`, ['SELECT 1', add]],
    [`SELECT 1${mark}${add}`, ['SELECT 1', add]],
    [`SELECT 1; /* ${mark} ${add} */`, ['SELECT 1']],
  ];
  for (const [text, sql] of cases) {
    const { items } = await named(workspace({ 'a.sql': text }), ['a.sql'], { tool: 'drizzle' });
    const { up: range, cutsAt, file } = items[0]?.source ?? assert.fail();
    const { statements, problems } = readScript(text, file, { range, cutsAt });
    assert.deepEqual(
      statements.map((one) => one.sql),
      sql,
    );
    assert.equal(problems.length, text.includes('/*') ? 2 : 0);
    assert.deepEqual(
      judge(
        schemaOf(''),
        items.map(({ source }) => source),
      ).problems.length,
      problems.length,
    );
  }
});

test('a file that graphile-migrate puts in is told as not judged', async () => {
  await loadParser();
  const text = 'select 1;\n--!include functions/f.sql\nselect 2;\n--! Included functions/g.sql\n';
  const { items } = await named(workspace({ 'current.sql': text }), ['current.sql'], {
    tool: 'graphile-migrate',
  });
  const { problems, statements } = judge(
    schemaOf(''),
    items.map(({ source }) => source),
  );
  assert.deepEqual(
    problems.map(({ line }) => line),
    [2],
  );
  assert.match(problems[0]?.message ?? '', /not judged/);
  assert.equal(statements.length, 2);
});

test('a pipe of the shell is read once, and whole', { timeout: 20_000 }, async () => {
  const fifo = join(workspace({}), 'p');
  execFileSync('mkfifo', [fifo]);
  const writer = spawn('sh', ['-c', '(printf "select 1;"; sleep 2) > "$0"', fifo]);
  const end = openSync(fifo, 'r');
  const { items } = await named('/', [`/proc/self/fd/${end}`]);
  closeSync(end);
  writer.kill();
  assert.equal(items[0]?.source.text, 'select 1;');
});
