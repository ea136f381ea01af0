import type { PostgresProvider } from '../branching/postgres.ts';
import { ProviderError, UserError } from '../errors.ts';
import type { Manifest } from '../evidence/manifest.ts';
import type { DrillRecord } from '../evidence/refresh-schema.ts';
import { manifestBeside } from './baseline-manifest.ts';

/** Manifests of the versions that are still there, oldest first. One that cannot be believed any more is left out. */
export async function earlierManifests(
  provider: PostgresProvider,
  name: string,
): Promise<readonly Manifest[]> {
  const versions = (await provider.baselines())
    .map(({ baseline }) => baseline)
    .filter((baseline) => baseline.name === name)
    .toSorted((a, b) => a.createdAt.localeCompare(b.createdAt));
  const manifests: Manifest[] = [];
  for (const { id } of versions) {
    const manifest = await manifestBeside(provider, id).catch((error: unknown) => {
      if (error instanceof ProviderError || error instanceof UserError) return undefined;
      throw error;
    });
    if (manifest) manifests.push(manifest);
  }
  return manifests;
}

/** The drills on the way to these manifests, without their steps. */
export function earlierDrills(manifests: readonly Manifest[]): readonly DrillRecord[] {
  return manifests.flatMap(({ refresh }) => (refresh?.drill ? [{ ...refresh.drill, steps: [] }] : []));
}
