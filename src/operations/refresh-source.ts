import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProviderError } from '../errors.ts';
import type { Manifest } from '../evidence/manifest.ts';
import type { DrillRecord } from '../evidence/refresh-schema.ts';
import type { Policy } from '../policy/schema.ts';
import { runDrill } from '../refresh/drill/drill.ts';
import { openLiveSource } from '../refresh/live-source.ts';
import type { Backup } from '../refresh/restored.ts';
import { openRestoredSource } from '../refresh/restored-source.ts';
import type { RefreshSource } from '../refresh/source.ts';
import type { World } from '../runner/world.ts';
import { drillLimits } from './drill-limits.ts';
import { type RefreshLog, RefusedRefresh } from './refresh-record.ts';
import type { SourceWish } from './refresh-wish.ts';

/**
 * Does `work` with the source, open at one moment, and closes it. A backup is restored into a server of this run alone,
 * which is the restore drill; when that fails, nothing is made of what came back.
 * @param previous Of the version before: rows that are missing against it are told.
 * @throws RefusedRefresh when the drill failed; UserError, ProviderError when there is no source to be had.
 */
export async function withSource<T>(
  world: World,
  wish: { readonly source: SourceWish; readonly policy: Policy },
  log: RefreshLog,
  work: (source: RefreshSource) => Promise<T>,
  previous?: Manifest,
): Promise<T> {
  const { source } = wish;
  if (source.kind === 'live') {
    const { signal, info: onProgress } = world;
    return withOpened(await openLiveSource(source.facts, { signal, onProgress }), log, work);
  }
  const drilled = await drill(world, source.backup, wish.policy, previous);
  try {
    log.add({ drill: drilled.record });
    if (!drilled.passed) throw new RefusedRefresh(drillRefusal(drilled.record));
    const { restored } = drilled;
    if (!restored)
      throw new ProviderError('The backup was restored, and its server does not answer.', {
        hint: 'The log of the restored server above says why; look at free space and memory of this machine, too.',
      });
    return await withOpened(await openRestoredSource(restored, { signal: world.signal }), log, work);
  } finally {
    await drilled.close();
  }
}

/** Each step that failed, with what it said: whoever reads no more than this sentence knows what to do. */
function drillRefusal({ steps }: DrillRecord): string {
  const broken = steps.filter(({ status }) => status === 'failed');
  const said = broken.map(({ name, summary }) => (broken.length === 1 ? summary : `${name}: ${summary}`));
  return `The restore drill failed at ${broken.map(({ name }) => name).join(', ')}. ${said.join(' ')}`;
}

async function withOpened<T>(
  source: RefreshSource,
  log: RefreshLog,
  work: (source: RefreshSource) => Promise<T>,
): Promise<T> {
  try {
    log.add({ source: source.description, sourceAt: source.takenAt });
    return await work(source);
  } finally {
    await source.close();
  }
}

function drill(world: World, backup: Backup, policy: Policy, previous: Manifest | undefined) {
  const cache = world.environment.RUNNER_TOOL_CACHE;
  return runDrill({
    backup,
    limits: drillLimits(policy.drill),
    // Where the next run looks for what a dead one left.
    directory: tmpdir(),
    previous,
    cacheDirectory: cache ? join(cache, 'pullgres') : `${world.temporary}-cache`,
    now: world.now(),
    clock: () => performance.now(),
    signal: world.signal,
    onStep: (name) => world.info(`Restore drill: ${name}`),
  });
}
