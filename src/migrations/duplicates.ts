import { UserError } from '../errors.ts';
import type { Migration, MigrationTool } from './migration.ts';

/** Two migrations with one version, in the order in which they are listed. */
export type Duplicate = { readonly first: Migration; readonly second: Migration };

/** Each migration whose version an earlier one of the list has, with that earlier one. */
export function duplicates(
  migrations: readonly Migration[],
  { versionKey = (version) => version }: Pick<MigrationTool, 'versionKey'>,
): readonly Duplicate[] {
  const seen = new Map<string, Migration>();
  return migrations.flatMap((second) => {
    const key = versionKey(second.version);
    const first = seen.get(key);
    if (first === undefined) seen.set(key, second);
    return first ? [{ first, second }] : [];
  });
}

/** Throws UserError when two migrations have one version, naming both files: they cannot both be applied. */
export function refuseDuplicates(found: readonly Duplicate[]): void {
  const [duplicate] = found;
  if (duplicate === undefined) return;
  const { first, second } = duplicate;
  throw new UserError(
    `Two migrations have the version ${second.version}: ${first.path} and ${second.path}.`,
    {
      hint: 'Give one of them a new version; usually the one that is not merged yet.',
    },
  );
}
