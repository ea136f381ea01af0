import { createPostgresProvider } from '../branching/postgres.ts';
import type { SweepRecord } from '../evidence/sweep-schema.ts';
import { createGitHub } from '../github/client.ts';
import { readOccasion } from '../github/occasion.ts';
import { readRun } from '../github/run.ts';
import { parseServerUrl } from '../postgres/url.ts';
import { sweepHeadline } from '../report/sweep-rows.ts';
import { renderSweepSummary } from '../report/sweep-summary.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';
import { isClean, type SweepOptions, sweep } from './sweep.ts';
import type { SweepSetting } from './sweep-survey.ts';

export type SweepWish = SweepOptions & {
  readonly token: Secret | undefined;
  readonly serverUrl: Secret;
};

export type SweptHere = {
  readonly record: SweepRecord;
  readonly evidencePath: string;
  /** Everything was seen, and what should go went. */
  readonly clean: boolean;
};

/**
 * The sweep of this job's repository, with its table in the job summary. Needs no checkout and no policy.
 * @throws UserError for an event that is no occasion for a sweep, ProviderError when the server cannot be surveyed.
 */
export async function sweepHere(world: World, wish: SweepWish): Promise<SweptHere> {
  const setting = await readSweepSetting(world, wish.token);
  world.mask(wish.serverUrl);
  const facts = parseServerUrl(wish.serverUrl);
  world.mask(facts.password);
  const { now, info: onProgress, signal } = world;
  const provider = createPostgresProvider({ facts, now, onProgress, signal });
  try {
    const swept = await sweep(world, setting, provider, wish);
    const { record } = swept;
    await world.summary(renderSweepSummary(record));
    const said = `${sweepHeadline(record)} ${record.modeReason}`;
    if (record.totals.failed > 0 || record.totals.unknown > 0) world.warning(said);
    else world.info(said);
    return { ...swept, clean: isClean(record) };
  } finally {
    await provider.close();
  }
}

async function readSweepSetting(world: World, token: Secret | undefined): Promise<SweepSetting> {
  const { environment, info: onNotice, signal } = world;
  const { eventName, id, attempt, url } = await readRun();
  const { id: repositoryId, owner, name } = readOccasion(eventName, environment);
  return {
    repository: { id: repositoryId, name: `${owner}/${name}` },
    run: { id, attempt, url },
    github: token ? createGitHub({ token, environment, onNotice, signal }) : undefined,
  };
}
