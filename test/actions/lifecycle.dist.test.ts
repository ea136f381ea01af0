import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GOOD_MIGRATION, type RunOptions, type Shop, startShop } from '../support/shop-job.ts';
import { rowsAt, startTeamServer, type TeamServer } from '../support/team-server.ts';

const TAGS = { 'migrations/0003_tags.sql': 'create table tags (id int primary key);\n' };
const BRANCH = 'pullgres_512000001_pr_7';

describe('a pull request on the team’s own server', () => {
  let server: TeamServer;
  let shop: Shop;
  let url: string | undefined;
  let next = 7_000_000_000;

  before(async () => {
    [server, shop] = await Promise.all([startTeamServer(), startShop()]);
  });
  after(() => shop.close());

  /** One run of the root action, each later than the one before. */
  const run = (event: string, options: RunOptions = {}) => {
    next += 1;
    return shop.run({
      event,
      with: { 'server-url': server.url },
      secrets: [server.password, server.url],
      environment: { GITHUB_RUN_ID: String(next) },
      ...options,
    });
  };
  const tables = async (from = url) =>
    (
      await rowsAt(
        from,
        `select relname as name from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`,
      )
    ).map(({ name }) => name);
  const calls = async <T>(work: () => Promise<T>) => {
    const from = shop.github.requests.length;
    await work();
    return shop.github.calls().slice(from);
  };

  test('opened: a branch with the change in it, left for the pull request', async () => {
    await shop.push(GOOD_MIGRATION);
    const { outputs, evidence, exitCode, log, comment } = await run('opened');
    assert.equal(exitCode, 0, log);
    assert.equal(outputs.verdict, 'pass');
    assert.equal(outputs['branch-name'], BRANCH);
    assert.equal(outputs.created, 'true');
    assert.equal(evidence?.branch?.lifetime, 'pull request');
    assert.equal(evidence?.branch?.provider, 'postgres');
    assert.match(comment, /expires/);
    assert.deepEqual(await server.branches(), [BRANCH]);
    url = outputs['database-url'];
    assert.deepEqual(await tables(), ['customers', 'labels', 'orders', 'pullgres_migrations']);
  });

  test('synchronize: the same branch, reset, with the same credentials and one comment', async () => {
    await rowsAt(url, 'insert into labels values (1, $$by hand$$)');
    await shop.push({ 'migrations/0003_labels.sql': undefined, ...TAGS });
    const asked = await calls(async () => {
      const { outputs, evidence, exitCode, log, comment } = await run('synchronize');
      assert.equal(exitCode, 0, log);
      assert.equal(outputs.created, 'false');
      assert.equal(outputs['database-url'], url);
      assert.match(
        evidence?.branch?.resetReason ?? '',
        /0003_labels\.sql gave way to migrations\/0003_tags\.sql since it was applied to the branch; .*built again/,
      );
      assert.match(comment, /It was reset/);
      assert.match(comment, /0003_tags/);
    });
    assert.deepEqual(await tables(), ['customers', 'orders', 'pullgres_migrations', 'tags']);
    assert.deepEqual(await server.branches(), [BRANCH]);
    assert.equal(shop.github.repository.comments.length, 1);
    assert.equal(asked.filter((call) => call === 'issues/update-comment').length, 1);
    assert.ok(!asked.includes('issues/create-comment'));
  });

  test('a push that only appends: the branch goes on, and what was rehearsed before is still told', async () => {
    await rowsAt(url, 'insert into tags values (1)');
    await shop.push({ ...TAGS, 'migrations/0004_tag_names.sql': 'alter table tags add column name text;\n' });
    const { outputs, evidence, exitCode, log, comment } = await run('synchronize');
    assert.equal(exitCode, 0, log);
    assert.equal(outputs.created, 'false');
    assert.equal(evidence?.branch?.resetReason, undefined);
    assert.deepEqual(
      evidence?.rehearsal?.migrations.map(({ file, outcome }) => [file, outcome]),
      [
        ['migrations/0003_tags.sql', 'applied'],
        ['migrations/0004_tag_names.sql', 'applied'],
      ],
    );
    assert.deepEqual(await rowsAt(url, 'select id, name from tags'), [{ id: 1, name: null }]);
    // As in production, where the table does not exist before the change.
    const alters = evidence?.lint?.statements.filter(({ kind }) => kind === 'AlterTableStmt');
    assert.deepEqual(evidence?.lint?.findings, [], JSON.stringify(alters));
    assert.match(comment, /0003_tags.*0004_tag_names/s);
  });

  test('a push that edits what was appended: the branch begins anew', async () => {
    await shop.push({
      ...TAGS,
      'migrations/0004_tag_names.sql': 'alter table tags add column title text;\n',
    });
    const { evidence, exitCode, log } = await run('synchronize');
    assert.equal(exitCode, 0, log);
    assert.match(evidence?.branch?.resetReason ?? '', /0004_tag_names\.sql was edited/);
    assert.deepEqual(await rowsAt(url, 'select * from tags'), []);
    await shop.push(TAGS);
    assert.equal((await run('synchronize')).exitCode, 0);
  });

  for (const event of ['reopened', 'ready_for_review']) {
    test(`${event} is judged like a push`, async () => {
      const { outputs, exitCode, log } = await run(event);
      assert.equal(exitCode, 0, log);
      assert.equal(outputs.verdict, 'pass');
      assert.equal(outputs['database-url'], url);
      assert.equal(shop.github.repository.comments.length, 1);
    });
  }

  test('closed: the branch and its role are gone, and the comment says so', async () => {
    const { outputs, exitCode, log, comment, evidence } = await run('closed');
    assert.equal(exitCode, 0, log);
    assert.deepEqual(outputs, { 'branch-name': BRANCH, removed: 'true' });
    assert.match(comment, /Branch removed\n\n\*\*Last verdict:\*\* ✅ Ready to merge, about `[0-9a-f]{7}`\./);
    assert.deepEqual(evidence?.teardown?.removed, true);
    assert.equal(shop.github.repository.comments.length, 1);
    assert.deepEqual(await server.branches(), []);
    assert.deepEqual(await server.roles(), []);
    await assert.rejects(tables());
  });

  test('closed again, as on a re-run: nothing to remove is success', async () => {
    const { outputs, exitCode, log, comment } = await run('closed');
    assert.equal(exitCode, 0, log);
    assert.equal(outputs.removed, 'false');
    assert.match(comment, /already gone\n\n\*\*Last verdict:\*\* ✅ Ready to merge, about/);
    assert.equal(shop.github.repository.comments.length, 1);
  });

  test('reopened after the end: a new branch', async () => {
    Object.assign(shop.pull, { state: 'open', merged: false });
    const { outputs, exitCode, log, comment } = await run('reopened');
    assert.equal(exitCode, 0, log);
    assert.equal(outputs.created, 'true');
    assert.match(comment, /Ready to merge/);
    assert.deepEqual(await tables(outputs['database-url']), [
      'customers',
      'orders',
      'pullgres_migrations',
      'tags',
    ]);
  });
});

test('closed where there never was a branch: success, and no comment is begun', async () => {
  const server = await startTeamServer();
  const shop = await startShop({ pull: { number: 12 } });
  try {
    const { outputs, exitCode, log } = await shop.run({
      event: 'closed',
      with: { 'server-url': server.url },
    });
    assert.equal(exitCode, 0, log);
    assert.deepEqual(outputs, { 'branch-name': 'pullgres_512000001_pr_12', removed: 'false' });
    assert.match(log, /no branch pullgres_512000001_pr_12/);
    assert.equal(shop.github.repository.comments.length, 0);
  } finally {
    await shop.close();
  }
});
