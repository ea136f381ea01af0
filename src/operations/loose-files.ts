import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { workingTree } from '../migrations/file-tree.ts';
import type { FileTree, Migration } from '../migrations/migration.ts';
import { detectTool, tools } from '../migrations/registry.ts';
import type { World } from '../runner/world.ts';
import { type ChangeOptions, type LocalChange, startLocalDraft } from './local-change.ts';
import { loadPolicy } from './policy.ts';

/**
 * Files and folders named on the command line, taken as one change to a schema that nobody knows. A file of a
 * migration tool is read as that tool does; any other is judged as `psql -f` would run it, each statement by itself.
 * @throws UserError for a path that is missing or not UTF-8.
 */
export async function looseChange(
  world: World,
  paths: readonly string[],
  options: Pick<ChangeOptions, 'tool'>,
): Promise<LocalChange> {
  const tool = options.tool ?? 'auto';
  const loaded = await loadPolicy({ root: world.workspace, commit: undefined });
  const added = (await Promise.all(paths.map((path) => readPath(world.workspace, path, tool)))).flat();
  const record = { tool, directory: '', added: added.map(({ path }) => path), altered: [], base: 0 };
  const plan = { tool: tools.sql, directory: '', base: [], added, outOfOrder: [], record };
  return { plan, loaded, draft: startLocalDraft(world, loaded, plan, undefined), schemaKnown: false };
}

type Tool = 'auto' | keyof typeof tools;

async function readPath(root: string, given: string, tool: Tool): Promise<readonly Migration[]> {
  const full = resolve(root, given);
  const facts = await stat(full).catch((cause) => {
    throw new UserError(`There is no file or folder ${given}.`, { cause });
  });
  if (facts.isDirectory()) return readFolder(full, given, tool);
  const shown = isAbsolute(given) ? given : relative(root, full);
  const text = decode(await readFile(full), shown);
  const marked = /^--\s*migrate:up/im.test(text);
  if (tool === 'auto' && !marked) return [looseFile(shown, text)];
  const chosen = marked ? tools.dbmate : tools[tool === 'auto' ? 'sql' : tool];
  return chosen.list(onlyFile(shown, Buffer.from(text)), dirname(shown));
}

async function readFolder(full: string, given: string, tool: Tool): Promise<readonly Migration[]> {
  const tree = workingTree(full);
  const found = await detectTool(tree, { tool, directory: '.' });
  const listed = found ? await found.tool.list(tree, found.directory) : [];
  return listed.map((migration) => ({
    ...migration,
    path: `${given.replace(/\/+$/, '')}/${migration.path}`,
  }));
}

/** A tree in which only this file stands, so that a tool reads it without its neighbours. */
function onlyFile(path: string, bytes: Buffer): FileTree {
  return { list: async () => [path], read: async () => bytes };
}

function looseFile(path: string, text: string): Migration {
  const bytes = Buffer.byteLength(text);
  return {
    version: path,
    name: path,
    path,
    text,
    up: { startByte: 0, endByte: bytes },
    down: undefined,
    transaction: 'none',
    checksum: createHash('sha256').update(text).digest('hex'),
  };
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new UserError(`${path} is not UTF-8.`, { hint: 'Save the file as UTF-8.', cause });
  }
}
