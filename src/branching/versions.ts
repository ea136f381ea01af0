import { UserError } from '../errors.ts';
import { distrustOf, type FoundBaseline, usableBaseline } from './guards.ts';
import type { Baseline, Trust } from './provider.ts';

/** A name without a mark in it, so that no id of a version can be read in two ways. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

/** The name of a masked baseline. Throws UserError when it is none. */
export function requireVersionName(name: string): string {
  if (NAME.test(name)) return name;
  throw new UserError(`A masked baseline cannot be called ${JSON.stringify(name.slice(0, 100))}.`, {
    hint: 'Take 1 to 63 letters, digits, dots, underscores and hyphens, a letter or digit first.',
  });
}

/** The id of a version that is begun now: `shop@20260601T031500Z`; a second later where that one is taken. */
export function versionId(name: string, begun: Date, taken: (id: string) => boolean): string {
  const id = `${name}@${begun.toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  return taken(id) ? versionId(name, new Date(begun.getTime() + 1_000), taken) : id;
}

/** Versions of the name, newest first. */
export function versionsOf<T extends { readonly baseline: Baseline }>(
  all: readonly T[],
  name: string,
): readonly T[] {
  return all
    .filter(({ baseline }) => baseline.name === name && baseline.id.startsWith(`${name}@`))
    .toSorted((a, b) => (orderOf(a.baseline) < orderOf(b.baseline) ? 1 : -1));
}

const orderOf = ({ createdAt, id }: Baseline): string => `${new Date(createdAt).toISOString()} ${id}`;

/** Provider.resolveBaseline among the baselines that are there. */
export function resolveAmong(
  all: readonly FoundBaseline[],
  wanted: { readonly name: string; readonly held: string | undefined },
  trust: Trust | undefined,
): Baseline | undefined {
  const { name, held } = wanted;
  const exact = all.find(({ baseline }) => baseline.id === name);
  if (exact) return usableBaseline(exact, name, trust);
  const versions = versionsOf(all, name);
  const kept = versions.find(({ baseline }) => baseline.id === held);
  if (kept && !distrustOf(kept, trust)) return kept.baseline;
  const [newest] = versions;
  return newest && usableBaseline(newest, newest.baseline.id, trust);
}
