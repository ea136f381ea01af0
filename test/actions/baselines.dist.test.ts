import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { labelText } from '../../src/branching/labels.ts';
import { literal } from '../../src/postgres/quote.ts';
import { publishBaseline } from '../../src/refresh/publish.ts';
import { BASE_MIGRATIONS, type Commit, GOOD_MIGRATION, type Shop, startShop } from '../support/shop-job.ts';
import { rowsAt, rowsOf, startTeamServer, type TeamServer } from '../support/team-server.ts';

const BRANCH = 'pullgres_512000001_pr_7';

let server: TeamServer;
let shop: Shop;
before(async () => {
  [server, shop] = await Promise.all([startTeamServer(), startShop()]);
  await shop.push(GOOD_MIGRATION);
});
after(() => shop.close());

const run = (baseline?: string, commit?: Commit) =>
  shop.run({
    event: 'synchronize',
    ...(commit ? { commit } : {}),
    with: { 'server-url': server.url, ...(baseline ? { baseline } : {}) },
    secrets: [server.password, server.url],
  });

describe('a published baseline', () => {
  beforeEach(async () => {
    await shop.run({ event: 'closed', with: { 'server-url': server.url } });
    Object.assign(shop.pull, { state: 'open', merged: false });
  });

  /** A database of the administrator's as the base migrations make it, with one customer. */
  async function fill(database: string): Promise<void> {
    await rowsOf(server.admin, `create database ${database}`);
    const inside = { ...server.admin, database };
    for (const sql of Object.values(BASE_MIGRATIONS)) {
      for (const statement of String(sql).split(';\n').filter(Boolean)) await rowsOf(inside, statement);
    }
    await rowsOf(inside, "insert into customers (email) values ('ada@shop.example')");
    await rowsOf(
      inside,
      `create table pullgres_migrations (version text primary key, name text not null, checksum text not null,
        applied_at timestamptz not null default now())`,
    );
    await rowsOf(inside, `insert into pullgres_migrations values ('0001', 'a', 'x'), ('0002', 'b', 'x')`);
  }

  test('of kind synthetic gives its rows to the branch', async () => {
    await fill('shop_data');
    await publishBaseline({
      facts: server.admin,
      database: 'shop_data',
      baseline: 'shop',
      kind: 'synthetic',
      now: new Date(),
    });
    const { exitCode, log, evidence, outputs, comment } = await run('shop');
    assert.equal(exitCode, 0, log);
    assert.equal(evidence?.branch?.baseline.kind, 'synthetic');
    assert.equal(evidence?.rehearsal?.migrations.length, 1);
    assert.match(comment, /synthetic baseline/);
    assert.deepEqual(await rowsAt(outputs['database-url'], 'select email from customers'), [
      { email: 'ada@shop.example' },
    ]);
  });

  test('that is not there: the migrations are linted, the rest is unproven, and the words say what to do', async () => {
    const { exitCode, log, evidence, outputs } = await run('shoop');
    assert.equal(exitCode, 1, log);
    assert.equal(outputs.verdict, 'unproven');
    assert.equal(outputs['database-url'], undefined);
    assert.equal(evidence?.lint?.status, 'passed');
    assert.match(
      evidence?.rehearsal?.reason ?? '',
      /no baseline "?shoop"? on the server.*Publish one, or leave/,
    );
    assert.deepEqual(await server.branches(), []);
  });

  test('of kind masked without a proof is refused: no branch, no URL', async () => {
    await rowsOf(server.admin, 'create database real_people');
    const label = labelText({
      baseline: { id: 'masked', kind: 'masked', createdAt: '2026-01-01T00:00:00.000Z' },
    });
    await rowsOf(server.admin, `comment on database real_people is ${literal(label)}`);
    const { exitCode, log, evidence, outputs, everything } = await run('masked');
    assert.equal(exitCode, 1, log);
    assert.equal(outputs.verdict, 'unproven');
    assert.equal(outputs['database-url'], undefined);
    assert.ok(!everything.includes(`@${server.admin.host}:${server.admin.port}/real_people`));
    assert.match(evidence?.rehearsal?.reason ?? '', /said to be masked, but its masking is not proved/);
    assert.deepEqual(await server.branches(), []);
    assert.deepEqual(await server.roles(), []);
  });
});

test('new migrations on the base branch: the branch is reset onto them, with the reason', async () => {
  const { git, workspace, pull } = shop;
  const first = await run();
  assert.equal(first.exitCode, 0, first.log);
  await git('checkout', '--quiet', '--detach', shop.baseSha);
  await writeFile(
    join(workspace, 'migrations/0002.5_regions.sql'),
    'create table regions (id int primary key);\n',
  );
  await git('add', '--all');
  await git('commit', '--quiet', '-m', 'Regions');
  Object.assign(pull, { baseSha: await git('rev-parse', 'HEAD') });
  await git('merge', '--quiet', '--no-ff', '-m', 'Merge', pull.headSha);
  const commit = { headSha: pull.headSha, mergeSha: await git('rev-parse', 'HEAD') };
  const { exitCode, log, evidence, outputs, comment } = await run(undefined, commit);
  assert.equal(exitCode, 0, log);
  const [from, to] = [first.evidence?.branch?.baseline.id, evidence?.branch?.baseline.id];
  assert.notEqual(from, to);
  assert.equal(evidence?.branch?.created, false);
  assert.ok(evidence?.branch?.resetReason?.startsWith(`The baseline moved from ${from} to ${to}`), log);
  assert.match(comment, /It was reset: The baseline moved from/);
  assert.equal(outputs['database-url'], first.outputs['database-url']);
  assert.deepEqual(await rowsAt(outputs['database-url'], 'select count(*)::int as n from regions, labels'), [
    { n: 0 },
  ]);
  assert.deepEqual(await server.branches(), [BRANCH]);
});
