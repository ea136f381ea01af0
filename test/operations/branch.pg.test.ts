import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createPostgresProvider, type PostgresProvider } from '../../src/branching/postgres.ts';
import type { BranchIdentity } from '../../src/branching/provider.ts';
import { GitHubError } from '../../src/errors.ts';
import { readEvent } from '../../src/github/event.ts';
import type { PullRequestState } from '../../src/github/pull-requests.ts';
import { type BranchOptions, ensureBranch } from '../../src/operations/branch.ts';
import { defaultPolicy, type LoadedPolicy, policyFromText } from '../../src/operations/policy.ts';
import type { Setting } from '../../src/operations/setting.ts';
import type { World } from '../../src/runner/world.ts';
import {
  BASE_SHA,
  HEAD_SHA,
  NEXT_HEAD_SHA,
  type PullRequestVariant,
  pullRequestEvent,
  SHOP,
} from '../support/events.ts';
import { rowsOf, startTeamServer, type TeamServer } from '../support/team-server.ts';

const HOUR = 3_600_000;
const said: string[] = [];

/** A runner whose clock is two hours late. */
const world = {
  info: (text: string) => void said.push(text),
  debug: () => undefined,
  mask: () => undefined,
  saveState: () => undefined,
  now: () => new Date(Date.now() - 2 * HOUR),
  signal: new AbortController().signal,
} as unknown as World;

type Answer = Partial<Pick<PullRequestState, 'open' | 'headSha'>> | Error;

/** A run about a pull request; GitHub gives the answers in turn, the last one for ever. */
function settingOf(variant: PullRequestVariant = {}, answers: readonly Answer[] = []): Setting {
  const event = readEvent('pull_request', pullRequestEvent({ action: 'synchronize', ...variant }), {});
  assert.ok(event.kind === 'pull-request');
  const { number, headSha, baseSha, repository } = event.pullRequest;
  let asked = 0;
  const pullRequest = async () => {
    const answer = answers[Math.min(asked++, answers.length - 1)] ?? {};
    if (answer instanceof Error) throw answer;
    return { number, open: true, headSha, ...answer };
  };
  return {
    event,
    run: { id: '1', attempt: 1, url: '' },
    subject: {
      kind: 'pull-request',
      repository: `${repository.owner}/${repository.name}`,
      repositoryId: repository.id,
      pullRequest: number,
      headSha,
      baseSha,
    },
    repository,
    identity: { repositoryId: repository.id, subject: { kind: 'pull-request', number } },
    token: undefined,
    github: { pullRequest } as unknown as Setting['github'],
    trusted: true,
  };
}

