import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { HOSTILE_REFS } from '../support/events.ts';
import { startOldServer } from '../support/old-server.ts';
import { testServer } from '../support/postgres.ts';
import { GOOD_MIGRATION, type ShopRun } from '../support/shop-job.ts';
import { ask, migration, onServer, readable, withShop } from './bad-input.ts';

/** Not proved, red, and said in an annotation, the log and the comment; the lint is judged all the same. */
function assertUnproven(run: ShopRun, words: RegExp): void {
  assert.equal(run.exitCode, 1);
  assert.equal(run.outputs.verdict, 'unproven', run.log);
  assert.equal(run.evidence?.lint?.status, 'passed');
  assert.equal(run.evidence.rehearsal?.status, 'unproven');
  assert.deepEqual(
    run.annotations.map(({ level }) => level),
    ['error'],
  );
  assert.match(run.annotations[0]?.message ?? '', words);
  assert.match(readable(run.comment), words);
}

test('a server that nobody reaches is unproven, with what to check', async () => {
  const password = 's$cret/pw@x y';
  const url = `postgres://admin:${encodeURIComponent(password)}@127.0.0.1:1/postgres`;
  await withShop({}, async ({ push, run }) => {
    await push(GOOD_MIGRATION);
    const result = await run({ with: { 'server-url': url }, secrets: [password, url] });
    assertUnproven(
      result,
      /as admin at 127\.0\.0\.1, port 1: nothing listens there\. Check the host and the port/,
    );
  });
});

test('a wrong password is told and shown in no form', async () => {
  const { port } = await testServer();
  const right = 'p@ss/w:rd%?#&+ é"\'`';
  const wrong = `${right}!`;
  await ask(`CREATE ROLE careful LOGIN SUPERUSER PASSWORD ${literal(right)}`);
  await ask('CREATE DATABASE careful OWNER careful');
  const urlOf = (password: string) =>
    `postgres://careful:${encodeURIComponent(password)}@127.0.0.1:${port}/careful?sslmode=disable`;
  // A base of its own: a baseline belongs to the administrator that built it.
  const base = { 'migrations/0001_own.sql': 'create table own (id int primary key);\n' };
  await withShop({ base }, async ({ push, run }) => {
    await push(GOOD_MIGRATION);
    const refused = await run({
      with: { 'server-url': urlOf(wrong) },
      secrets: [wrong, right, urlOf(wrong)],
      debug: true,
    });
    assertUnproven(refused, /as careful .*the password or the user is wrong\. .*must be percent-encoded/);
    const next = await run({
      with: { 'server-url': urlOf(right), 'test-command': 'env; cat "$0"; exit 4' },
      secrets: [right, urlOf(right)],
      debug: true,
    });
    assert.equal(next.outputs.verdict, 'fail', next.log);
    assert.equal(next.evidence?.tests?.exitCode, 4);
  });
});

test('a URL that is none is told without it', async () => {
  await withShop({}, async ({ push, run }) => {
    await push(GOOD_MIGRATION);
    const url = 'postgres//admin:hunter22@db.tidewater.example/postgres';
    const result = await run({ with: { 'server-url': url }, secrets: ['hunter22', url] });
    assertUnproven(result, /URL/);
  });
});

test('a server older than 13 is refused by its version', async () => {
  const old = await startOldServer(120_022);
  try {
    await withShop({}, async ({ push, run }) => {
      await push(GOOD_MIGRATION);
      const result = await run({ with: { 'server-url': old.url } });
      assertUnproven(result, /The server runs Postgres 12; Pullgres needs 13 or newer\. Use a newer server/);
    });
  } finally {
    old.close();
  }
});

for (const { name, permissions } of [
  { name: 'may only read', permissions: { contents: 'read', 'pull-requests': 'read' } },
  { name: 'may not even read pull requests', permissions: { contents: 'read' } },
] as const) {
  test(`a token that ${name} costs the comment and one warning, not the verdict`, async () => {
    await withShop({}, async ({ push, run, github }) => {
      const verdicts = {
        pass: GOOD_MIGRATION,
        fail: migration('0003_a.sql', 'alter table absent add column a int;'),
      };
      for (const [verdict, files] of Object.entries(verdicts)) {
        await push(files);
        const result = await run({ ...(await onServer()), token: github.token(permissions) });
        assert.equal(result.outputs.verdict, verdict, result.log);
        assert.equal(result.exitCode, verdict === 'pass' ? 0 : 1);
        assert.equal(result.comment, '');
        const warnings = result.annotations.filter(({ level }) => level === 'warning');
        assert.equal(warnings.length, 1, result.log);
        assert.match(
          warnings[0]?.message ?? '',
          /^The comment could not be written\. GitHub answered 403 .*\. Give the job `permissions: \{ pull-requests: write \}`.* The verdict stands\.$/,
        );
        assert.match(result.summary, verdict === 'pass' ? /Ready to merge/ : /Do not merge yet/);
        assert.equal(
          result.annotations.some(({ level }) => level === 'error'),
          verdict === 'fail',
        );
      }
    });
  });
}

for (const headRef of HOSTILE_REFS) {
  test(`a head ref named ${headRef} is never executed`, async () => {
    const pull = { headRef, title: headRef, body: headRef };
    await withShop({ pull }, async ({ push, run, workspace, pull: { number } }) => {
      await push(GOOD_MIGRATION);
      const more = { 'test-command': 'test ! -e x' };
      const result = await run({ ...(await onServer(more)), debug: true });
      assert.equal(result.outputs.verdict, 'pass', result.log);
      assert.equal(result.outputs['branch-name'], `pullgres_512000001_pr_${number}`);
      assert.ok(!existsSync(join(workspace, 'x')) && !existsSync('x'));
      assert.deepEqual(await ask(`SELECT datname FROM pg_database WHERE datname = 'postgres'`), [
        { datname: 'postgres' },
      ]);
      assert.ok(!result.comment.includes(headRef) && !result.summary.includes(headRef));
      const closed = await run({ ...(await onServer()), event: 'closed' });
      assert.equal(closed.outputs.removed, 'true', closed.log);
      const name = identifier(`pullgres_512000001_pr_${number}`);
      assert.deepEqual(
        await ask(`SELECT 1 FROM pg_database WHERE quote_ident(datname) = ${literal(name)}`),
        [],
      );
    });
  });
}
