/** A pull request that changes no migration, by the committed bundle from the start of its step to its end, and what it asks of GitHub. */

import { pullRequestEvent } from '../test/support/events.ts';
import { createJob } from '../test/support/runner-harness.ts';
import { startShop } from '../test/support/shop-job.ts';
import { median, type Row } from './timing.ts';

const LIMIT_MS = 2_000;
const MOST_CALLS = 10;
const RUNS = 5;

/** The median wall time of the main step, and the most calls of one run. */
export async function noOpRow(root: string): Promise<Row> {
  const shop = await startShop();
  try {
    const { headSha, mergeSha } = await shop.push({ 'README.md': '# Shop\n' });
    Object.assign(shop.pull, { headSha });
    const times: number[] = [];
    const calls: number[] = [];
    for (let run = 0; run < RUNS; run += 1) {
      const before = shop.github.requests.length;
      const job = createJob({
        event: { name: 'pull_request', payload: pullRequestEvent({ ...shop.pull, action: 'synchronize' }) },
        github: { api_url: shop.github.url, sha: mergeSha },
        environment: shop.github.environment,
        workspace: shop.workspace,
        token: shop.github.token(),
      });
      const step = await job.step({ action: root });
      await job.finish();
      if (step.outputs.verdict !== 'pass')
        throw new Error(`The run without migrations did not pass:\n${step.log}`);
      times.push(step.durationMs);
      calls.push(shop.github.requests.length - before);
    }
    const [taken, most] = [median(times), Math.max(...calls)];
    return {
      what: 'a run without migrations',
      measured: `${taken.toFixed(0)} ms (${Math.min(...times)} to ${Math.max(...times)}), ${most} calls to GitHub`,
      against: `${(taken / LIMIT_MS).toFixed(2)} × its limit of ${LIMIT_MS} ms, at most ${MOST_CALLS} calls`,
      ok: taken < LIMIT_MS && most <= MOST_CALLS,
    };
  } finally {
    await shop.close();
  }
}
