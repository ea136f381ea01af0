/** Each recipe of examples/, run from its first event to its last by the committed bundles. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, test } from 'node:test';
import { createPostgresProvider } from '../src/branching/postgres.ts';
import { FORK } from './support/events.ts';
import { type ExampleSite, jobOf, resultsOf, withSite } from './support/example-site.ts';
import { GOOD_MIGRATION, type ShopOptions } from './support/shop-job.ts';
import { rowsAt } from './support/team-server.ts';

const BAD_MIGRATION = { 'migrations/0003_labels.sql': 'create index orders_note_idx on orders (note);\n' };
const HOUR = 3_600_000;

type Story = { readonly shop?: ShopOptions; readonly tell: (site: ExampleSite) => Promise<void> };

const stories: Readonly<Record<string, Story>> = {
  'no-server.yml': {
    async tell(site) {
      await site.push(BAD_MIGRATION);
      const opened = await site.pull('no-server.yml', 'opened');
      assert.equal(opened?.conclusion, 'failure', opened?.log);
      assert.match(site.comment(), /orders_note_idx/);
      await site.push(GOOD_MIGRATION);
      const fixed = await site.pull('no-server.yml', 'synchronize');
      assert.equal(fixed?.conclusion, 'success', fixed?.log);
      assert.match(site.comment(), /Ready to merge/);
      assert.equal((await site.mergeGroup('no-server.yml'))?.conclusion, 'success');
      assert.equal(await site.pull('no-server.yml', 'closed'), undefined);
    },
  },

  'fork-safe.yml': {
    shop: { pull: { author: 'marlow', headRepository: FORK } },
    async tell(site) {
      await site.push(BAD_MIGRATION);
      const opened = await site.pull('fork-safe.yml', 'opened');
      assert.equal(opened?.conclusion, 'failure', opened?.log);
      // Its token may only read, so the run itself says nothing; what it found goes along as one file.
      assert.deepEqual(site.shop.github.repository.comments, []);
      assert.deepEqual([...(opened?.artifacts.get('pullgres')?.keys() ?? [])], ['evidence.json']);
      assert.ok(opened);
      const told = await site.ended('fork-safe-publish.yml', opened);
      assert.deepEqual(resultsOf(told), { publish: 'success' }, told?.log);
      assert.equal(jobOf(told, 'publish').steps[0]?.outputs.verdict, 'fail');
      assert.match(site.comment(), /Do not merge yet.*orders_note_idx/s);

      await site.push(GOOD_MIGRATION);
      const fixed = await site.pull('fork-safe.yml', 'synchronize');
      assert.equal(fixed?.conclusion, 'success', fixed?.log);
      assert.ok(fixed);
      const well = await site.ended('fork-safe-publish.yml', fixed);
      assert.equal(jobOf(well, 'publish').steps[0]?.outputs.verdict, 'pass', well?.log);
      assert.match(site.comment(), /Ready to merge/);

      // The red run, judged late, is of a commit that the pull request has left.
      const late = await site.ended('fork-safe-publish.yml', opened, { headSha: 'a'.repeat(40) });
      assert.equal(late?.conclusion, 'success', late?.log);
      assert.match(late?.log ?? '', /has moved on/);
      assert.match(site.comment(), /Ready to merge/);
    },
  },

  'fork-safe-publish.yml': {
    async tell(site) {
      const recipe = 'fork-safe-publish.yml';
      await site.push(GOOD_MIGRATION);
      const run = await site.pull('fork-safe.yml', 'opened');
      assert.ok(run);
      // Of a push there is nothing to say, of another workflow it does not hear, and it waits for the end.
      const pushed = await site.ended(recipe, run, { event: 'push' });
      assert.deepEqual(resultsOf(pushed), { publish: 'skipped' }, pushed?.log);
      assert.equal(await site.ended(recipe, run, { action: 'requested' }), undefined);
      assert.equal(await site.pull(recipe, 'opened'), undefined);
      assert.equal(site.comment(), '');

      // A run that left nothing is said to have proved nothing.
      const broken = { ...run, artifacts: new Map(), conclusion: 'failure' as const, id: '7000000555' };
      const unproven = await site.ended(recipe, broken);
      assert.equal(jobOf(unproven, 'publish').steps[0]?.outputs.verdict, 'unproven', unproven?.log);
      assert.match(site.comment(), /left no result/);
    },
  },

  'own-server.yml': {
    async tell(site) {
      const recipe = 'own-server.yml';
      const branch = `pullgres_512000001_pr_${site.shop.pull.number}`;
      await site.push(BAD_MIGRATION);
      const opened = await site.pull(recipe, 'opened');
      assert.deepEqual(resultsOf(opened), { pullgres: 'failure', teardown: 'skipped' }, opened?.log);
      assert.match(site.comment(), /orders_note_idx/);
      assert.deepEqual(await site.server.branches(), [branch]);

      await site.push(GOOD_MIGRATION);
      const fixed = await site.pull(recipe, 'synchronize');
      assert.equal(fixed?.conclusion, 'success', fixed?.log);
      assert.match(site.comment(), /Ready to merge/);
      assert.ok(fixed);
      const again = await site.pull(recipe, 'synchronize', { again: { id: fixed.id, attempt: 2 } });
      assert.equal(again?.conclusion, 'success', again?.log);
      assert.equal(jobOf(again, 'pullgres').steps.at(-1)?.outputs.created, 'false');
      assert.match(site.comment(), /attempt=2/);

      const queued = await site.mergeGroup(recipe);
      assert.equal(queued?.conclusion, 'success', queued?.log);
      assert.deepEqual(await site.server.branches(), [branch]);

      // As a pull request's own workflow would be asked, which may be old: it is not what takes the branch away.
      assert.equal(await site.pull(recipe, 'closed'), undefined);
      const closed = await site.pull(recipe, 'closed', { event: 'pull_request_target' });
      assert.deepEqual(resultsOf(closed), { pullgres: 'skipped', teardown: 'success' }, closed?.log);
      assert.match(site.comment(), /Branch removed/);
      assert.deepEqual(await site.server.branches(), []);
    },
  },

  'ghes.yml': {
    async tell(site) {
      await site.push(GOOD_MIGRATION);
      const opened = await site.pull('ghes.yml', 'opened');
      assert.equal(opened?.conclusion, 'success', opened?.log);
      assert.equal((await site.server.branches()).length, 1);
      const closed = await site.pull('ghes.yml', 'closed');
      assert.equal(closed?.conclusion, 'success', closed?.log);
      assert.equal(jobOf(closed, 'pullgres').steps.length, 1);
      assert.match(site.comment(), /Branch removed/);
      assert.deepEqual(await site.server.branches(), []);
    },
  },

  'sweep.yml': {
    async tell(site) {
      const { server, shop } = site;
      await makeStale(site, { kind: 'pull-request', number: shop.pull.number });
      await makeStale(site, { kind: 'named', name: 'qa-orders' });
      assert.equal((await server.branches()).length, 2);
      const first = await site.schedule('sweep.yml', '17 * * * *');
      assert.equal(first?.conclusion, 'success', first?.log);
      assert.equal(jobOf(first, 'sweep').steps[0]?.outputs.planned, '2');
      assert.equal((await server.branches()).length, 2);
      const second = await site.dispatch('sweep.yml', {});
      assert.equal(second?.conclusion, 'success', second?.log);
      assert.equal(jobOf(second, 'sweep').steps[0]?.outputs.deleted, '2');
      assert.deepEqual(await server.branches(), []);
      assert.deepEqual(await server.roles(), []);
      assert.match(jobOf(second, 'sweep').steps[0]?.summary ?? '', /by name: qa-orders/);
      assert.match(site.comment(), /removed by the sweep/);
      assert.equal(await site.schedule('sweep.yml', '0 0 * * *'), undefined);
    },
  },

  'matrix-shards.yml': {
    async tell(site) {
      const recipe = 'matrix-shards.yml';
      await site.push(GOOD_MIGRATION);
      const green = await site.pull(recipe, 'opened');
      const all = {
        rehearse: 'success',
        tests: 'success success success',
        smoke: 'success',
        gate: 'success',
      };
      assert.deepEqual(resultsOf(green), all, green?.log);

      // The third shard finds a customer too many, and the gate says so.
      const lonely = 'insert into customers (email) values ($$early$$);\n';
      await site.push({ ...GOOD_MIGRATION, 'migrations/0004_early.sql': lonely });
      const red = await site.pull(recipe, 'synchronize');
      const failed = { ...all, tests: 'failure failure failure', gate: 'failure' };
      assert.deepEqual(resultsOf(red), failed, red?.log);

      await site.push(BAD_MIGRATION);
      const refused = await site.pull(recipe, 'synchronize');
      const skipped = { rehearse: 'failure', tests: 'skipped', smoke: 'skipped', gate: 'failure' };
      assert.deepEqual(resultsOf(refused), skipped, refused?.log);
      await removeBranches(site);
    },
  },

  'monorepo-two-databases.yml': {
    shop: {
      base: {
        'migrations/0001_customers.sql': undefined,
        'migrations/0002_orders.sql': undefined,
        'services/shop/migrations/0001_orders.sql':
          'create table orders (id bigint primary key, note text);\n',
        'services/billing/migrations/0001_bills.sql':
          'create table bills (id bigint primary key, note text);\n',
      },
    },
    async tell(site) {
      await site.push({
        'services/shop/migrations/0002_labels.sql': 'create table labels (id bigint primary key);\n',
        'services/billing/migrations/0002_note.sql': 'create index bills_note_idx on bills (note);\n',
      });
      const run = await site.pull('monorepo-two-databases.yml', 'opened');
      assert.deepEqual(resultsOf(run), { shop: 'success', billing: 'failure' }, run?.log);
      assert.match(site.comment('shop'), /Ready to merge.*0002_labels/s);
      assert.doesNotMatch(site.comment('shop'), /bills/);
      assert.match(site.comment('billing'), /bills_note_idx/);
      assert.equal((await site.mergeGroup('monorepo-two-databases.yml'))?.conclusion, 'failure');
    },
  },

  'adhoc-branch.yml': {
    async tell(site) {
      const recipe = 'adhoc-branch.yml';
      const branch = 'pullgres_512000001_named_qa__orders';
      const open = (ttl: string) => site.dispatch(recipe, { name: 'qa-orders', ttl });
      const first = await open('8h');
      assert.deepEqual(
        resultsOf(first),
        { open: 'success', prepare: 'success', remove: 'skipped' },
        first?.log,
      );
      assert.deepEqual(await site.server.branches(), [branch]);
      const given = jobOf(first, 'open').steps.find(({ id }) => id === 'branch')?.outputs;
      assert.equal(given?.created, 'true');
      const life = Date.parse(given?.['expires-at'] ?? '') - Date.now();
      assert.ok(life > 7 * HOUR && life <= 8 * HOUR, `it lives for ${life} ms`);
      // What the commit has is in it, and what the second job wrote.
      const emails = () => rowsAt(given?.['database-url'], 'select email from customers');
      assert.deepEqual(await emails(), [{ email: 'prepared' }]);

      const again = await open('24h');
      const renewed = jobOf(again, 'open').steps.find(({ id }) => id === 'branch')?.outputs;
      assert.equal(renewed?.created, 'false');
      assert.ok(Date.parse(renewed?.['expires-at'] ?? '') - Date.now() > 23 * HOUR);
      assert.equal((await emails()).length, 2);

      const removed = await site.dispatch(recipe, { name: 'qa-orders', what: 'remove' });
      assert.deepEqual(
        resultsOf(removed),
        { open: 'skipped', prepare: 'skipped', remove: 'success' },
        removed?.log,
      );
      assert.equal(jobOf(removed, 'remove').steps[0]?.outputs.removed, 'true');
      assert.deepEqual(await site.server.branches(), []);
      assert.deepEqual(await site.server.roles(), []);
    },
  },

  'nightly-refresh.yml': {
    async tell(site) {
      const cron = '23 2 * * *';
      // How far it goes without client tools: the schedule, the secrets and the checkout lead to the profile, which the
      // shop has not written. Refreshes with rows are told by test/tools/refresh.tools.ts.
      const run = await site.schedule('nightly-refresh.yml', cron);
      assert.equal(run?.conclusion, 'failure', run?.log);
      assert.match(run?.log ?? '', /masking profile .*masking\.yml could not be read/);
      assert.equal(await site.pull('nightly-refresh.yml', 'opened'), undefined);
    },
  },
};

async function makeStale(
  { server, shop }: ExampleSite,
  subject: { kind: 'pull-request'; number: number } | { kind: 'named'; name: string },
): Promise<void> {
  const provider = createPostgresProvider({ facts: server.admin, now: () => new Date() });
  const now = Date.now();
  await provider.ensureBaseline(
    { id: 'base', kind: 'schema', createdAt: new Date(now).toISOString() },
    async () => {},
  );
  await provider.create({
    identity: { repositoryId: shop.github.repository.id, subject },
    baselineId: 'base',
    headSha: 'a'.repeat(40),
    baseRef: 'main',
    expiresAt: new Date(now - 3 * HOUR).toISOString(),
  });
  await provider.close();
}

async function removeBranches({ server, shop }: ExampleSite): Promise<void> {
  const provider = createPostgresProvider({ facts: server.admin, now: () => new Date() });
  for (const { branch } of await provider.census()) {
    if (branch.labels.repositoryId === shop.github.repository.id) await provider.remove(branch.labels);
  }
  await provider.close();
}

const recipes = globSync('*.yml', { cwd: join(import.meta.dirname, '..', 'examples') }).map((path) =>
  basename(path),
);

describe('the recipes in examples/', () => {
  test('each has its story, and each story its recipe', () => {
    assert.deepEqual(Object.keys(stories).toSorted(), recipes.toSorted());
  });

  for (const [recipe, { shop = {}, tell }] of Object.entries(stories)) {
    test(recipe, () => withSite(shop, tell));
  }
});
