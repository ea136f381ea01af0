import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import type { Provider } from '../../src/branching/provider.ts';
import { sweepSchema } from '../../src/evidence/sweep-schema.ts';
import { pullSpec } from '../support/events.ts';
import { type FakeGitHub, startFakeGitHub } from '../support/fake-github.ts';
import { startTeamServer, type TeamServer } from '../support/team-server.ts';
import { startPullgres } from './terminal.ts';

describe('pullgres sweep', () => {
  let server: TeamServer;
  let github: FakeGitHub;
  let provider: Provider;

  before(async () => {
    [server, github] = await Promise.all([startTeamServer(), startFakeGitHub()]);
    provider = createPostgresProvider({ facts: server.admin, now: () => new Date() });
    const createdAt = new Date().toISOString();
    await provider.ensureBaseline({ id: 'base', kind: 'schema', createdAt }, async () => {});
    for (const number of [1, 2]) {
      const state = number === 1 ? 'closed' : 'open';
      github.repository.pulls.set(number, pullSpec({ number, state }));
      await provider.create({
        identity: { repositoryId: github.repository.id, subject: { kind: 'pull-request', number } },
        baselineId: 'base',
        headSha: 'a'.repeat(40),
        baseRef: 'main',
        repository: 'Tidewater/Shop',
        expiresAt: new Date(Date.now() + 86_400_000).toISOString(),
      });
    }
    // Left over for certain: a database that never took connections.
    await server.query(
      `create database pullgres_${github.repository.id}_pr_9 owner team_admin allow_connections false`,
    );
  });
  after(() => github.close());

  const run = (args: readonly string[], token?: string) =>
    startPullgres(['sweep', '--repository', 'tidewater/shop', ...args], {
      environment: {
        PULLGRES_SERVER_URL: server.url,
        GITHUB_API_URL: github.url,
        ...(token ? { GITHUB_TOKEN: token } : {}),
      },
    }).end;
  const id = () => ['--repository-id', String(github.repository.id)];

  test('without --apply nothing changes', async () => {
    const before = await server.branches();
    const { code, out, err } = await run(id(), github.token());
    assert.equal(code, 0, err);
    assert.match(out, /would be removed {2}pullgres_512000001_pr_1 /);
    assert.match(out, /would remove 2; 1 remain not seen, 1 kept\./);
    assert.deepEqual(await server.branches(), before);
    assert.ok(!`${out}${err}`.includes(server.password));
  });

  test('without a token only what is certainly left over goes; the name tells the number', async () => {
    const { code, out, err } = await run(['--apply', '--format', 'json']);
    assert.equal(code, 0, err);
    const record = sweepSchema.parse(JSON.parse(out));
    assert.equal(record.repository.id, github.repository.id);
    assert.deepEqual([record.totals.deleted, record.totals.unknown], [1, 2]);
    assert.deepEqual(await server.branches(), ['pullgres_512000001_pr_1', 'pullgres_512000001_pr_2']);
  });

  test('GitHub refuses: nothing goes, and it could not judge', async () => {
    const { code, out } = await run([...id(), '--apply'], 'ghp_wrong');
    assert.equal(code, 2);
    assert.match(out, /GitHub answered 401/);
    assert.equal((await server.branches()).length, 2);
  });

  test('with a token and --apply the closed one goes', async () => {
    const { code, out, err } = await run([...id(), '--apply'], github.token());
    assert.equal(code, 0, err);
    assert.match(out, /removed 1 \(/);
    assert.deepEqual(await server.branches(), ['pullgres_512000001_pr_2']);
    assert.deepEqual(github.repository.comments, []);
    assert.deepEqual(github.problems, []);
  });

  test('without a repository it says which option is missing', async () => {
    const { code, err } = await startPullgres(['sweep'], { environment: {} }).end;
    assert.equal(code, 2);
    assert.match(err, /--repository is missing.*--repository tidewater\/shop/s);
  });

  for (const [args, says] of [
    [['--maximum', '0'], /--maximum does not take "0"/],
    [['--maximum', '99999'], /from 1 to 10000/],
    [
      ['--repository', 'shop'],
      /--repository does not take "shop".*owner\/name.*--repository tidewater\/shop/s,
    ],
    [['--repository'], /'--repository <value>' argument missing.*--repository tidewater\/shop/s],
    [
      ['--repository', '--apply'],
      /'--repository' argument is ambiguous\. *\n?.*--repository tidewater\/shop/s,
    ],
    [['more'], /takes no words.*--repository tidewater\/shop/s],
    [['--aply'], /Unknown option/],
  ] as const) {
    test(`${args.join(' ')} is refused`, async () => {
      const { code, err } = await run(args);
      assert.equal(code, 2);
      assert.match(err, says);
    });
  }
});
