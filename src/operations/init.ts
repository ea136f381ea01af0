import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { listedOnce, workingTree } from '../migrations/file-tree.ts';
import type { FileTree } from '../migrations/migration.ts';
import { detectTool, type ToolName } from '../migrations/registry.ts';
import type { World } from '../runner/world.ts';
import { type InitFacts, type InitFile, initFiles } from './init-files.ts';
import { lookAround } from './init-look.ts';
import { notesOn, unreadHere } from './init-notes.ts';
import { type Standing, standingAt, writeFileAt } from './init-write.ts';

export type InitOptions = {
  readonly tool: ToolName | 'auto';
  /** Where the migrations stand; found when left out. */
  readonly directory: string | undefined;
  /** Also what a server of the team's own needs. */
  readonly server: boolean;
  /** Write over files that say something else. */
  readonly force: boolean;
  /** Write nothing. */
  readonly dryRun: boolean;
};

export type Begun = {
  readonly facts: InitFacts;
  /** `written` says whether this run put the text there. */
  readonly files: readonly (InitFile & { readonly standing: Standing; readonly written: boolean })[];
  readonly dryRun: boolean;
  /** What stands in the way of what was written: each a sentence. */
  readonly notes: readonly string[];
};

/**
 * Looks at the repository and writes its workflow and policy. A file that is there already stays as it is.
 * @throws UserError when this is no repository's top, when several folders of migrations fit, or a place leads through a link.
 */
export async function initHere(world: World, options: InitOptions): Promise<Begun> {
  const root = world.workspace;
  if (!existsSync(join(root, '.git'))) {
    throw new UserError('This folder is not the top of a git repository.', {
      hint: 'Go to the folder that holds .git and run it there: GitHub reads .github/workflows from the top alone.',
    });
  }
  const tree = listedOnce(workingTree(root));
  const facts = await factsOf(tree, options);
  const notes = await notesOn(root, tree);
  const places: (InitFile & { readonly standing: Standing })[] = [];
  for (const file of initFiles(facts)) places.push({ ...file, standing: await standingAt(root, file) });
  const files: Begun['files'][number][] = [];
  for (const place of places) files.push({ ...place, written: await write(root, place, options) });
  return { facts, files, dryRun: options.dryRun, notes };
}

async function factsOf(tree: FileTree, { tool, directory, server }: InitOptions): Promise<InitFacts> {
  const detected = await detectTool(tree, { tool, directory });
  const migrations = detected && { tool: detected.tool.name, directory: detected.directory };
  return { ...(await lookAround(tree)), migrations, server, unread: await unreadHere(tree, migrations) };
}

async function write(
  root: string,
  place: InitFile & { readonly standing: Standing },
  { force, dryRun }: InitOptions,
): Promise<boolean> {
  if (dryRun || place.standing === 'same' || (place.standing === 'other' && !force)) return false;
  await writeFileAt(root, place, { replace: place.standing === 'other' });
  return true;
}
