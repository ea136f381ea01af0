import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { labelText } from '../../src/branching/labels.ts';
import { createPostgresProvider, type PostgresProvider } from '../../src/branching/postgres.ts';
import type { Baseline, BranchIdentity } from '../../src/branching/provider.ts';
import { signAttestation } from '../../src/masking/attestation.ts';
import { type Attestation, NEEDED_CHECKS } from '../../src/masking/attestation-body.ts';
import { publicKeyText } from '../../src/masking/signing-key.ts';
import { listBaselinesHere } from '../../src/operations/baseline-here.ts';
import { manifestBeside } from '../../src/operations/baseline-manifest.ts';
import { ensureBranch } from '../../src/operations/branch.ts';
import { doctorHere } from '../../src/operations/doctor.ts';
import { type LoadedPolicy, policyFromText } from '../../src/operations/policy.ts';
import { trustOf } from '../../src/operations/trust.ts';
import { verifyHere, verifyOutput } from '../../src/operations/verify.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { identifier, literal } from '../../src/postgres/quote.ts';
import { connectionUrl } from '../../src/postgres/url.ts';
import { verifyOutputSchema } from '../../src/report/verify-json-schema.ts';
import { Secret } from '../../src/secret.ts';
import { fill, KEY, MANIFEST } from '../branching/refresh-stage.ts';
import { startPullgres } from '../cli/terminal.ts';
import { quietWorld } from '../support/quiet-world.ts';
import { rowsOf, startTeamServer, type TeamServer } from '../support/team-server.ts';

/** What a whole proof names beside the bytes. */
const OTHERS = NEEDED_CHECKS.filter((name) => name !== 'bytes').map(
  (name) => ({ name, status: 'proved' }) as const,
);

const POLICY = `masking: { public-keys: [${publicKeyText(KEY)}], max-age: 2h }\n`;
const loaded: LoadedPolicy = policyFromText(POLICY, { commit: undefined, editedHere: false });
const HOUR = 3_600_000;

const world = quietWorld();
mkdirSync(join(world.workspace, '.github'));
writeFileSync(join(world.workspace, '.github/pullgres.yml'), POLICY);

