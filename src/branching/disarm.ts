import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';
import type { Quarantined } from './provider.ts';

/** What a team can do, once and in the baseline, when our administrator may not make a thing of this kind harmless. */
const REMEDIES: Readonly<Record<Quarantined['kind'], string>> = {
  'user mapping': 'drop it',
  'foreign server': 'drop its options, and revoke USAGE on it from PUBLIC',
  'foreign-data wrapper': 'drop its options, and revoke USAGE on it from PUBLIC',
  'foreign table': 'drop it, or its options',
  subscription: 'drop it',
  publication: 'drop it',
  'cron job': 'switch the jobs off, or unschedule them',
  'event trigger': 'disable it',
  trigger: 'disable or drop it',
  function: 'revoke EXECUTE on it from PUBLIC',
  queue: 'empty it',
  table: 'empty it, or revoke what PUBLIC may do with it',
};

/** The refusal to open a branch with something in it that could reach out. `why` ends without a full stop. */
export function dangerous({ kind, name }: Pick<Quarantined, 'kind' | 'name'>, why: string): ProviderError {
  return new ProviderError(
    `The ${kind} ${name} came with the baseline and could not be made harmless, so the branch stays closed: ${why}.`,
    {
      hint: `As a superuser or its owner, in the baseline: ${REMEDIES[kind]}; copies keep that. Or let Pullgres work as a superuser, or as a member of its owner.`,
    },
  );
}

/** Runs `work`, which makes the thing harmless. Throws ProviderError with the remedy when the server refuses. */
export async function guarded<T>(thing: Quarantined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProviderError) || error.retryable) throw error;
    throw dangerous(thing, error.message.replace(/\.$/, ''));
  }
}

/** `guarded` for statements. */
export async function disarm(inside: Admin, thing: Quarantined, sql: string): Promise<Quarantined> {
  await guarded(thing, () => inside.script(sql));
  return thing;
}

/** By kind, then by name in code units: the same on every server, whatever its collation. */
function inOrder(one: Quarantined, other: Quarantined): number {
  const [a, b] = [one, other].map(({ kind, name }) => `${kind} ${name}`);
  return a === b ? 0 : String(a) < String(b) ? -1 : 1;
}

/** `disarm` one after the other, in the order of kinds and names. */
export async function disarmAll(
  inside: Admin,
  things: readonly { readonly thing: Quarantined; readonly sql: string }[],
): Promise<readonly Quarantined[]> {
  const done: Quarantined[] = [];
  const ordered = things.toSorted((a, b) => inOrder(a.thing, b.thing));
  for (const { thing, sql } of ordered) done.push(await disarm(inside, thing, sql));
  return done;
}
