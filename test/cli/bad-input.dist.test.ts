import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.mjs');
const DANGER = 'CREATE INDEX i ON orders (a);\n';

type Ran = {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
};

/** Runs `pullgres lint` in a folder; `stdin` is written and closed, `readBytes` closes its output behind so many. */
function lint(
  folder: string,
  args: readonly string[],
  { stdin = '', readBytes }: { stdin?: string | undefined; readBytes?: number } = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [CLI, 'lint', ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
    stdio: 'pipe',
  });
  const text = { out: '', err: '' };
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  child.stdout.on('data', (data) => {
    text.out += data;
    if (readBytes !== undefined && text.out.length >= readBytes) child.stdout.destroy();
  });
  child.stderr.on('data', (data) => (text.err += data));
  return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, ...text })));
}

describe('bad input at a terminal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pullgres-bad-'));
  const outside = mkdtempSync(join(tmpdir(), 'pullgres-outside-'));
  const write = (name: string, content: string | Buffer) => writeFileSync(join(folder, name), content);

  before(() => {
    execFileSync('git', ['init', '--quiet'], { cwd: folder });
    for (const name of ['empty', 'dbmate', 'folder.sql']) mkdirSync(join(folder, name));
    write('good.sql', DANGER);
    write('broken.sql', `SELECT 1;\n  ALTER TABEL t ADD x int;\n${DANGER}`);
    write('template.sql', `ALTER TABLE {{ schema }}.t ADD c int;\n-- {{ not this }}\n${DANGER}`);
    write(
      'psql.sql',
      `\\set t orders\n\\i more.sql\nCREATE INDEX i ON :t (a);\n\\connect other\nSELECT 1;\n`,
    );
    write('copy.sql', "COPY orders FROM stdin;\n1\t;'(\n\\.\nDROP TABLE orders;\n");
    write('nothing.sql', '');
    write('comments.sql', '-- nothing\n/* at all */\n');
    write('nul.sql', `SELECT 1;\0\n${DANGER}`);
    write('latin.sql', Buffer.from(`-- caf\xe9\n${DANGER}`, 'latin1'));
    write('utf16.sql', Buffer.from(`\ufeff${DANGER}`, 'utf16le'));
    write('bom.sql', `\ufeff${DANGER}`);
    write('cr.sql', `-- one\r${DANGER}`);
    write('names.sql', 'DROP TABLE "a\u202e\x1b[31m\x07\n::error::b";');
    write('newer.sql', '-- Dumped from database version 17.2\nCREATE TABLE orders (a int);\n');
    write('future.sql', '-- Dumped from database version 19.0\nCREATE TABLE orders (a int);\n');
    write('custom.dump', Buffer.from('PGDMP\x01\x0e'));
    write('partial.sql', 'CREATE TABLE orders (a int);\nCREATE WIDGET w;\n');
    write('dbmate/1_a.sql', Buffer.from('-- migrate:up\nDROP TABLE x; -- \xe9\n-- migrate:down\n', 'latin1'));
    write('dbmate/2_b.sql', '-- migrate:up\nDROP TABLE y;\n-- migrate:down\n');
    symlinkSync('good.sql', join(folder, 'link.sql'));
    symlinkSync('nowhere.sql', join(folder, 'dangling.sql'));
  });
  after(() => {
    for (const one of [folder, outside]) rmSync(one, { recursive: true, force: true });
  });

  const judged: readonly [args: string, code: number, out: readonly RegExp[], stdin?: string][] = [
    [
      'broken.sql good.sql',
      2,
      [/^broken\.sql:2:9 {2}could not be judged$/m, /\^\^\^\^\^/, /broken\.sql:3:1/, /good\.sql:1:1/],
    ],
    [
      'template.sql',
      2,
      [
        /template\.sql:1:13/,
        /the placeholder {{ schema }} has no value/,
        /--define schema=/,
        /template\.sql:3:1 .*create-index/,
      ],
    ],
    ['--define schema=app template.sql', 1, [/1 file, 2 statements: 1 error$/m]],
    [
      'psql.sql',
      2,
      [
        /psql\.sql:2:1/,
        /\\i: .*not followed/,
        /psql\.sql:3:1 .*create-index/,
        /psql\.sql:4:1/,
        /another database/,
      ],
    ],
    ['copy.sql', 0, [/2 statements: 1 warning/]],
    ['nothing.sql comments.sql', 0, [/2 files, 0 statements: no findings/]],
    ['nul.sql', 2, [/nul\.sql:1:10/, /NUL byte/, /nul\.sql:2:1 .*create-index/]],
    ['latin.sql', 2, [/latin\.sql:1:7/, /0xE9 .*not UTF-8/, /iconv/, /latin\.sql:2:1 .*create-index/]],
    ['utf16.sql', 2, [/UTF-16/, /iconv -f UTF-16/, /create-index/]],
    ['bom.sql', 1, [/bom\.sql:1:1/]],
    ['cr.sql', 1, [/create-index-blocking/]],
    ['names.sql', 0, [/drop-table/]],
    ['link.sql', 1, [/link\.sql:1:1/]],
    [
      'good.sql missing.sql',
      2,
      [/good\.sql:1:1/, /missing\.sql:1:1/, /There is no file or folder missing\.sql/],
    ],
    ['dbmate', 2, [/public\.x/, /public\.y/, /dbmate\/1_a\.sql:2:18/, /0xE9/]],
    ['--migrations dbmate', 2, [/public\.x/, /public\.y/, /1_a\.sql:2:18/]],
    ['--schema partial.sql good.sql', 1, [/create-index-blocking/]],
    ['-', 2, [/<stdin>:1:1/, /syntax error/], 'SELEC'],
    ['-', 0, [/0 statements/], ''],
  ];
  for (const [args, code, out, stdin] of judged)
    it(`judges what it can of ${args}: exit code ${code}`, async () => {
      const ran = await lint(folder, args.split(' '), { stdin });
      assert.equal(ran.code, code, ran.err + ran.out);
      for (const pattern of out) assert.match(ran.out, pattern);
      // Nothing that a terminal or a runner obeys.
      assert.doesNotMatch(ran.out + ran.err, /[^\P{Cc}\n]|[\u202a-\u202e]|^::/mu);
    });

  const refused: readonly [args: string, words: RegExp][] = [
    ['--tool flywayy', /--tool does not take "flywayy".*\n.*flyway/],
    ['--rule drop-tabel=off good.sql', /no rule drop-tabel \(did you mean drop-table\?\)/],
    ['--rule drop-table=severe good.sql', /does not take "severe"/],
    ['--severity high good.sql', /--severity does not take "high"/],
    ['--format xml good.sql', /--format does not take "xml"/],
    ['--define x good.sql', /--define does not take "x"/],
    ['--postgres 12 good.sql', /--postgres does not take "12"/],
    ['--postgres 19 good.sql', /--postgres does not take "19"/],
    ['--postgres abc good.sql', /--postgres does not take "abc"/],
    ['missing.sql', /no file or folder missing\.sql/],
    ['dangling.sql', /no file or folder dangling\.sql/],
    ['empty', /no SQL in the folder empty/],
    ['folder.sql', /no SQL in the folder folder\.sql/],
    ['--schema missing.sql good.sql', /missing\.sql could not be read: ENOENT/],
    ['--schema empty good.sql', /empty could not be read: EISDIR/],
    ['--schema custom.dump good.sql', /custom format.*\n.*pg_restore/],
    ['--schema utf16.sql good.sql', /NUL bytes.*\n.*UTF-16/],
    [
      '--schema newer.sql --postgres 16 good.sql',
      /dumped from Postgres 17.*judged as Postgres 16.*\n.*Judge by 17/,
    ],
    ['--schema future.sql good.sql', /of Postgres 19.*\n.*18 or older/],
    ['--schema future.sql --postgres 18 good.sql', /Postgres 19.*\n.*18 or older/],
    ['--database-url postgres://u:hunter2@127.0.0.1:1/db good.sql', /nothing listens there/],
    ['--database-url mysql://u:hunter2@h/db good.sql', /postgres/],
    ['--database-url-env NOT_SET good.sql', /NOT_SET is not set/],
    ['--changed-since nowhere', /knows no commit "nowhere"/],
    ['--changed-since --output=x', /--changed-since/],
  ];
  for (const [args, words] of refused)
    it(`answers ${args.replace(/:\/\/\S+/, '://…')} with advice and exit code 2`, async () => {
      const { code, out, err } = await lint(folder, args.split(' '));
      assert.equal(code, 2, err);
      assert.match(err, words);
      assert.equal(out, '');
      assert.ok(!err.includes('hunter2') && !err.includes('    at '), err);
    });

  it('answers an empty path with advice', async () => {
    const { code, err } = await lint(folder, ['']);
    assert.equal(code, 2);
    assert.match(err, /One of the paths is empty/);
  });

  it('says that there is no git repository', async () => {
    const { code, err } = await lint(outside, ['--changed-since', 'main']);
    assert.equal(code, 2);
    assert.match(err, /not a git repository.*\n.*without --changed-since/);
  });

  it('names an unknown rule of the policy', async () => {
    mkdirSync(join(outside, '.github'));
    writeFileSync(join(outside, '.github', 'pullgres.yml'), 'rules:\n  drop-tabel: off\n');
    writeFileSync(join(outside, 'a.sql'), DANGER);
    const { code, err } = await lint(outside, ['a.sql']);
    assert.equal(code, 2);
    assert.match(err, /there is no rule "drop-tabel".*drop-table/s);
  });

  it('opens no device', async () => {
    const { code, out } = await lint(folder, ['/dev/zero', 'good.sql']);
    assert.equal(code, 2);
    assert.match(out, /\/dev\/zero:1:1.*\n.*no regular file but a device, and is not opened/);
    assert.match(out, /good\.sql:1:1/);
  });

  it('ends quietly when nobody reads its output any more', async () => {
    write(
      'many.sql',
      Array.from({ length: 3000 }, (_, index) => `CREATE INDEX i${index} ON o${index} (a);`).join('\n'),
    );
    const { code, signal, err } = await lint(folder, ['--format', 'json', 'many.sql', 'good.sql'], {
      readBytes: 1,
    });
    assert.equal(signal, null);
    assert.ok(code === 1 || code === 130, `exit code ${code}`);
    assert.doesNotMatch(err, /EPIPE|bug/);
  });

  it('keeps JSON and SARIF whole beside what could not be judged', async () => {
    const files = ['broken.sql', 'template.sql', 'latin.sql', 'missing.sql', 'names.sql'];
    const json = JSON.parse((await lint(folder, ['--format', 'json', ...files])).out);
    assert.deepEqual(
      json.files.map(
        ({ path, parsed, problems = [] }: { path: string; parsed: boolean; problems?: object[] }) => [
          path,
          parsed,
          problems.length,
        ],
      ),
      [
        ['broken.sql', false, 1],
        ['template.sql', false, 1],
        ['latin.sql', false, 1],
        ['missing.sql', false, 1],
        ['names.sql', true, 0],
      ],
    );
    assert.equal(json.summary.unreadable, 4);
    const { runs } = JSON.parse((await lint(folder, ['--format', 'sarif', ...files])).out);
    assert.equal(runs[0].invocations[0].executionSuccessful, false);
    assert.equal(runs[0].invocations[0].toolExecutionNotifications.length, 4);
  });
});
