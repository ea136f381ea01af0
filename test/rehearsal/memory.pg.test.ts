import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import type { RehearsalResult } from '../../src/rehearsal/rehearse.ts';
import { prepared } from './support.ts';

/** Rehearses in a worker whose old heap ends at 96 MiB; running out of it is an error of the worker. */
async function inSmallHeap(text: string): Promise<RehearsalResult> {
  const { password, ...facts } = await prepared('');
  const worker = new Worker(new URL('./small-heap.ts', import.meta.url), {
    workerData: { facts, password: password.reveal(), text },
    resourceLimits: { maxOldGenerationSizeMb: 96 },
  });
  try {
    const [result] = await once(worker, 'message');
    return result as RehearsalResult;
  } finally {
    await worker.terminate();
  }
}

test('300 MB of rows are counted and not kept', async () => {
  const result = await inSmallHeap("select n || repeat('x', 1000) from generate_series(1, 300000) n;");
  assert.equal(result.status, 'passed', JSON.stringify(result));
  assert.equal(result.migrations[0]?.statements[0]?.rows, 300_000);
});

test('300 notices of 1 MB are not kept, and neither are those that look like the server’s own', async () => {
  const result = await inSmallHeap(
    `do $$ begin for n in 1..300 loop raise notice 'rewriting table "%"', n || repeat('x', 1000000); end loop; end $$;`,
  );
  assert.equal(result.status, 'passed', JSON.stringify(result));
  assert.deepEqual(result.migrations[0]?.statements[0]?.rewrites, []);
});
