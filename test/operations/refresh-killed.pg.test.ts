import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { Secret } from '../../src/secret.ts';
import { testServer } from '../support/postgres.ts';
import {
  ask,
  MASTER,
  newMaster,
  refreshTorture,
  toldBy,
  tortureSource,
  trusting,
} from '../support/torture.ts';

/** What a refresh may have left on the server. */
async function remains(): Promise<unknown> {
  const server = await testServer();
  return {
    sessions: await ask(
      server,
      "SELECT application_name, datname FROM pg_stat_activity WHERE application_name ~ 'pullgres refresh'",
    ),
    databases: await ask(server, "SELECT datname FROM pg_database WHERE datname ~ 'building|_b_' ORDER BY 1"),
    roles: await ask(server, 'SELECT count(*)::int AS roles FROM pg_roles WHERE oid >= 16384'),
    all: await ask(server, "SELECT count(*)::int AS databases FROM pg_database WHERE datname !~ '^test_'"),
  };
}

/** Lines of the log at each step of a refresh. */
const STEPS = [
  /^Looking through/,
  /^Reading the schema/,
  /^Refresh, schema/,
  /^Refresh, rows/,
  /^Refresh, keys/,
  /^Refresh, statistics/,
  /^Proving the structure/,
  /^Trying the masks/,
  /^Seeking real values/,
  /^Taking fingerprints/,
];

describe('a refresh that ends early', () => {
  let source: ConnectionFacts;
  before(async () => {
    source = await tortureSource();
    const first = await refreshTorture({ source, name: 'ended' });
    assert.equal(first.record.status, 'published');
  });

  for (const step of STEPS) {
    it(`leaves nothing when it is cancelled at ${step.source}`, async () => {
      const before = await remains();
      const abort = new AbortController();
      const onInfo = (text: string): void => {
        if (step.test(text)) abort.abort(new Error('cancelled by a test'));
      };
      await assert.rejects(
        refreshTorture({ source, name: 'ended', signal: abort.signal, onInfo }),
        /cancelled by a test|abort/i,
      );
      assert.ok(abort.signal.aborted);
      assert.deepEqual(await remains(), before);
    });
  }

  it('says that a session was ended on the server, and leaves nothing', async () => {
    const before = await remains();
    const server = await testServer();
    const kills: Promise<unknown>[] = [];
    const onInfo = (text: string): void => {
      if (/^Seeking real values/.test(text))
        kills.push(
          ask(
            server,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name ~ 'pullgres refresh'",
          ),
        );
    };
    const { record } = await refreshTorture({ source, name: 'ended', onInfo });
    await Promise.all(kills);
    assert.equal(kills.length, 1);
    assert.notEqual(record.status, 'published');
    assert.deepEqual(await remains(), before);
  });

  it('says who is at work when two refresh one name', async () => {
    const both = await Promise.all([1, 2].map(() => refreshTorture({ source, name: 'twice' })));
    assert.deepEqual(both.map(({ record }) => record.status).sort(), ['failed', 'published']);
    const reason = both.map(({ record }) => record.reason ?? '').join('');
    assert.match(reason, /Another job is refreshing the baseline "twice", since .* \(server process \d+\)/);
  });

  for (const [what, more, expected] of [
    ['a short key', { maskKey: new Secret('short'), policy: trusting(MASTER) }, /needs 32 or more/],
    [
      'a key that the policy does not trust',
      { maskKey: newMaster(), policy: trusting(MASTER) },
      /does not trust the key.*public-keys: \[MCow/,
    ],
    ['a policy without a key', { maskKey: MASTER, policy: trusting() }, /does not trust the key/],
  ] as const) {
    it(`finds ${what} before a row is read`, async () => {
      const result = await refreshTorture({ source, name: 'ended', ...more });
      assert.equal(result.record.status, 'failed');
      assert.match(result.record.reason ?? '', expected);
      assert.deepEqual(result.world.said, []);
      assert.ok(!toldBy(result).includes(more.maskKey.reveal()));
    });
  }

  it('finds a rule that is missing before a row is moved', async () => {
    const { record } = await refreshTorture({
      source,
      name: 'ended',
      profile: (text) => text.replace('    phone: phone\n', ''),
    });
    assert.equal(record.status, 'refused');
    assert.equal(record.reason, 'One thing of the profile must be put right first.');
    assert.deepEqual(record.tables, []);
  });
});
