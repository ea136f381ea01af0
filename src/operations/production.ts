import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { type Manifest, readManifest } from '../evidence/manifest.ts';
import { workingTree } from '../migrations/file-tree.ts';
import { gitTree } from '../migrations/git.ts';
import type { Rates } from '../rehearsal/contention/targets.ts';
import type { Catalog } from '../sql/catalog.ts';
import type { LoadedPolicy } from './policy.ts';

/**
 * The manifest that the policy names, from the commit that the policy itself was read from; undefined when it names none.
 * @throws UserError when the file is missing there, or is no manifest.
 */
export async function loadManifest(root: string, loaded: LoadedPolicy): Promise<Manifest | undefined> {
  const path = loaded.policy.rehearsal.production;
  if (path === undefined) return undefined;
  const { commit } = loaded.facts;
  const tree = commit ? gitTree(root, commit) : workingTree(root);
  const directory = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
  if (!(await tree.list(directory)).includes(path)) {
    throw new UserError(`The policy names ${path} as rehearsal.production, and it is not there.`, {
      hint: 'Like the policy, it is read from the base branch: merge it first. See docs/production-manifest.md.',
    });
  }
  return readManifest((await tree.read(path)).toString('utf8'), path);
}

/** A manifest that somebody at a terminal names. Throws UserError when it cannot be read. */
export async function manifestAt(root: string, path: string): Promise<Manifest> {
  return readManifest(await readNamed(resolve(root, path), path), path);
}

async function readNamed(full: string, path: string): Promise<string> {
  try {
    return await readFile(full, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new UserError(`${path} could not be read: ${code}.`, {
      hint: 'Name the manifest of production with --production FILE. See docs/production-manifest.md.',
      cause,
    });
  }
}

/** Production's rates, or those that a live database counted. A table that nobody used on the branch says nothing. */
export function ratesOf(manifest: Manifest | undefined, catalog: Catalog): Rates {
  if (manifest !== undefined) return new Map(manifest.tables.map((table) => [table.relation, table]));
  const counted = [...catalog.relations.values()].filter(
    ({ readsPerSecond = 0, writesPerSecond = 0 }) => readsPerSecond + writesPerSecond > 0,
  );
  return new Map(counted.map((relation) => [relation.name, relation]));
}
