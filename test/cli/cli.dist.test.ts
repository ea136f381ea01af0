import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { connectionUrl } from '../../src/postgres/url.ts';
import { lintJsonSchema } from '../../src/report/lint-json-schema.ts';
import { rehearseJsonSchema } from '../../src/report/rehearse-json-schema.ts';
import { freshDatabase } from '../support/postgres.ts';

const CLI = join(import.meta.dirname, '..', '..', 'dist', 'cli.mjs');
const BASE = 'CREATE TABLE orders (id bigint PRIMARY KEY, note text, code varchar(10));\n';
const UNSAFE = 'CREATE INDEX orders_note ON orders (note);\n';
const SAFE = '-- pullgres:no-transaction\nCREATE INDEX CONCURRENTLY orders_note ON orders (note);\n';

type Ran = { readonly code: number | null; readonly out: string; readonly err: string };

function pullgres(directory: string, args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: directory,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const text = { out: '', err: '' };
  child.stdout.on('data', (data) => (text.out += data));
  child.stderr.on('data', (data) => (text.err += data));
  return new Promise<Ran>((resolve) => child.on('close', (code) => resolve({ code, ...text })));
}

describe('pullgres from a terminal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pullgres-cli-'));
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], { cwd: folder });
  const write = (name: string, text: string) => writeFileSync(join(folder, 'migrations', name), text);

  before(() => {
    mkdirSync(join(folder, 'migrations'));
    git('init', '--quiet', '--initial-branch=main');
    write('0001_orders.sql', BASE);
    git('add', '.');
    git('commit', '--quiet', '-m', 'base');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('teaches by --help, for itself and each command', async () => {
    const { code, out } = await pullgres(folder, ['--help']);
    assert.equal(code, 0);
    for (const name of ['lint', 'rehearse', 'demo']) {
      assert.match(out, new RegExp(`^  ${name} `, 'm'));
      const help = await pullgres(folder, [name, '--help']);
      assert.equal(help.code, 0);
      assert.match(help.out, new RegExp(`^Usage: pullgres ${name}`));
    }
    assert.equal((await pullgres(folder, [])).code, 2);
  });

  const misuses: readonly [readonly string[], RegExp][] = [
    [['lnit'], /no command lnit/],
    [['lint', '--formt', 'json'], /Unknown option '--formt'/],
    [['lint', '--format', 'xml'], /--format does not take "xml".*\n.*text, json/],
    [['lint', '--postgres', '12'], /--postgres does not take "12".*\n.*13, 14/],
    [['lint', '--tool', 'flywya'], /--tool does not take "flywya"[\s\S]*Did you mean flyway/],
    [['lint', 'missing.sql'], /no file or folder missing\.sql/],
    [['lint', '--changed-since', 'nowhere'], /knows no commit "nowhere"/],
    [['lint', '--migrations', 'empty'], /missing or empty/],
    [['rehearse', 'a.sql'], /takes no files/],
    [['rehearse', '--database-url', 'postgres://u:hunter2secret@127.0.0.1:1/x'], /127\.0\.0\.1/],
    [['rehearse', '--database-url', 'mysql://u:hunter2secret@h/x'], /postgres/],
  ];
  for (const [args, words] of misuses) {
    it(`answers ${args.join(' ').replace(/:\/\/.*/, '://…')} with advice and exit code 2`, async () => {
      const { code, out, err } = await pullgres(folder, args);
      assert.equal(code, 2, err);
      assert.match(err, words);
      assert.equal(out, '');
      assert.ok(!err.includes('hunter2secret') && !err.includes('    at '), err);
    });
  }

  it('lints only what the working tree adds, and fails on a finding', async () => {
    write('0002_index.sql', UNSAFE);
    const { code, out } = await pullgres(folder, ['lint', '--changed-since', 'main']);
    assert.equal(code, 1);
    assert.match(out, /error\[create-index-blocking\]/);
    assert.match(out, /migrations\/0002_index\.sql:1:1/);
    const whole = await pullgres(folder, ['lint']);
    assert.equal(whole.code, 0, 'a table made in the same change is new, so an index on it blocks nobody');
  });

  it('gives JSON alone on standard output, as its schema says', async () => {
    const { code, out } = await pullgres(folder, ['lint', '--changed-since', 'main', '--format', 'json']);
    assert.equal(code, 1);
    const { files } = lintJsonSchema.parse(JSON.parse(out));
    assert.deepEqual(
      files.flatMap(({ findings }) => findings.map(({ rule }) => rule)),
      ['create-index-blocking'],
    );
  });

  it('judges named files against a schema that it does not know', async () => {
    const { code, out } = await pullgres(folder, ['lint', 'migrations/0002_index.sql']);
    assert.equal(code, 1);
    assert.match(out, /create-index-blocking/);
  });

  it('says where a file does not parse, still judges the others, and exits 2', async () => {
    write('0003_broken.sql', 'SELECT 1;\n  ALTER TABEL orders ADD x int;\n');
    const { code, out } = await pullgres(folder, ['lint', '--changed-since', 'main']);
    rmSync(join(folder, 'migrations', '0003_broken.sql'));
    assert.equal(code, 2);
    assert.match(out, /0003_broken\.sql:2:9/);
    assert.match(out, /syntax error at or near/);
    assert.match(out, /create-index-blocking/);
  });

  it('rehearses on a throw-away server, and leaves nothing of it', async () => {
    // Its own: other tests put servers beside it in the common one. The server's user must be able to enter.
    const TMPDIR = mkdtempSync(join(tmpdir(), 'pullgres-cli-'));
    chmodSync(TMPDIR, 0o755);
    after(() => rmSync(TMPDIR, { recursive: true, force: true }));
    const asked = ['rehearse', '--changed-since', 'main', '--format', 'json'];
    const { code, out, err } = await pullgres(folder, asked, { TMPDIR });
    assert.equal(code, 1, err);
    const [file] = rehearseJsonSchema.parse(JSON.parse(out)).files;
    assert.equal(file?.migrations[0]?.outcome, 'applied');
    const [statement] = file?.statements ?? [];
    assert.deepEqual(
      statement?.observed?.locks.map(({ relation, mode }) => [relation, mode]),
      [['public.orders', 'ShareLock']],
    );
    assert.deepEqual(statement?.locks, [
      { relation: 'public.orders', mode: 'ShareLock', blocks: ['writes', 'ddl'] },
    ]);
    assert.deepEqual(statement?.agreement, { status: 'agrees', missing: [], unexpected: [] });
    assert.deepEqual(readdirSync(TMPDIR), []);
    write('0002_index.sql', SAFE);
    assert.equal((await pullgres(folder, ['rehearse', '--changed-since', 'main'])).code, 0);
  });

  it('applies what is pending to the database of DATABASE_URL and keeps it', async () => {
    write('0002_index.sql', SAFE);
    const facts = await freshDatabase();
    const environment = { DATABASE_URL: connectionUrl(facts).reveal() };
    const first = await pullgres(folder, ['rehearse'], environment);
    assert.equal(first.code, 0, first.err + first.out);
    assert.ok(!(first.out + first.err).includes(facts.password.reveal()));
    assert.deepEqual(await indexes(facts), ['orders_note', 'orders_pkey']);
    const second = await pullgres(folder, ['rehearse', '--format', 'json'], environment);
    assert.equal(second.code, 0);
    assert.equal(rehearseJsonSchema.parse(JSON.parse(second.out)).rehearsal.reason, 'nothing is pending');
  });
});

async function indexes(facts: ConnectionFacts): Promise<readonly string[]> {
  const connection = await openConnection(facts, { applicationName: 'tests' });
  try {
    const { rows } = await connection.query(
      "SELECT indexname FROM pg_indexes WHERE tablename = 'orders' ORDER BY 1",
    );
    return rows.map(({ indexname }) => String(indexname));
  } finally {
    await connection.close();
  }
}
