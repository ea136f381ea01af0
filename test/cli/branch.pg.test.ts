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
import { connectionUrl } from '../../src/postgres/url.ts';
import { branchOutput } from '../../src/report/branch-json-schema.ts';
import { Secret } from '../../src/secret.ts';
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

  const publishSeed = (database: string, name: string) =>
    pullgres(['baseline', 'publish', '--database', database, '--name', name, '--kind', 'synthetic']);
  const otherAdministrator = async () => {
    await server.query("create role other_admin login createdb createrole password 'of-the-other'");
    const facts = { ...server.admin, user: 'other_admin', password: new Secret('of-the-other') };
    return { facts, url: connectionUrl(facts).reveal() };
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
        name: null,
        kind: 'synthetic',
        database: 'shop_seed',
        sourceAt: null,
        proved: null,
        notProved: null,
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
    const absent = await pullgres(['baseline', 'remove', '--name', 'nothing']);
    assert.deepEqual(
      [absent.code, absent.out],
      [0, 'There is no baseline nothing on this server; nothing was removed.\n'],
    );
    const unsure = await pullgres(['baseline', 'remove', '--name', 'shop']);
    assert.equal(unsure.code, 2);
    assert.match(unsure.err, /baseline shop is the database shop_seed \(.*--yes/s);
    assert.equal((await server.query("select 1 from pg_database where datname = 'shop_seed'")).length, 1);
    assert.deepEqual(await json(['baseline', 'remove', '--name', 'shop', '--yes']), {
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

  test('a database labelled as a branch or a shard is no database to publish', async () => {
    const name = `pullgres_${derivedRepositoryId('acme/shop')}_pr_7`;
    const refused = await publishSeed(name, 'again');
    assert.equal(refused.code, 2);
    assert.match(
      refused.err,
      /this is a branch of pull request 7 of repository \d+, not a database of yours/,
    );
    assert.doesNotMatch(refused.err, /COMMENT ON/);
    await seed('shard_seed');
    const [{ comment } = {}] = await server.query(
      `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = '${name}'`,
    );
    const { labels } = JSON.parse(String(comment).slice('pullgres:'.length)).branch;
    const { createdAt, expiresAt } = labels;
    const shard = `pullgres:${JSON.stringify({ shard: { labels, index: 1, createdAt, expiresAt } })}`;
    await server.query(`comment on database shard_seed is '${shard}'`);
    const second = await publishSeed('shard_seed', 'again');
    assert.equal(second.code, 2);
    assert.match(second.err, /this is a shard of the branch of pull request 7/);
    await server.query('drop database shard_seed');
  });

  test('publish refuses what no branch could be made of, and its remedy helps', async () => {
    await seed('owned_seed');
    await server.query('create role app_owner');
    await server.query('alter table notes owner to app_owner', 'owned_seed');
    const member = await publishSeed('owned_seed', 'owned');
    assert.equal(member.code, 2);
    assert.match(member.err, /app_owner owns table public\.notes in it, and team_admin has not the rights/);
    const grant = /GRANT "?app_owner"? TO .*/.exec(member.err)?.[0];
    assert.ok(grant, member.err);
    await server.query(grant);
    await server.query('create role root_owner superuser');
    await server.query('create table of_root (id int)', 'owned_seed');
    await server.query('alter table of_root owner to root_owner', 'owned_seed');
    const superuser = await publishSeed('owned_seed', 'owned');
    assert.match(superuser.err, /root_owner owns table public\.of_root/);
    const reassign = /REASSIGN OWNED BY .*/.exec(superuser.err)?.[0];
    assert.ok(reassign, superuser.err);
    await server.query(reassign, 'owned_seed');
    await server.query('create table of_postgres (id int)', 'owned_seed');
    const bootstrap = await publishSeed('owned_seed', 'owned');
    const alter = /ALTER TABLE public\.of_postgres OWNER TO \S+/.exec(bootstrap.err)?.[0]?.replace(/\.$/, '');
    assert.ok(alter, bootstrap.err);
    await server.query(alter, 'owned_seed');
    const published = await publishSeed('owned_seed', 'owned');
    assert.equal(published.code, 0, published.err);
    const own = ['--repository', 'acme/owned', '--pull-request', '1'];
    assert.equal((await json(['branch', 'create', ...own, '--baseline', 'owned'])).created, true);
    await pullgres(['branch', 'remove', ...own]);
  });

  test('what was made harmless is told in both formats', async () => {
    await server.query('create database armed_seed owner team_admin');
    await server.query('create extension postgres_fdw', 'armed_seed');
    await server.query('grant usage on foreign data wrapper postgres_fdw to team_admin', 'armed_seed');
    for (const sql of [
      'create server far foreign data wrapper postgres_fdw',
      'alter server far owner to team_admin',
      'create user mapping for team_admin server far',
      'create user mapping for public server far',
    ]) {
      await server.query(sql, 'armed_seed');
    }
    assert.equal((await publishSeed('armed_seed', 'armed')).code, 0);
    const own = ['--repository', 'acme/armed', '--pull-request', '1'];
    const made = await json(['branch', 'create', ...own, '--baseline', 'armed']);
    const mappings = made.quarantine.filter(({ kind }: { kind: string }) => kind === 'user mapping');
    assert.equal(mappings.length, 2);
    assert.deepEqual((await json(['branch', 'connect', ...own])).quarantine, []);
    const reset = await pullgres(['branch', 'reset', ...own]);
    assert.equal(reset.code, 0, reset.err);
    assert.match(reset.out, /made harmless, dropped: user mapping [^,\n]+, [^,\n]+\n/);
    await pullgres(['branch', 'remove', ...own]);
  });

  test('a half-made branch and an expired one say so in the list', async () => {
    const own = ['--repository', 'acme/half', '--pull-request', '1'];
    const { branch } = await json(['branch', 'create', ...own, '--baseline', 'big']);
    const relabel = async (change: (label: string) => string) => {
      const [{ comment } = {}] = await server.query(
        `select shobj_description(oid, 'pg_database') as comment from pg_database where datname = '${branch}'`,
      );
      await server.query(`comment on database ${branch} is '${change(String(comment))}'`);
    };
    const list = ['branch', 'list', '--repository', 'acme/half'];
    assert.equal((await json(list))[0].state, 'ready');
    await relabel((text) => text.replace(/"expiresAt":"\d+/, '"expiresAt":"2020'));
    assert.match((await pullgres(list)).out, new RegExp(`${branch} +expired +acme/half .*expired 2020.* MB`));
    await relabel((text) => text.replace('"state":"ready"', '"state":"making"'));
    assert.equal((await json(list))[0].state, 'making');
    assert.match((await pullgres(list)).out, new RegExp(`${branch} +half made +acme/half `));
    assert.equal((await json(['branch', 'remove', ...own])).removed, true);
  });

  test('branches that were made without a token are found with one, and said to be hidden from CI', async () => {
    const name = ['--repository', 'acme/late'];
    const own = [...name, '--pull-request', '3'];
    const derived = `pullgres_${derivedRepositoryId('acme/late')}_pr_3`;
    const first = await pullgres(['branch', 'create', ...own, '--baseline', 'big']);
    assert.equal(first.code, 0, first.err);
    assert.match(first.err, /warning: The number of acme\/late is derived.*GITHUB_TOKEN or --repository-id/);
    const github = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ id: 4242 }));
    });
    github.listen(0, '127.0.0.1');
    await once(github, 'listening');
    try {
      const token = {
        GITHUB_TOKEN: 'ghp_forThisTestOnly',
        GITHUB_API_URL: `http://127.0.0.1:${(github.address() as AddressInfo).port}`,
      };
      assert.equal((await json(['branch', 'connect', ...own], token)).branch, derived);
      assert.equal((await json(['branch', 'reset', ...own], token)).branch, derived);
      const again = await pullgres(['branch', 'create', ...own], token);
      assert.match(again.err, /was made without GITHUB_TOKEN.*CI, which knows the repository as 4242/);
      assert.match(again.out, new RegExp(`${derived} is there already`));
      const next = await json(
        ['branch', 'create', ...name, '--pull-request', '4', '--baseline', 'big'],
        token,
      );
      assert.equal(next.branch, 'pullgres_4242_pr_4');
      for (const environment of [token, {}]) {
        const listed = await json(['branch', 'list', ...name], environment);
        assert.deepEqual(listed.map((one: { branch: string }) => one.branch).toSorted(), [
          'pullgres_4242_pr_4',
          derived,
        ]);
      }
      const byHand = await json(['branch', 'list', ...name, '--repository-id', '4242'], token);
      assert.equal(byHand.length, 1);
      assert.deepEqual(await json(['branch', 'remove', ...own], token), { branch: derived, removed: true });
      assert.equal(
        (await json(['branch', 'remove', ...name, '--pull-request', '4'], token)).branch,
        'pullgres_4242_pr_4',
      );
    } finally {
      github.close();
    }
  });

  test('another administrator is told whose the branches are', async () => {
    const other = await otherAdministrator();
    for (const args of [
      ['branch', 'list'],
      ['branch', 'create', ...PULL],
      ['branch', 'connect', ...PULL],
      ['branch', 'remove', ...PULL],
      ['baseline', 'list'],
      ['baseline', 'remove', '--name', 'big'],
      ['sweep', '--repository', 'acme/shop'],
    ]) {
      const { code, err } = await pullgres(args, { PULLGRES_SERVER_URL: other.url });
      assert.equal(code, 2, args.join(' '));
      assert.match(err, /belongs to the role team_admin, not to other_admin.*Connect as team_admin/s);
    }
    const provider = createPostgresProvider({ facts: other.facts, now: () => new Date() });
    const identity = { repositoryId: 1, subject: { kind: 'pull-request', number: 1 } } as const;
    await assert.rejects(provider.find(identity), /belongs to the role team_admin/);
    await assert.rejects(provider.list(1), /belongs to the role team_admin/);
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
    [['branch', 'create', ...PULL, '--ttl', '15d'], /--ttl 15d is beyond the greatest age of a branch, 14d/],
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