describe('the branch of a run', () => {
  let server: TeamServer;
  let provider: PostgresProvider;
  before(async () => {
    server = await startTeamServer();
    provider = createPostgresProvider({ facts: server.admin, now: world.now });
    for (const id of ['one', 'two']) {
      const baseline = { id, kind: 'synthetic', createdAt: '2026-06-01T00:00:00.000Z' } as const;
      await provider.ensureBaseline(baseline, async (facts) => {
        await rowsOf(facts, `create table notes as select '${id}'::text as note`);
      });
    }
  });
  after(() => provider.close());

  const ensure = (setting: Setting, options: Partial<BranchOptions> = {}, own = provider) => {
    const wanted = { baseline: 'one', loaded: defaultPolicy, plan: undefined, fresh: true, ...options };
    return own.hold(setting.identity, () => ensureBranch(world, setting, own, wanted));
  };
  const opened = async (...given: Parameters<typeof ensure>) => {
    const open = await ensure(...given);
    assert.ok('record' in open, JSON.stringify(open));
    return open;
  };
  const labelsOf = async (identity: BranchIdentity) => (await provider.find(identity))?.labels;

  test('it is born and expires by the server’s clock, and says whose it is, how it was made and how large it is', async () => {
    const { record, branch } = await opened(settingOf({ number: 1 }));
    assert.ok(Math.abs(Date.parse(record.createdAt) - Date.now()) < HOUR, record.createdAt);
    assert.ok(Math.abs(Date.parse(record.expiresAt) - Date.now() - 72 * HOUR) < HOUR, record.expiresAt);
    assert.deepEqual([branch.labels.author, branch.labels.repository], ['robin', 'tidewater/shop']);
    assert.ok((record.making?.durationMs ?? 0) > 0);
    assert.ok((record.size?.bytes ?? 0) > 1_000_000);
    assert.equal(record.created, true);
  });

  test('every push extends its life; nothing was made then', async () => {
    const setting = settingOf({ number: 1 });
    const old = await labelsOf(setting.identity);
    const { record } = await opened(setting);
    assert.ok(old && record.expiresAt > old.expiresAt);
    assert.deepEqual([record.created, record.making], [false, undefined]);
    const late = createPostgresProvider({
      facts: server.admin,
      now: () => new Date(Date.now() + 1000 * HOUR),
    });
    const found = await late.find(setting.identity);
    assert.ok(found);
    await late.connect(found);
  });

  test('the re-run of an old attempt leaves the branch of the newer run as it is', async () => {
    const newer = await opened(settingOf({ number: 2, headSha: NEXT_HEAD_SHA }));
    await rowsOf(newer.facts, `insert into notes values ('the newer run’s')`);
    await provider.touch(newer.branch);
    const old = settingOf({ number: 2, headSha: HEAD_SHA }, [{ headSha: NEXT_HEAD_SHA }]);
    const before = await labelsOf(old.identity);
    for (const options of [{}, { reset: true }, { baseline: 'two' }]) {
      const end = await ensure(old, options);
      assert.ok('overtaken' in end, JSON.stringify(end));
      assert.match(end.overtaken, new RegExp(`${NEXT_HEAD_SHA.slice(0, 7)}.*${HEAD_SHA.slice(0, 7)}`));
    }
    assert.deepEqual(await labelsOf(old.identity), before);
    assert.equal((await rowsOf(newer.facts, 'select * from notes')).length, 2);
  });

  test('a push while the branch is being made: the branch is left to the newer run', async () => {
    const end = await ensure(settingOf({ number: 3 }, [{}, { headSha: NEXT_HEAD_SHA }]));
    assert.ok('overtaken' in end);
    assert.ok(await provider.find(settingOf({ number: 3 }).identity), 'the newer run uses it');
  });

  test('an API that lags behind its own event is asked again', async () => {
    await opened(settingOf({ number: 3, headSha: NEXT_HEAD_SHA }, [{ headSha: HEAD_SHA }, {}]));
  });

  test('closed while it is being made: removed; where GitHub cannot be asked, the event tells', async () => {
    const down = new GitHubError('GitHub is down', { status: 500 });
    assert.ok('closed' in (await ensure(settingOf({ number: 4 }, [{}, { open: false }]))));
    assert.equal(await provider.find(settingOf({ number: 4 }).identity), undefined);
    await opened(settingOf({ number: 4 }, [down]));
    assert.ok('closed' in (await ensure(settingOf({ number: 4, state: 'closed' }, [down]))));
  });

  test('nobody shares a server of this job’s own, so an old attempt may be run again there', async () => {
    const passing = createPostgresProvider({ facts: server.admin, now: world.now, durable: false });
    await opened(settingOf({ number: 5 }, [{ headSha: NEXT_HEAD_SHA }]), {}, passing);
  });

  test('two pushes at once share one branch', async () => {
    const settings = [settingOf({ number: 6 }), settingOf({ number: 6 })];
    const ends = await Promise.all(settings.map((setting) => opened(setting)));
    assert.deepEqual(ends.map(({ record }) => record.created).toSorted(), [false, true]);
    assert.equal(ends[0]?.facts.password.reveal(), ends[1]?.facts.password.reveal());
  });

  test('a renamed repository keeps its branch, and the label its new name', async () => {
    const { branch } = await opened(settingOf({ number: 7 }));
    const renamed = settingOf({ number: 7, repository: { ...SHOP, name: 'store' } });
    const { record, branch: again } = await opened(renamed);
    assert.deepEqual([record.created, again.id], [false, branch.id]);
    assert.equal((await labelsOf(renamed.identity))?.repository, 'tidewater/store');
  });

  test('pull requests of equal number in two repositories share nothing', async () => {
    const one = await opened(settingOf({ number: 8 }));
    const two = await opened(
      settingOf({ number: 8, repository: { ...SHOP, id: SHOP.id + 1, owner: 'marlow' } }),
    );
    assert.equal(two.record.created, true);
    await rowsOf(one.facts, 'drop table notes');
    assert.deepEqual(await rowsOf(two.facts, 'select * from notes'), [{ note: 'one' }]);
    await provider.remove(one.branch.labels);
    assert.ok(await provider.find(two.branch.labels));
  });

  test('retargeted: the branch moves to the new base’s baseline and says why', async () => {
    const { branch } = await opened(settingOf({ number: 9 }));
    await provider.touch(branch);
    const edited = settingOf({ number: 9, action: 'edited', baseRef: 'release', baseSha: BASE_SHA });
    const { record, facts } = await opened(edited, { baseline: 'two' });
    assert.match(
      record.resetReason ?? '',
      /goes into release now and went into main before.* moved from one to two/,
    );
    assert.ok(record.making);
    assert.deepEqual(await rowsOf(facts, 'select * from notes'), [{ note: 'two' }]);
    assert.equal((await labelsOf(edited.identity))?.baseRef, 'release');
  });

  test('reset: the branch goes back though it could be kept, with the same credentials', async () => {
    const setting = settingOf({ number: 10 });
    const { facts } = await opened(setting, { fresh: false });
    await rowsOf(facts, `insert into notes values ('mine')`);
    const kept = await opened(setting, { fresh: false });
    assert.equal((await rowsOf(kept.facts, 'select * from notes')).length, 2);
    const { record, facts: same } = await opened(setting, { fresh: false, reset: true });
    assert.match(record.resetReason ?? '', /`reset: true`/);
    assert.equal(same.password.reveal(), facts.password.reveal());
    assert.deepEqual(await rowsOf(facts, 'select * from notes'), [{ note: 'one' }]);
  });

  test('a full quota takes away what certainly expired, tries once more, and then refuses', async () => {
    const repository = { ...SHOP, id: SHOP.id + 2, name: 'quota' };
    const loaded: LoadedPolicy = policyFromText('version: 1\nbranch:\n  quota:\n    repository: 1\n', {
      commit: undefined,
      editedHere: false,
    });
    const first = settingOf({ number: 1, repository });
    const second = settingOf({ number: 2, repository });
    const { branch } = await opened(first, { loaded });
    await assert.rejects(ensure(second, { loaded }), /quota of 1 branches of this repository is full/);
    const expireSince = async (hours: number) => {
      const expiresAt = new Date(Date.now() - hours * HOUR).toISOString();
      await provider.create({ ...branch.labels, identity: first.identity, expiresAt });
    };
    await expireSince(0.5);
    await assert.rejects(ensure(second, { loaded }), /is full/, 'half an hour is not certain');
    await expireSince(3);
    said.length = 0;
    const { record } = await opened(second, { loaded });
    assert.equal(record.created, true);
    assert.ok(
      said.some((line) => line.includes(`are removed: ${branch.name}`)),
      said.join('\n'),
    );
    assert.equal(await provider.find(first.identity), undefined);
  });
});
