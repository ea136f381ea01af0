import type { KeyObject } from 'node:crypto';
import type { PostgresProvider } from '../branching/postgres.ts';
import { ProviderError, UserError } from '../errors.ts';
import type { RefreshRecord } from '../evidence/refresh-schema.ts';
import { maskKeys } from '../masking/keys.ts';
import { profileHash } from '../masking/profile/hash.ts';
import { publicKeyText, signingKey } from '../masking/signing-key.ts';
import type { Policy } from '../policy/schema.ts';
import type { RefreshSource } from '../refresh/source.ts';
import type { World } from '../runner/world.ts';
import { buildMasked } from './refresh-build.ts';
import { earlierManifests } from './refresh-history.ts';
import { prepareRefresh } from './refresh-plan.ts';
import { type RefreshLog, RefusedRefresh, refreshLog } from './refresh-record.ts';
import { withSource } from './refresh-source.ts';
import type { RefreshWish } from './refresh-wish.ts';

/**
 * Makes a new version of a masked baseline: reads the source at one moment, plans every column, fills a fresh database
 * with masked rows, proves it, publishes it. Whatever happens, the version before stays until then. What a check refused
 * and what could not run are told by the record.
 * @param open Opens the source; another one where there is no pg_dump to ask.
 * @throws the signal's reason when cancelled, and what is a bug.
 */
export async function refresh(
  world: World,
  provider: PostgresProvider,
  wish: RefreshWish,
  open: typeof withSource = withSource,
): Promise<RefreshRecord> {
  const log = refreshLog(wish.name, world.now().toISOString());
  try {
    log.add({ profileHash: profileHash(wish.profile), previous: await newestOf(provider, wish.name) });
    // Before any row is read: a key that cannot sign would be found only at the end.
    const key = signingKey({ given: wish.signingKey, master: wish.maskKey });
    maskKeys(wish.maskKey, []);
    requireTrusted(key, wish.policy);
    const [previous] = (await earlierManifests(provider, wish.name)).slice(-1);
    const work = (source: RefreshSource) => publish({ world, provider, wish, log, source, key });
    await open(world, wish, log, work, previous);
    await clearOlder(provider, wish, log);
    return log.record('published');
  } catch (error) {
    world.signal.throwIfAborted();
    if (error instanceof RefusedRefresh) return log.record('refused', error.message);
    if (!(error instanceof UserError || error instanceof ProviderError)) throw error;
    return log.record('failed', [error.message, error.hint].filter((part) => part !== undefined).join(' '));
  }
}

/** Throws UserError with the line to paste when the policy would not trust what the key signs. */
function requireTrusted(key: KeyObject, { masking }: Policy): void {
  const own = publicKeyText(key);
  if (masking['public-keys'].includes(own)) return;
  throw new UserError('The policy does not trust the key that this refresh would sign with.', {
    hint: `Put it into .github/pullgres.yml, or use the key whose public half stands there: masking: {public-keys: [${own}]}`,
  });
}

async function newestOf(provider: PostgresProvider, name: string): Promise<string | null> {
  return (await provider.inspectBaseline(name))?.baseline.id ?? null;
}

type Work = {
  readonly world: World;
  readonly provider: PostgresProvider;
  readonly wish: RefreshWish;
  readonly log: RefreshLog;
  readonly source: RefreshSource;
  readonly key: KeyObject;
};

async function publish({ world, provider, wish, log, source, key }: Work): Promise<void> {
  const prepared = await prepareRefresh(world, { source, wish, log });
  const baseline = await provider.refreshBaseline(
    wish.name,
    (site) => buildMasked(world, { source, wish, log, prepared, site, key }),
    { locale: prepared.locale },
  );
  log.add({ baseline: baseline.id });
}

/** What is published is published: that an older version could not be removed is a note. */
async function clearOlder(
  provider: PostgresProvider,
  { name, policy }: RefreshWish,
  log: RefreshLog,
): Promise<void> {
  try {
    const { removed, inUse } = await provider.keepVersions(name, policy.masking.keep);
    const notes = inUse.map(
      ({ id, branches }) =>
        `The older version ${id} stays, for ${branches.length} of its branches are still there.`,
    );
    log.add({ removed: [...removed], notes });
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    log.add({ notes: [`Older versions could not be removed: ${error.message}`] });
  }
}
