import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  BASE_MIGRATIONS,
  type Files,
  GOOD_MIGRATION,
  type ShopOptions,
  type ShopRun,
  startShop,
} from '../support/shop-job.ts';
import { withJob } from '../support/shop-steps.ts';
import { rowsAt } from '../support/team-server.ts';

/** Opens a pull request with these files on a repository of its own and runs the root action with no input. */
async function opened(
  options: ShopOptions,
  files: Files,
  use: (run: ShopRun, calls: readonly string[]) => void,
) {
  const shop = await startShop(options);
  try {
    await shop.push(files);
    const run = await shop.run({ event: 'opened' });
    use(run, shop.github.calls());
  } finally {
    await shop.close();
  }
}

const DBMATE = (up: string, down = '') => `-- migrate:up\n${up}\n\n-- migrate:down\n${down}\n`;

const layouts: readonly { tool: string; directory: string; base: Files; change: Files }[] = [
  {
    tool: 'sql',
    directory: 'migrations',
    base: BASE_MIGRATIONS,
    change: GOOD_MIGRATION,
  },
  {
    tool: 'dbmate',
    directory: 'db/migrations',
    base: {
      'db/migrations/20260101000000_orders.sql': DBMATE(
        'create table orders (id int primary key, note text);',
        'drop table orders;',
      ),
    },
    change: {
      'db/migrations/20260201000000_labels.sql': DBMATE(
        'create table labels (id int primary key);',
        'drop table labels;',
      ),
    },
  },
  {
    tool: 'prisma',
    directory: 'prisma/migrations',
    base: {
      'prisma/migrations/migration_lock.toml': 'provider = "postgresql"\n',
      'prisma/migrations/20260101000000_orders/migration.sql':
        'create table "Order" ("id" serial primary key);\n',
    },
    change: {
      'prisma/migrations/20260201000000_labels/migration.sql':
        'create table "Label" ("id" serial primary key);\n',
    },
  },
];

describe('without any input', () => {
  for (const { tool, directory, base, change } of layouts) {
    test(`${tool} migrations are found, linted, rehearsed and reported on`, async () => {
      await opened({ base }, change, (run, calls) => {
        const { evidence, outputs } = run;
        assert.equal(run.exitCode, 0, run.log);
        assert.equal(outputs.verdict, 'pass', run.log);
        assert.deepEqual(evidence?.migrations, {
          tool,
          directory,
          added: Object.keys(change),
          altered: [],
          base: 1 + Number(tool === 'sql'),
        });
        assert.equal(evidence?.branch?.provider, 'local');
        assert.equal(evidence?.branch?.lifetime, 'job');
        assert.equal(evidence?.lint?.status, 'passed');
        assert.deepEqual(
          evidence?.rehearsal?.migrations.map(({ file, outcome }) => [file, outcome]),
          Object.keys(change).map((file) => [file, 'applied']),
        );
        assert.match(run.comment, /Ready to merge: 1 new migration applied/);
        assert.match(run.summary, /Ready to merge/);
        assert.match(run.end.posts[0]?.log ?? '', /server of this job is stopped/);
        assert.deepEqual(calls.filter((call) => call === 'issues/create-comment').length, 1);
      });
    });
  }

  test('a finding of severity error is red, said in the comment and annotated where it stands', async () => {
    const file = 'migrations/0003_index.sql';
    await opened({}, { [file]: 'create index orders_note_idx on orders (note);\n' }, (run) => {
      assert.equal(run.exitCode, 1, run.log);
      assert.equal(run.outputs.verdict, 'fail');
      assert.equal(run.outputs['findings-error'], '1');
      assert.match(run.comment, /Do not merge yet/);
      assert.deepEqual(
        run.annotations.map(({ level, file, line }) => ({ level, file, line })),
        [{ level: 'error', file, line: 1 }],
      );
    });
  });

  test('an annotation names the file from the repository’s root, wherever the migrations are', async () => {
    const folder = 'services/shop/db';
    const moved = Object.entries(BASE_MIGRATIONS).map(([path, text]) => [
      `services/shop/${path}`.replace('migrations', 'db'),
      text,
    ]);
    const shop = await startShop({ base: Object.fromEntries(moved) });
    try {
      await shop.push({
        [`${folder}/0003_index.sql`]: '-- why\n\ncreate index orders_note_idx on orders (note);\n',
      });
      const { annotations, log } = await shop.run({ with: { 'migrations-directory': folder } });
      assert.deepEqual(
        annotations.map(({ level, file, line }) => ({ level, file, line })),
        [{ level: 'error', file: `${folder}/0003_index.sql`, line: 3 }],
        log,
      );
    } finally {
      await shop.close();
    }
  });

  test('credentials are step outputs only: a job output drops them', async () => {
    const shop = await startShop();
    try {
      const { mergeSha } = await shop.push(GOOD_MIGRATION);
      await withJob(shop, { event: 'opened', sha: mergeSha }, async (job) => {
        const { outputs } = await job.step('pullgres');
        assert.deepEqual(
          await rowsAt(outputs['database-url'], 'select count(*)::int as labels from labels'),
          [{ labels: 0 }],
        );
        const wanted = ['branch-name', 'verdict', 'database-url', 'password'];
        const given = job.outputs(
          Object.fromEntries(wanted.map((name) => [name, `\${{ steps.pullgres.outputs.${name} }}`])),
        );
        assert.deepEqual(given.dropped, ['database-url', 'password']);
        assert.deepEqual(given.outputs, { 'branch-name': 'pullgres_512000001_pr_7', verdict: 'pass' });
      });
    } finally {
      await shop.close();
    }
  });
});

describe('without any input and without work for a database', () => {
  const cases: readonly { name: string; base: Files; change: Files; reason: string; comments: number }[] = [
    {
      name: 'a repository without migrations',
      base: { 'README.md': 'A shop.\n' },
      change: { 'index.html': '<p>Hello\n' },
      reason: 'the repository has no migrations',
      comments: 0,
    },
    {
      name: 'a pull request that changes none',
      base: BASE_MIGRATIONS,
      change: { 'README.md': 'A shop.\n' },
      reason: 'no new migrations',
      comments: 0,
    },
  ];
  for (const { name, base, change, reason, comments } of cases) {
    test(`${name} passes, quickly and with no server`, async () => {
      await opened({ base }, change, (run, calls) => {
        assert.equal(run.exitCode, 0, run.log);
        assert.equal(run.outputs.verdict, 'pass');
        assert.equal(run.outputs['branch-name'], undefined);
        assert.equal(run.evidence?.lint?.reason, reason);
        assert.equal(run.evidence?.rehearsal?.reason, reason);
        assert.equal(run.evidence?.branch, undefined);
        assert.ok(!run.log.includes('Starting Postgres'), run.log);
        assert.ok(run.durationMs < 5_000, `${run.durationMs} ms`);
        assert.equal(calls.filter((call) => call === 'issues/create-comment').length, comments);
      });
    });
  }
});
