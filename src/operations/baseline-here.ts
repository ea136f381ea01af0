import { baselineName } from '../branching/guards.ts';
import type { Baseline, Distrust } from '../branching/provider.ts';
import { byteWords } from '../byte-words.ts';
import { UserError } from '../errors.ts';
import type { BaselineJson, RemovedBaselineJson } from '../report/branch-json-schema.ts';
import type { World } from '../runner/world.ts';
import { loadPolicy } from './policy.ts';
import { onServer } from './team-server.ts';
import { trustOf } from './trust.ts';

/** What a person at a terminal asks of a baseline. */
export type BaselineHere = {
  readonly serverUrl: string | undefined;
  readonly database?: string | undefined;
  /** The baseline's id. */
  readonly name?: string | undefined;
  readonly kind?: Baseline['kind'] | undefined;
  /** Drop even a database that the team made itself. */
  readonly yes?: boolean | undefined;
};

function required(option: string, value: string | undefined): string {
  if (value) return value;
  throw new UserError(`--${option} is missing.`, { hint: 'See `pullgres baseline --help`.' });
}

/** Closes a database of the administrator's and makes it a baseline. Throws UserError, ProviderError. */
export async function publishHere(world: World, wish: BaselineHere): Promise<BaselineJson> {
  const database = required('database', wish.database);
  const id = required('name', wish.name);
  const { kind } = wish;
  if (kind === undefined) {
    throw new UserError('--kind is missing.', {
      hint: 'Say what its rows are: schema (none of anybody) or synthetic (made up).',
    });
  }
  if (kind === 'masked') {
    throw new UserError('A masked baseline cannot be published by hand.', {
      hint: 'Nothing would prove that its masking is whole, and branches of real people’s rows must be impossible by mistake. Publish a schema or synthetic rows.',
    });
  }
  return onServer(world, wish.serverUrl, {}, async (provider) => {
    await provider.publishBaseline(database, { id, kind });
    const found = (await provider.baselines()).find(({ baseline }) => baseline.id === id);
    if (!found)
      throw new UserError(`The baseline ${id} was removed while it was being published.`, {
        hint: 'Find out who removes baselines there, then publish it again.',
      });
    return jsonOf(found);
  });
}

/** Every baseline on the server. */
export async function listBaselinesHere(world: World, wish: BaselineHere): Promise<readonly BaselineJson[]> {
  const { policy } = await loadPolicy({ root: world.workspace, commit: undefined });
  const wishes = { trust: trustOf(policy.masking) };
  return onServer(world, wish.serverUrl, wishes, async (provider) =>
    (await provider.baselines()).map(jsonOf),
  );
}

/**
 * Drops a baseline and its database; missing is success. Refused while branches are made from it, and, without `yes`,
 * where the database is one that the team filled and published: it may be the only one of its kind.
 */
export async function removeBaselineHere(world: World, wish: BaselineHere): Promise<RemovedBaselineJson> {
  const id = required('name', wish.name);
  return onServer(world, wish.serverUrl, {}, async (provider) => {
    const found = (await provider.baselines()).find(({ baseline }) => baseline.id === id);
    if (found && !wish.yes) refuseSource(found);
    return { baseline: id, removed: (await provider.removeBaseline(id)).removed };
  });
}

/** While branches are made from it, the server's refusal says more. Databases that Pullgres built bear a name of its own. */
function refuseSource({ baseline: { id }, database, bytes, branches }: Stock): void {
  if (branches.length > 0 || database === baselineName(id)) return;
  throw new UserError(
    `The baseline ${id} is the database ${database} (${byteWords(bytes)}), which was published as it was: removing the baseline drops it with all its rows.`,
    { hint: 'Give --yes as well when nobody needs it, or when it can be made again.' },
  );
}

type Stock = {
  readonly baseline: Baseline;
  readonly database: string;
  readonly bytes: number;
  readonly branches: readonly string[];
  readonly distrust: Distrust | undefined;
};

function jsonOf({ baseline, database, bytes, branches, distrust }: Stock): BaselineJson {
  const { id, kind, createdAt, name, sourceAt } = baseline;
  return {
    baseline: id,
    name: name ?? null,
    kind,
    database,
    createdAt,
    sourceAt: sourceAt ?? null,
    proved: kind === 'masked' ? distrust === undefined : null,
    notProved: distrust?.why ?? null,
    bytes,
    branches: branches.length,
  };
}
