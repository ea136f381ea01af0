import { UserError } from '../errors.ts';
import { openLiveSource } from '../refresh/live-source.ts';
import type { RefreshSource } from '../refresh/source.ts';
import type { World } from '../runner/world.ts';
import { terminalSource } from './refresh-at-terminal.ts';

/**
 * Does `work` with a live source, read at one moment, and closes it.
 * @throws UserError when none is named, or its role cannot read everything.
 */
export async function withMaskSource<T>(
  world: World,
  sourceUrl: string | undefined,
  work: (source: RefreshSource) => Promise<T>,
): Promise<T> {
  if (!sourceUrl && !world.environment.PULLGRES_SOURCE_URL) {
    throw new UserError('No source is named.', {
      hint: 'Set PULLGRES_SOURCE_URL (or give --source-url) to the database that is to be masked, or a standby of it.',
    });
  }
  const wish = terminalSource(world, {
    sourceUrl,
    sourceDump: undefined,
    sourceBackup: undefined,
    sourceDatabase: undefined,
  });
  if (wish.kind !== 'live')
    throw new UserError('Only a live database can be looked at here.', {
      hint: 'Name one by PULLGRES_SOURCE_URL, for instance a standby or a restored copy.',
    });
  const { signal, info: onProgress } = world;
  const source = await openLiveSource(wish.facts, { signal, onProgress });
  try {
    return await work(source);
  } finally {
    await source.close();
  }
}

/** Keys of the tables whose rows a refresh takes: not those that an extension brings itself. */
export function tablesWithRows({ schema }: Pick<RefreshSource, 'schema'>): ReadonlySet<string> {
  const own = [...schema.tables].filter(
    ([, { ofExtension, extensionRows }]) => ofExtension === undefined || extensionRows !== undefined,
  );
  return new Set(own.map(([key]) => key));
}
