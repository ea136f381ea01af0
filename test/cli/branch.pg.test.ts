import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { derivedRepositoryId } from '../../src/branching/identity.ts';
import { createPostgresProvider } from '../../src/branching/postgres.ts';
import { baselineCommand } from '../../src/cli/baseline.ts';
import { branchCommand } from '../../src/cli/branch.ts';
import { ProviderError, UserError } from '../../src/errors.ts';
import { branchOutput } from '../../src/report/branch-json-schema.ts';
import { rowsAt, startTeamServer, type TeamServer } from '../support/team-server.ts';
import { type Ran, startPullgres } from './terminal.ts';

const PULL = ['--repository', 'acme/shop', '--pull-request', '7'];

describe('branches at a terminal', () => {
  let server: TeamServer;
  const folder = mkdtempSync(join(tmpdir(), 'pullgres-terminal-'));

  const pullgres = async (
    args: readonly string[],
    environment: Record<string, string> = {},
  ): Promise<Ran> => {
    const { end } = startPullgres(args, {
      folder,
      environment: { PULLGRES_SERVER_URL: server.url, ...environment },
    });
    const ran = await end;
    for (const secret of [server.password, server.url]) {
      assert.ok(!`${ran.out}${ran.err}`.includes(secret), 'the administrator’s password is printed');
    }
    return ran;
  };
  const json = async (...args: Parameters<typeof pullgres>) => {
    const ran = await pullgres([...args[0], '--format', 'json'], args[1]);
    assert.equal(ran.code, 0, ran.err);
    const parsed = JSON.parse(ran.out);
    branchOutput.parse(parsed);
    return parsed;
  };
  const seed = async (database: string, rows = 1) => {
    await server.query(`create database ${database} owner team_admin`);
    await server.query(`create table notes as select g as id from generate_series(1, ${rows}) g`, database);
    await server.query('alter table notes owner to team_admin', database);
  };

  before(async () => {
    server = await startTeamServer();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test('without a baseline: how to publish one', async () => {
    const { code, err } = await pullgres(['branch', 'create', ...PULL]);
    assert.equal(code, 2);
    assert.match(err, /There is no baseline.*node dist\/cli\.mjs baseline publish --database/s);
  });

  test('publish, list, publish again, another database under the name', async () => {
    await seed('shop_seed');
    await seed('other_seed');
    const publish = (database: string, kind: string) =>
      pullgres(['baseline', 'publish', '--database', database, '--name', 'shop', '--kind', kind]);
    const masked = await publish('shop_seed', 'masked');
    assert.equal(masked.code, 2);
    assert.match(masked.err, /masked baseline cannot be published/);
    assert.equal((await publish('shop_seed', 'synthetic')).code, 0);
    assert.equal((await publish('shop_seed', 'synthetic')).code, 0, 'again is success');
    const other = await publish('other_seed', 'synthetic');
    assert.equal(other.code, 2);
    assert.match(
      other.err,
      /The baseline "shop" is the database shop_seed\..*node dist\/cli\.mjs baseline remove/s,
    );
    const [listed, ...more] = await json(['baseline', 'list']);
    assert.deepEqual(more, []);
    assert.deepEqual(
      { ...listed, createdAt: undefined, bytes: undefined },
      {
        baseline: 'shop',
        kind: 'synthetic',
        database: 'shop_seed',
        branches: 0,
        createdAt: undefined,
        bytes: undefined,
      },
    );
    assert.ok(listed.bytes > 1_000_000);
  });

  test('create makes, and again gets; the URL is shown only when asked', async () => {
    const made = await json(['branch', 'create', ...PULL, '--ttl', '2h']);
    const id = derivedRepositoryId('acme/shop');
    assert.equal(made.branch, `pullgres_${id}_pr_7`);
    assert.equal(made.created, true);
    assert.equal(made.baseline, 'shop');
    assert.equal('url' in made, false);
    assert.equal(Date.parse(made.expires) - Date.parse(made.createdAt) <= 2 * 3_600_000, true);
    const again = await json([
      'branch',
      'create',
      '--repository',
      'Acme/Shop',
      '--pull-request',
      '7',
      '--show-url',
    ]);
    assert.equal(again.created, false);
    assert.equal(again.createdAt, made.createdAt);
    assert.ok(again.expires > made.expires, 'asking again renews the life');
    assert.deepEqual(await rowsAt(again.url, 'select id from notes'), [{ id: 1 }]);
    await rowsAt(again.url, 'insert into notes values (2)');
  });

  test('connect gives the same URL, and the text shows it only when asked', async () => {
    const { url, created, strategy } = await json(['branch', 'connect', ...PULL, '--show-url']);
    assert.deepEqual([created, strategy], [false, null]);
    assert.equal((await rowsAt(url, 'select id from notes')).length, 2);
    const password = new URL(url).password;
    const silent = await pullgres(['branch', 'connect', ...PULL]);
    assert.equal(silent.code, 0);
    assert.ok(!`${silent.out}${silent.err}`.includes(password));
    assert.match(silent.out, /--show-url/);
    const shown = await pullgres(['branch', 'connect', ...PULL, '--show-url']);
    assert.ok(shown.out.includes(url) && !shown.err.includes(password));
  });

  test('a password that was changed from within is told, and create heals it', async () => {
    const { url } = await json(['branch', 'connect', ...PULL, '--show-url']);
    // Sessions begin as the branch's owner group; the login role alone may change its password.
    const change = "perform set_config('role', 'none', true); alter role session_user password 'of my own';";
    await rowsAt(url, `do $$ begin ${change} end $$`);
    const { code, err } = await pullgres(['branch', 'connect', ...PULL]);
    assert.equal(code, 2);
    assert.match(
      err,
      /The password of the branch \S+ was changed from within the branch.*node dist\/cli\.mjs branch create/s,
    );
    await json(['branch', 'create', ...PULL]);
    assert.equal((await json(['branch', 'connect', ...PULL, '--show-url'])).url, url);
    assert.equal((await rowsAt(url, 'select id from notes')).length, 2);
  });

  test('reset brings the rows back, and moves to another baseline when told', async () => {
    const same = await json(['branch', 'reset', ...PULL, '--show-url']);
    assert.equal(same.created, false);
    assert.deepEqual(await rowsAt(same.url, 'select id from notes'), [{ id: 1 }]);
    await seed('big_seed', 3);
    assert.equal(
      (
        await pullgres([
          'baseline',
          'publish',
          '--database',
          'big_seed',
          '--name',
          'big',
          '--kind',
          'synthetic',
        ])
      ).code,
      0,
    );
    const refused = await pullgres(['branch', 'create', ...PULL, '--baseline', 'big']);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /made from the baseline shop.*node dist\/cli\.mjs branch reset --baseline/s);
    const moved = await json(['branch', 'reset', ...PULL, '--baseline', 'big', '--show-url']);
    assert.equal(moved.baseline, 'big');
    assert.equal((await rowsAt(moved.url, 'select id from notes')).length, 3);
    const choice = await pullgres(['branch', 'create', '--repository', 'acme/shop', '--pull-request', '8']);
    assert.equal(choice.code, 2);
    assert.match(choice.err, /several baselines on this server: big, shop\..*--baseline/s);
  });

  test('a baseline in use is not removed', async () => {
    const refused = await pullgres(['baseline', 'remove', '--name', 'big']);
    assert.equal(refused.code, 2);
    assert.match(refused.err, /"big" is in use by pullgres_\d+_pr_7/);
    assert.deepEqual(await json(['baseline', 'remove', '--name', 'nothing']), {
      baseline: 'nothing',
      removed: false,
    });
    assert.deepEqual(await json(['baseline', 'remove', '--name', 'shop']), {
      baseline: 'shop',
      removed: true,
    });
    assert.deepEqual(await server.query("select 1 from pg_database where datname = 'shop_seed'"), []);
  });

  test('the number that GitHub gave is found by the name, and asked from GitHub where there is a token', async () => {
    const { admin } = server;
    const provider = createPostgresProvider({ facts: admin, now: () => new Date() });
    await provider.create({
      identity: { repositoryId: 77, subject: { kind: 'pull-request', number: 1 } },
      baselineId: 'big',
      headSha: 'a'.repeat(40),
      baseRef: 'main',
      expiresAt: '2126-01-01T00:00:00.000Z',
      author: 'robin',
      repository: 'Acme/Store',
    });
    const store = ['--repository', 'acme/store'];
    const listed = await json(['branch', 'list', ...store]);
    assert.deepEqual(
      listed.map((one: Record<string, unknown>) => [
        one.repositoryId,
        one.pullRequest,
        one.author,
        one.expired,
      ]),
      [[77, 1, 'robin', false]],
    );
    assert.equal((await json(['branch', 'connect', ...store, '--pull-request', '1'])).created, false);
    assert.equal((await json(['branch', 'list'])).length, 2, 'the whole server');
    const github = createServer((request, response) => {
      const known = request.url === '/repos/acme/renamed';
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify(known ? { id: 77 } : { message: 'Not Found' }));
    });
    github.listen(0, '127.0.0.1');
    await once(github, 'listening');
    try {
      const environment = {
        GITHUB_TOKEN: 'ghp_forThisTestOnly',
        GITHUB_API_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}`,
      };
      const renamed = await json(['branch', 'list', '--repository', 'acme/renamed'], environment);
      assert.equal(renamed.length, 1);
      const missing = await pullgres(['branch', 'list', '--repository', 'acme/nothing'], environment);
      assert.equal(missing.code, 2);
      assert.match(missing.err, /--repository-id/);
      assert.ok(!missing.err.includes('ghp_forThisTestOnly'));
    } finally {
      github.close();
    }
    const ids = ['--repository-id', '77', '--pull-request', '1'];
    assert.deepEqual(await json(['branch', 'remove', ...ids]), { branch: 'pullgres_77_pr_1', removed: true });
    assert.deepEqual(await json(['branch', 'remove', ...ids]), {
      branch: 'pullgres_77_pr_1',
      removed: false,
    });
  });

  test('Ctrl-C in the middle leaves nothing that remove does not find', async () => {
    const own = ['--repository', 'acme/other', '--pull-request', '9'];
    const running = startPullgres(['branch', 'create', ...own, '--baseline', 'big'], {
      folder,
      environment: { PULLGRES_SERVER_URL: server.url },
    });
    let asked = false;
    running.child.stderr?.on('data', () => {
      if (asked || !running.said().includes('Copying the baseline')) return;
      asked = true;
      running.child.kill('SIGINT');
    });
    const { code, err } = await running.end;
    assert.equal(code, 130, err);
    const { code: removed } = await pullgres(['branch', 'remove', ...own]);
    assert.equal(removed, 0);
    const name = `pullgres_${derivedRepositoryId('acme/other')}_pr_9`;
    assert.ok(!(await server.branches()).includes(name));
    assert.ok(!(await server.roles()).includes(name));
    assert.deepEqual((await json(['branch', 'create', ...own, '--baseline', 'big'])).created, true);
  });

  const mistakes: readonly (readonly [readonly string[], RegExp])[] = [
    [['branch'], /branch does nothing by itself.*create, connect, reset, remove, list/s],
    [['branch', 'creat'], /does not take "creat".*Did you mean create\?/s],
    [['branch', 'create', 'now', ...PULL], /does not take "create" "now"/],
    [['branch', 'create', '--pull-request', '7'], /No repository is named/],
    [['branch', 'create', '--repository', 'acme/shop'], /No pull request is named/],
    [
      ['branch', 'create', '--repository', 'acme', '--pull-request', '7'],
      /--repository does not take "acme"/,
    ],
    [['branch', 'create', '--repository', 'a/b/c', '--pull-request', '7'], /Write owner\/name/],
    [
      ['branch', 'create', '--repository', 'acme/shop', '--pull-request', '0'],
      /--pull-request does not take "0"/,
    ],
    [
      ['branch', 'create', '--repository', 'acme/shop', '--pull-request=-1'],
      /--pull-request does not take "-1"/,
    ],
    [['branch', 'create', '--repository', 'acme/shop', '--pull-request', '1e3'], /does not take "1e3"/],
    [['branch', 'list', '--repository-id', 'x'], /--repository-id does not take "x"/],
    [['branch', 'create', ...PULL, '--ttl', 'soon'], /--ttl does not take "soon"/],
    [['branch', 'remove', ...PULL, '--show-url'], /branch remove does not take --show-url/],
    [['branch', 'list', '--format', 'yaml'], /--format does not take "yaml"/],
    [['branch', 'connect', '--repository', 'acme/shop', '--pull-request', '404'], /There is no such branch/],
    [['baseline', 'publish', '--name', 'x', '--kind', 'schema'], /--database is missing/],
    [['baseline', 'publish', '--database', 'x', '--name', 'x'], /--kind is missing/],
    [
      ['baseline', 'publish', '--database', 'postgres', '--name', 'x', '--kind', 'schema'],
      /does not belong to/,
    ],
    [['baseline', 'publish', '--database', 'none', '--name', 'x', '--kind', 'schema'], /none of this name/],
  ];
  for (const [args, pattern] of mistakes) {
    test(`refused: ${args.join(' ')}`, async () => {
      const [command, ...rest] = args;
      const run = command === 'branch' ? branchCommand.run : baselineCommand.run;
      const given = ['create', 'connect', 'remove', 'list', 'publish'].includes(rest[0] ?? '');
      await assert.rejects(run(given ? [...rest, '--server-url', server.url] : rest), (error: unknown) => {
        assert.ok(error instanceof UserError || error instanceof ProviderError, String(error));
        assert.match(`${error.message}\n${error.hint}`, pattern);
        return true;
      });
    });
  }

  test('refused: no server, and a server whose URL is no URL', async () => {
    const { code, err } = await pullgres(['branch', 'list'], { PULLGRES_SERVER_URL: '' });
    assert.equal(code, 2);
    assert.match(err, /No branch server is named.*PULLGRES_SERVER_URL/s);
    const bad = await pullgres(['branch', 'list', '--server-url', 'postgres://u:hunter2@h:notaport/x']);
    assert.equal(bad.code, 2);
    assert.ok(!bad.err.includes('hunter2'));
  });
});