describe('masked baselines under a policy', () => {
  let server: TeamServer;
  let provider: PostgresProvider;
  let url: string;
  before(async () => {
    server = await startTeamServer();
    provider = createPostgresProvider({
      facts: server.admin,
      now: () => new Date(),
      trust: trustOf(loaded.policy.masking),
    });
    url = connectionUrl(server.admin).reveal();
  });
  afterEach(async () => {
    for (const held of await provider.census()) await provider.remove(held.branch.labels);
    for (const { baseline } of await provider.baselines()) await provider.removeBaseline(baseline.id);
  });
  after(() => rmSync(world.workspace, { recursive: true, force: true }));

  const identity: BranchIdentity = { repositoryId: 7, subject: { kind: 'pull-request', number: 1 } };
  const refresh = (row = 'one') => provider.refreshBaseline('shop', (site) => fill(site, row));
  const create = (baselineId: string) =>
    provider.create({
      identity,
      baselineId,
      headSha: 'a'.repeat(40),
      baseRef: 'main',
      expiresAt: new Date(Date.now() + HOUR).toISOString(),
    });
  const databaseOf = async (id: string) => (await provider.inspectBaseline(id))?.database ?? '';

  /** Writes the label in one transaction with a row of pg_database, as somebody would who knows how traces are read. */
  async function forge(database: string, baseline: Baseline): Promise<void> {
    const name = identifier(database);
    const connection = await openConnection(server.admin, { applicationName: 'a forger' });
    const comment = literal(labelText({ baseline }));
    await connection
      .script(`ALTER DATABASE ${name} IS_TEMPLATE true; COMMENT ON DATABASE ${name} IS ${comment}`)
      .finally(() => connection.close());
  }
  const attestationOf = (baseline: Baseline) => JSON.parse(baseline.attestation ?? '') as Attestation;
  const withBody = (baseline: Baseline, change: Partial<Attestation['body']>): Baseline => {
    const attestation = attestationOf(baseline);
    const body = { ...attestation.body, ...change };
    return { ...baseline, attestation: JSON.stringify({ ...attestation, body }) };
  };
  const resigned = (baseline: Baseline, change: Partial<Attestation['body']>, key = KEY): Baseline => ({
    ...baseline,
    attestation: JSON.stringify(signAttestation({ ...attestationOf(baseline).body, ...change }, key)),
  });

  test('a label that is written again as it was, also with its keys in another order, is trusted', async () => {
    const baseline = await refresh();
    const { body, signer, signature } = attestationOf(baseline);
    const turned = Object.fromEntries(Object.entries(body).reverse());
    await forge(await databaseOf(baseline.id), {
      ...baseline,
      attestation: JSON.stringify({ signature, body: turned, signer }),
    });
    assert.equal((await create(baseline.id)).created, true);
  });

  const stranger = generateKeyPairSync('ed25519').privateKey;
  const old = new Date(Date.now() - 3 * HOUR).toISOString();
  const FORGED: readonly (readonly [string, (baseline: Baseline) => Baseline, RegExp])[] = [
    ['edited counts', (one) => withBody(one, { rows: 9_999 }), /signature of its proof is wrong/],
    [
      'a check that is said to be proved afterwards',
      (one) => {
        const failed = resigned(one, { checks: [{ name: 'bytes', status: 'failed' }, ...OTHERS] });
        return withBody(failed, { checks: [{ name: 'bytes', status: 'proved' }, ...OTHERS] });
      },
      /signature of its proof is wrong/,
    ],
    [
      'a failed check',
      (one) => resigned(one, { checks: [{ name: 'bytes', status: 'failed' }, ...OTHERS] }),
      /bytes failed/,
    ],
    ['another signer', (one) => resigned(one, {}, stranger), /is not in the policy/],
    ['an expired source', (one) => ({ ...resigned(one, { sourceAt: old }), sourceAt: old }), /longer ago/],
    [
      'a source made young on the label only',
      (one) => ({ ...one, sourceAt: new Date().toISOString() }),
      /another age/,
    ],
    ['another server', (one) => resigned(one, { systemIdentifier: '1' }), /another server/],
    ['no JSON', (one) => ({ ...one, attestation: '{' }), /not JSON/],
    ['another id', (one) => ({ ...one, id: `${one.id}x` }), /about the baseline/],
  ];
  for (const [what, change, pattern] of FORGED) {
    test(`a label with ${what} is refused`, async () => {
      const forged = change(await refresh());
      await forge(await databaseOf('shop'), forged);
      await assert.rejects(create(forged.id), { name: 'ProviderError', message: pattern });
      await assert.rejects(provider.resolveBaseline('shop'), { name: 'ProviderError', message: pattern });
      assert.equal(await provider.find(identity), undefined);
    });
  }

  test('a label that is copied to another database is refused there', async () => {
    const baseline = await refresh();
    const other = await provider.refreshBaseline('other', (site) => fill(site, 'a person'));
    const [from, to] = [await databaseOf(baseline.id), await databaseOf(other.id)];
    await rowsOf(server.admin, `COMMENT ON DATABASE ${identifier(from)} IS NULL`);
    await forge(to, baseline);
    await assert.rejects(create(baseline.id), {
      message: /about the database number \d+, and this is number/,
    });
    await forge(to, other);
    await forge(from, baseline);
    assert.equal((await create(baseline.id)).created, true);
  });

  test('a label written by hand leaves its trace, though every word of it is true', async () => {
    const baseline = await refresh();
    const comment = literal(labelText({ baseline }));
    await rowsOf(server.admin, `COMMENT ON DATABASE ${identifier(await databaseOf('shop'))} IS ${comment}`);
    await assert.rejects(create(baseline.id), { message: /altered since it was published/ });
  });

  test('verify: trusted, then no more once it was opened, once the manifest was changed, and by another policy', async () => {
    await refresh();
    const ask = (wish = {}) => verifyHere(world, { serverUrl: url, baseline: 'shop', ...wish });
    const sound = await ask();
    assert.equal(sound.json.trusted, true, JSON.stringify(sound.json));
    assert.ok(
      new Ajv2020({ strict: false, validateFormats: false }).validate(verifyOutputSchema(), sound.json),
    );
    assert.match(verifyOutput(sound, 'text'), /^shop@\S+ is trusted, rows of .*\n {2}✓ attestation/);
    const failed = async (wish = {}) =>
      (await ask(wish)).json.checks.filter(({ status }) => status !== 'proved').map(({ id }) => id);
    assert.deepEqual(await failed({ maxAge: '30s' }), ['attestation']);
    assert.deepEqual(await failed({ publicKeys: [publicKeyText(stranger)] }), ['attestation']);
    await rowsOf(server.admin, `UPDATE pullgres.manifests SET manifest = manifest || ' '`);
    assert.deepEqual(await failed(), ['manifest']);
    await rowsOf(server.admin, 'DELETE FROM pullgres.manifests');
    assert.deepEqual(await failed(), ['manifest']);
    const name = identifier(await databaseOf('shop'));
    await rowsOf(server.admin, `ALTER DATABASE ${name} ALLOW_CONNECTIONS true IS_TEMPLATE false`);
    assert.deepEqual(await failed(), ['schema', 'manifest', 'closed', 'untouched', 'template']);
    await assert.rejects(ask({ baseline: 'none' }), { name: 'UserError' });
    await assert.rejects(ask({ maxAge: 'soon' }), { name: 'UserError' });
  });

  test('at a terminal: 0 trusted, 1 not, 2 could not ask, without any masking key; list tells the same', async () => {
    const baseline = await refresh();
    const run = (
      args: readonly string[],
      environment: Record<string, string> = { PULLGRES_SERVER_URL: url },
    ) => startPullgres(args, { environment, folder: world.workspace }).end;
    const trusted = await run(['verify', '--baseline', 'shop', '--format', 'json']);
    assert.equal(trusted.code, 0, trusted.err);
    assert.equal(JSON.parse(trusted.out).baseline, baseline.id);
    const not = await run(['verify', '--baseline', baseline.id, '--max-age', '30s']);
    assert.equal(not.code, 1, not.err);
    assert.match(not.out, /NOT trusted[\s\S]*✗ attestation +Its source was read at/);
    assert.equal((await run(['verify', '--baseline', 'none'])).code, 2);
    assert.equal(
      (await run(['verify', '--baseline', 'shop'], { PULLGRES_SERVER_URL: 'postgres://a:b@127.0.0.1:1/c' }))
        .code,
      2,
    );
    const list = await run(['baseline', 'list']);
    assert.match(list.out, new RegExp(`${baseline.id}  masked .* proved\n`));
    const [listed] = await listBaselinesHere(world, { serverUrl: url });
    assert.deepEqual([listed?.name, listed?.proved, listed?.notProved], ['shop', true, null]);
    const branch = await run([
      'branch',
      'create',
      '--repository-id',
      '7',
      '--pull-request',
      '1',
      '--format',
      'json',
    ]);
    assert.equal(branch.code, 0, branch.err);
    assert.equal(JSON.parse(branch.out).baseline, baseline.id);
    const next = await refresh('two');
    const kept = await run([
      'branch',
      'create',
      '--repository-id',
      '7',
      '--pull-request',
      '1',
      '--baseline',
      'shop',
      '--format',
      'json',
    ]);
    assert.equal(JSON.parse(kept.out).baseline, baseline.id, kept.err);
    const reset = await run([
      'branch',
      'reset',
      '--repository-id',
      '7',
      '--pull-request',
      '1',
      '--format',
      'json',
    ]);
    assert.equal(JSON.parse(reset.out).baseline, next.id, reset.err);
  });

  test('the doctor trusts what the policy trusts, and says why it does not', async () => {
    const baseline = await refresh();
    const ask = async (wanted: string) => {
      const { checks } = await doctorHere(world, new Secret(url), wanted);
      return checks.find(({ id }) => id === 'baseline-masking');
    };
    assert.deepEqual((await ask('shop'))?.status, 'ok');
    await forge(await databaseOf('shop'), withBody(baseline, { rows: 1_000_000 }));
    const told = await ask(baseline.id);
    assert.equal(told?.status, 'problem');
    assert.match(told?.detail ?? '', /no branch is made from it.*signature of its proof is wrong/);
  });

  test('mask key keeps a secret out of files and logs unless it is told to print it', async () => {
    const hidden = await startPullgres(['mask', 'key']).end;
    assert.deepEqual([hidden.code, hidden.out], [2, '']);
    const printed = await startPullgres(['mask', 'key', '--print']).end;
    assert.equal(printed.code, 0, printed.err);
    const [, key = ''] = /PULLGRES_MASK_KEY=(\S+)/.exec(printed.out) ?? [];
    assert.equal(Buffer.from(key, 'base64url').length, 32);
    assert.match(printed.out, /public-keys:\n {6}- MCowBQYDK2VwAyEA\S{43}=\n/);
  });

  test('the manifest comes with the branch’s baseline, says so, and is refused when it is another', async () => {
    const baseline = await refresh();
    const found = await manifestBeside(provider, baseline.id);
    assert.equal(found?.source, `the shop’s standby, as kept with the baseline ${baseline.id}`);
    assert.equal(found?.tables[0]?.rows, 5_000_000);
    const forged = literal(MANIFEST.replace('5000000', '5'));
    await rowsOf(server.admin, `UPDATE pullgres.manifests SET manifest = ${forged}`);
    await assert.rejects(manifestBeside(provider, baseline.id), /is not the one that the proof/);
    await rowsOf(server.admin, 'DELETE FROM pullgres.manifests');
    assert.equal(await manifestBeside(provider, baseline.id), undefined);
    const synthetic = { id: 'seed', kind: 'synthetic', createdAt: baseline.createdAt } as const;
    await provider.ensureBaseline(synthetic, async () => {});
    assert.equal(await manifestBeside(provider, 'seed'), undefined);
  });

  describe('a pull request’s branch', () => {
    const setting = {
      event: { kind: 'push', ref: 'refs/heads/main' },
      subject: { headSha: 'a'.repeat(40), repository: 'a/b' },
      identity,
      github: undefined,
    } as unknown as Parameters<typeof ensureBranch>[1];
    const push = async (options: { reset?: boolean; fresh?: boolean } = {}, own = provider) => {
      const wanted = { baseline: 'shop', loaded, plan: undefined, fresh: true, ...options };
      const open = await ensureBranch(world, setting, own, wanted);
      assert.ok('record' in open, JSON.stringify(open));
      return open.record;
    };

    test('keeps its version on a push, and takes the newest when it is reset, or made anew for another reason', async () => {
      const first = await refresh('one');
      const made = await push();
      assert.deepEqual(made.baseline, {
        id: first.id,
        kind: 'masked',
        createdAt: first.createdAt,
        name: 'shop',
        sourceAt: first.sourceAt,
        proved: true,
      });
      const second = await refresh('two');
      assert.deepEqual((await push()).baseline.id, first.id);
      const reset = await push({ reset: true, fresh: false });
      assert.deepEqual([reset.baseline.id, reset.created], [second.id, false]);
      const third = await refresh('three');
      const branch = await provider.find(identity);
      assert.ok(branch);
      await provider.touch(branch);
      const anew = await push();
      assert.equal(anew.baseline.id, third.id);
      assert.match(anew.resetReason ?? '', /began to migrate .* It moves on to shop@/);
      assert.equal((await provider.find(identity))?.labels.baselineId, third.id);
    });

    test('leaves a version that is too old, at a push of any kind, and fails when there is none that is young enough', async () => {
      const first = await refresh('one');
      await push();
      const second = await refresh('two');
      const strictAbout = (ids: readonly string[]) =>
        createPostgresProvider({
          facts: server.admin,
          now: () => new Date(),
          trust: ({ id }) => (ids.includes(id) ? { why: 'Too old.', hint: 'Refresh.' } : undefined),
        });
      const moved = await push({ fresh: false }, strictAbout([first.id]));
      assert.equal(moved.baseline.id, second.id);
      assert.match(moved.resetReason ?? '', /^The baseline moved from/);
      await assert.rejects(
        push({ fresh: false }, strictAbout([first.id, second.id])),
        /not proved. Too old\./,
      );
    });
  });
});
