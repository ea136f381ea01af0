import { UserError } from '../errors.ts';
import type { RefreshRecord } from '../evidence/refresh-schema.ts';
import { parseServerUrl } from '../postgres/url.ts';
import { refreshJson, renderRefreshText } from '../report/refresh-text.ts';
import type { World } from '../runner/world.ts';
import { Secret } from '../secret.ts';
import { branchWishes } from './branch-wishes.ts';
import { loadPolicy } from './policy.ts';
import { refresh } from './refresh.ts';
import { loadProfile, type SourceWish, sourceOf } from './refresh-wish.ts';
import { onServer } from './team-server.ts';

/** Options as they were given. */
export type TerminalRefresh = {
  readonly name: string | undefined;
  readonly profile: string | undefined;
  readonly sourceUrl: string | undefined;
  readonly sourceDump: string | undefined;
  readonly sourceBackup: string | undefined;
  readonly sourceDatabase: string | undefined;
  readonly serverUrl: string | undefined;
  readonly workers: string | undefined;
};

/** A refresh by a person; policy and profile are the working folder's. Throws UserError for what is missing. */
export async function refreshAtTerminal(world: World, wish: TerminalRefresh): Promise<RefreshRecord> {
  const { name } = wish;
  if (!name) throw new UserError('--name is missing.', { hint: 'Say what branches ask for: --name shop.' });
  const workers = workersOf(wish.workers);
  const maskKey = secretOf(world, 'PULLGRES_MASK_KEY');
  if (!maskKey) {
    throw new UserError('PULLGRES_MASK_KEY is not set.', {
      hint: 'Make a masking key with `pullgres mask key --print`, and set it. It is never an option: arguments are seen by ps.',
    });
  }
  const { policy } = await loadPolicy({ root: world.workspace, commit: undefined });
  const source = terminalSource(world, wish);
  const profile = await loadProfile(world, wish.profile ?? policy.masking.profile);
  const signingKey = secretOf(world, 'PULLGRES_SIGNING_KEY');
  return onServer(world, wish.serverUrl, branchWishes(policy), (provider) =>
    refresh(world, provider, { name, source, profile, policy, maskKey, signingKey, workers }),
  );
}

/** The source that options and environment name, its password masked. Throws UserError for none, or for several. */
export function terminalSource(
  world: World,
  wish: Pick<TerminalRefresh, 'sourceUrl' | 'sourceDump' | 'sourceBackup' | 'sourceDatabase'>,
): SourceWish {
  const { sourceDump: dump, sourceBackup: backup, sourceDatabase } = wish;
  const fromEnvironment = dump || backup ? undefined : world.environment.PULLGRES_SOURCE_URL;
  const text = wish.sourceUrl ?? fromEnvironment;
  const url = text ? new Secret(text) : undefined;
  if (url) world.mask(url);
  const facts = url && parseServerUrl(url);
  if (facts) world.mask(facts.password);
  return sourceOf({ facts, dump, backup, database: sourceDatabase || undefined, workspace: world.workspace });
}

function secretOf(world: World, name: string): Secret | undefined {
  const text = world.environment[name];
  if (!text) return undefined;
  const secret = new Secret(text);
  world.mask(secret);
  return secret;
}

function workersOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^([1-9]|[1-5]\d|6[0-4])$/.test(text)) return Number(text);
  throw new UserError(`--workers does not take ${JSON.stringify(text.slice(0, 100))}.`, {
    hint: 'Write a whole number from 1 to 64.',
  });
}

export const refreshAsText = renderRefreshText;
export const refreshAsJson = refreshJson;
