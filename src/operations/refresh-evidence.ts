import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RefreshRecord } from '../evidence/refresh-schema.ts';
import type { World } from '../runner/world.ts';

/** Writes the record beside the job's other evidence, whole or not at all. Gives its path. */
export async function saveRefresh(world: World, record: RefreshRecord): Promise<string> {
  const path = join(world.temporary, 'refresh.json');
  await mkdir(world.temporary, { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(`${path}.new`, path);
  return path;
}
