import { type LiveSourceOptions, openLiveSource } from './live-source.ts';
import type { Restored } from './restored.ts';
import type { RefreshSource } from './source.ts';

/**
 * Opens what a drill restored as a source: rows are as of the backup's time, not of now. Closing it ends the reading
 * session only; the cluster and its files go with the drill's own `close`. Throws as `openLiveSource` does.
 */
export async function openRestoredSource(
  { facts, takenAt, description }: Restored,
  options: Pick<LiveSourceOptions, 'signal' | 'clientTools'> = {},
): Promise<RefreshSource> {
  // What it says is advice to the owner of a live source: fewer rights, a quieter standby. This one is all ours.
  const source = await openLiveSource(facts, { ...options, onProgress: () => undefined });
  return { ...source, description, takenAt: takenAt?.toISOString() ?? source.takenAt };
}
