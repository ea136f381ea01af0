import { createPostgresProvider } from '../branching/postgres.ts';
import type { RefreshRecord } from '../evidence/refresh-schema.ts';
import { requireReviewed } from '../github/occasion.ts';
import { readRun } from '../github/run.ts';
import { parseServerUrl } from '../postgres/url.ts';
import { refreshHeadline } from '../report/refresh-rows.ts';
import { renderRefreshSummary } from '../report/refresh-summary.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';
import { branchWishes } from './branch-wishes.ts';
import { tellOfDrill } from './drill-issue.ts';
import { loadPolicy } from './policy.ts';
import { refresh } from './refresh.ts';
import { saveRefresh } from './refresh-evidence.ts';
import { earlierDrills, earlierManifests } from './refresh-history.ts';
import { loadProfile, sourceOf } from './refresh-wish.ts';

export type RefreshInputs = {
  readonly token: Secret | undefined;
  readonly name: string;
  readonly sourceUrl: Secret | undefined;
  readonly sourceDump: string | undefined;
  readonly sourceBackup: string | undefined;
  readonly sourceDatabase: string | undefined;
  readonly serverUrl: Secret;
  readonly maskKey: Secret;
  readonly signingKey: Secret | undefined;
  readonly profile: string | undefined;
  readonly workers: number | undefined;
};

export type RefreshedHere = { readonly record: RefreshRecord; readonly evidencePath: string };

/**
 * The refresh of a job, with its result in the job summary and its evidence in a file. Policy and profile are the
 * checkout's, so it runs only where that is the default branch: a pull request must not choose what is masked.
 * @throws UserError for another event or branch, or for what is missing.
 */
export async function refreshHere(world: World, given: RefreshInputs): Promise<RefreshedHere> {
  requireReviewed(await readRun(), world.environment);
  const secrets = [given.sourceUrl, given.serverUrl, given.maskKey, given.signingKey, given.token];
  for (const secret of secrets) if (secret) world.mask(secret);
  const { policy } = await loadPolicy({ root: world.workspace, commit: undefined });
  const facts = given.sourceUrl && parseServerUrl(given.sourceUrl);
  const server = parseServerUrl(given.serverUrl);
  for (const { password } of [server, ...(facts ? [facts] : [])]) world.mask(password);
  const { name, maskKey, signingKey, workers, sourceDump: dump, sourceBackup: backup } = given;
  const source = sourceOf({
    facts,
    dump,
    backup,
    database: given.sourceDatabase,
    workspace: world.workspace,
  });
  const profile = await loadProfile(world, given.profile ?? policy.masking.profile);
  const { now, info: onProgress, signal } = world;
  const provider = createPostgresProvider({
    facts: server,
    now,
    onProgress,
    signal,
    ...branchWishes(policy),
  });
  try {
    const earlier = source.kind === 'live' ? [] : earlierDrills(await earlierManifests(provider, name));
    const record = await refresh(world, provider, {
      name,
      source,
      profile,
      policy,
      maskKey,
      signingKey,
      workers,
    });
    const evidencePath = await saveRefresh(world, record);
    await world.summary(renderRefreshSummary(record, earlier));
    await tellOfDrill(world, record, policy, given.token);
    if (record.status === 'published') world.info(refreshHeadline(record));
    else {
      world.annotate({
        level: 'error',
        title: 'Refresh',
        message: refreshHeadline(record),
        file: undefined,
        line: undefined,
        endLine: undefined,
      });
    }
    return { record, evidencePath };
  } finally {
    await provider.close();
  }
}
