import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError, UserError } from '../../src/errors.ts';
import { findClientTools } from '../../src/postgres/client-tools.ts';
import { cleaned, databaseArgument, runClientTool } from '../../src/postgres/run-client-tool.ts';
import { withoutRestrict } from '../../src/refresh/dump-sections.ts';
import { Secret } from '../../src/secret.ts';

const home = mkdtempSync(join(tmpdir(), 'pullgres-test-tools-'));
after(() => rmSync(home, { recursive: true, force: true }));

/** A folder with programs that say a version as the real ones do. */
function folder(name: string, dump: string | undefined, restore = dump): string {
  const place = join(home, name);
  mkdirSync(place);
  for (const [program, version] of [
    ['pg_dump', dump],
    ['pg_restore', restore],
  ]) {
    if (version === undefined) continue;
    const text = `#!/bin/sh\necho '${program} (PostgreSQL) ${version} (Debian ${version}-1)'\n`;
    writeFileSync(join(place, program ?? ''), text, { mode: 0o755 });
  }
  return place;
}

const FACTS = {
  host: 'db.prod.internal',
  port: 5432,
  database: "o'clock \\",
  user: 'reader',
  password: new Secret('s3cret word'),
  sslmode: 'disable',
} as const;

describe('pg_dump', () => {
  it('is found: the newest that can read the server', async () => {
    const places = [folder('old', '13.4'), folder('new', '17.2'), folder('mixed', '18.0', '16.1')];
    const tools = await findClientTools({ atLeast: 15, places: [...places, join(home, 'missing')] });
    assert.deepEqual([tools.version, tools.pgDump], [17, join(home, 'new', 'pg_dump')]);
  });

  it('is asked for in words when it is missing or too old', async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      [join(home, 'nowhere'), /There is no pg_dump/],
      [folder('fourteen', '14.9'), /newest pg_dump on .* is of Postgres 14/],
      [folder('half', '16.0', '15.0'), /no pg_dump with a pg_restore of the same version/],
    ];
    for (const [directory, message] of cases) {
      await assert.rejects(findClientTools({ atLeast: 16, directory }), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, message);
        assert.match(error.hint ?? '', /postgresql-client-16.*brew install libpq/);
        return true;
      });
    }
  });

  it('loses the lines that only psql knows, and no line of a body', () => {
    const text = '--\n\\restrict AbC9\nSELECT 1;\n$$\n\\restrict other\n$$;\n\\unrestrict AbC9\n';
    assert.equal(withoutRestrict(text), '--\nSELECT 1;\n$$\n\\restrict other\n$$;\n');
    assert.equal(withoutRestrict('SELECT 1;\n'), 'SELECT 1;\n');
  });
});

const node = (program: string) => ({ program: process.execPath, args: ['-e', program] });

describe('a client program', () => {
  it('gets the connection by environment, and nothing else of ours', async () => {
    process.env.PULLGRES_MASK_KEY = 'the key';
    try {
      const output = await runClientTool({
        ...node('console.log(JSON.stringify(process.env))'),
        facts: FACTS,
      });
      const seen = JSON.parse(output) as Record<string, string>;
      assert.equal(seen.PGPASSWORD, 's3cret word');
      assert.equal(seen.PGDATABASE, FACTS.database);
      assert.equal(seen.PGPASSFILE, '/dev/null');
      assert.deepEqual([seen.DATABASE_URL, seen.PULLGRES_MASK_KEY], [undefined, undefined]);
    } finally {
      delete process.env.PULLGRES_MASK_KEY;
    }
  });

  it('names a database so that it is read as a name', () => {
    assert.equal(databaseArgument(FACTS), "--dbname=dbname='o\\'clock \\\\'");
  });

  it('fails with its own words, without secrets, hosts and values', async () => {
    const said = [
      'pg_restore: connecting to database',
      'pg_restore: error: connection to server at "db.prod.internal" (10.1.2.3), port 5432 failed: s3cret word',
      'pg_restore: error: COPY failed for table "people": ERROR:  invalid input syntax for type integer: "ana@example.com"',
      'DETAIL:  Key (mail)=(ana@example.com) exists.',
      'CONTEXT:  COPY people, line 3, column mail: "ana@example.com"',
      'pg_restore: error: could not execute query: ERROR:  permission denied for table "orders\u001b[31m"',
      "Command was: INSERT INTO t VALUES ('ana@example.com',",
      'ana@example.com)',
    ].join('\n');
    const program = `process.stderr.write(${JSON.stringify(said)}); process.exitCode = 3`;
    await assert.rejects(runClientTool({ ...node(program), facts: FACTS }), (error) => {
      assert.ok(error instanceof ProviderError);
      assert.doesNotMatch(error.message, /ana|example|s3cret|prod|10\.1/);
      assert.match(error.message, /COPY failed for table "people"/);
      assert.match(error.message, /permission denied for table "orders \[31m"/);
      return true;
    });
    assert.equal(cleaned('', FACTS), '');
    await assert.rejects(runClientTool(node('process.exitCode = 9')), /status 9/);
    await assert.rejects(
      runClientTool({ program: join(home, 'nothing'), args: [] }),
      /cannot be run \(ENOENT\)/,
    );
  });

  it('may not say more than its limit', async () => {
    const endless = "const go = () => process.stdout.write('x'.repeat(65536), go); go()";
    await assert.rejects(
      runClientTool({ ...node(endless), outputLimit: 1_000_000 }),
      /wrote more than 1000000 bytes/,
    );
  });

  it('is ended with all that it started when the signal comes', async () => {
    const file = join(home, 'pids');
    const program = `const { spawn } = require('node:child_process');
      const child = spawn('sleep', ['600']);
      require('node:fs').writeFileSync(${JSON.stringify(file)}, String(child.pid));
      process.on('SIGTERM', () => process.exit());
      setInterval(() => {}, 1000);`;
    const stop = new AbortController();
    const running = runClientTool({ ...node(program), signal: stop.signal });
    const pid = await readNumber(file);
    stop.abort(new Error('enough'));
    await assert.rejects(running, /enough/);
    for (let tries = 0; isAlive(pid); tries += 1) {
      assert.ok(tries < 100, 'the child is left');
      await sleep(50);
    }
  });
});

async function readNumber(file: string): Promise<number> {
  const { readFileSync } = await import('node:fs');
  for (let tries = 0; tries < 400; tries += 1) {
    try {
      const number = Number(readFileSync(file, 'utf8'));
      if (number > 0) return number;
    } catch {
      // It is not written yet.
    }
    await sleep(50);
  }
  throw new Error('the program did not start');
}

/** Neither gone nor dead and waiting for its parent. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return true;
}
