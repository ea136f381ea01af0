/** The runner's clock is an hour off; births and ends go by the server's. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Branch } from '../../../src/branching/provider.ts';
import { onBranch } from '../../../src/operations/on-branch.ts';
import { durationMs } from '../../../src/policy/duration.ts';
import { startFakeGitHub } from '../../support/fake-github.ts';
import { ask } from '../sql-conformance.ts';
import { contentOf } from './invariants.ts';
import { openJob } from './job.ts';
import { fill } from './operation.ts';
import { providerFor, requestFor } from './requests.ts';
import { dropBaseline, freshRepository, type Stage, startStage } from './stage.ts';

let stage: Stage;
let folder: string;
before(async () => {
  [stage, folder] = await Promise.all([startStage(), mkdtemp(join(tmpdir(), 'pullgres-test-clock-'))]);
});
after(async () => {
  await stage?.server.stop();
  await rm(folder, { recursive: true, force: true });
});

const HOUR = 3_600_000;
/** Far more than any machine takes, far less than the clocks are apart. */
const SLACK = HOUR / 4;

const near = (text: string | undefined, time: number) =>
  assert.ok(
    Math.abs(Date.parse(text ?? '') - time) < SLACK,
    `${text} is not near ${new Date(time).toISOString()}`,
  );

for (const skew of [HOUR, -HOUR]) {
  const words = skew > 0 ? 'an hour ahead' : 'an hour behind';
  const skewed = () => providerFor(stage.admin, { now: () => new Date(Date.now() + skew) });

  test(`${words}: a branch is born by the server's clock`, async () => {
    const request = requestFor(freshRepository(), stage.baselineId);
    near((await skewed().now()).toISOString(), Date.now());
    const { branch } = await skewed().create(request);
    near(branch.labels.createdAt, Date.now());
    await skewed().remove(request.identity);
  });

  test(`${words}: a branch with half an hour to live gives its URL, and one that ended does not`, async () => {
    const request = requestFor(freshRepository(), stage.baselineId);
    const ends = (fromNow: number) => ({
      ...request,
      expiresAt: new Date(Date.now() + fromNow).toISOString(),
    });
    const { branch } = await skewed().create(ends(HOUR / 2));
    assert.equal(await contentOf(await skewed().connect(branch)), stage.fingerprint.content);
    const renewed = (await skewed().create(ends(-HOUR / 2))).branch;
    await assert.rejects(skewed().connect(renewed), /expired at/);
    await skewed().remove(request.identity);
  });

  test(`${words}: a published baseline is born by the server's clock`, async () => {
    const database = `pullgres_shop_${freshRepository()}`;
    await ask(stage.admin, `CREATE DATABASE ${database}`);
    await fill({ ...stage.admin, database });
    const published = await skewed().publishBaseline(database, { id: database, kind: 'synthetic' });
    near(published.createdAt, Date.now());
    await dropBaseline(stage.admin, database, database);
  });

  test(`${words}: a run gives its branch the policy's whole time, and keeps it`, async () => {
    const number = skew > 0 ? 71 : 72;
    const github = await startFakeGitHub({ pulls: [{ number }] });
    const pull = github.repository.pulls.get(number);
    assert.ok(pull);
    const run = async (clockMs: number): Promise<Branch> => {
      const job = openJob(stage, { github, pull, action: 'synchronize', folder, clockMs });
      const { setting, loaded, serverUrl } = job;
      const options = { serverUrl, postgresVersion: undefined, postgresDirectory: undefined };
      const found = await onBranch(
        job.world,
        { setting, loaded, plan: undefined },
        { ...options, baseline: stage.baselineId, fresh: true },
        async (open) => open.branch,
      );
      assert.ok(found);
      const idle = durationMs(loaded.policy.branch['idle-ttl']);
      near(found.labels.expiresAt, Date.now() + idle);
      return found;
    };
    try {
      const first = await run(skew);
      const second = await run(0);
      const third = await run(skew);
      assert.deepEqual(
        [second.labels.createdAt, third.labels.createdAt],
        [first.labels.createdAt, first.labels.createdAt],
      );
    } finally {
      await stage.provider.remove({
        repositoryId: github.repository.id,
        subject: { kind: 'pull-request', number },
      });
      await github.close();
    }
  });
}
