import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { workingTree } from '../migrations/file-tree.ts';
import type { FileTree, Migration, MigrationTool } from '../migrations/migration.ts';
import { detectTool, tools } from '../migrations/registry.ts';
import { decodeUtf8 } from '../migrations/text.ts';
import type { LintSource } from '../rules/context.ts';
import type { SqlProblem } from '../sql/statement.ts';

/** One file to judge. One that could not be read has a problem and an empty source. */
export type LintItem = {
  readonly tool: string;
  readonly source: LintSource;
  readonly problem: SqlProblem | undefined;
};

export type ToolName = keyof typeof tools;

export type NamedPaths = {
  /** Against which relative paths are read. */
  readonly root: string;
  readonly paths: readonly string[];
  readonly tool: ToolName | 'auto';
  readonly readStandardInput: () => Promise<Buffer>;
};

export const STANDARD_INPUT = '-';

/** A file as it was named, before it is read. `shown` is what the report calls it. */
type Named = { readonly shown: string; readonly name: string; readonly read: () => Promise<Buffer> };
type Group = { readonly tool: MigrationTool; readonly base: string; readonly files: Named[] };
type Step =
  | Named
  | Group
  | readonly Migration[]
  | { readonly tool: string; readonly list: readonly Migration[] };

/**
 * The files that were named on the command line, in their order, each read only when its turn comes. A folder is that
 * of a migration tool, or stands for the `.sql` files below it. A file is read as the tool reads it whose mark or name
 * it bears; any other as `psql -f` runs it, each statement by itself.
 * @throws UserError, before the first file, for a path that is missing and a folder without SQL.
 */
export async function namedSources(options: NamedPaths): Promise<AsyncIterable<LintItem>> {
  const steps: Step[] = [];
  for (const path of options.paths) steps.push(...(await stepsOf(path, options)));
  return items(await grouped(steps, options.tool));
}

async function stepsOf(
  path: string,
  { root, tool, readStandardInput }: NamedPaths,
): Promise<readonly Step[]> {
  if (path === STANDARD_INPUT) return [{ shown: '<stdin>', name: '0/1_stdin.sql', read: readStandardInput }];
  const full = resolve(root, path);
  const facts = await stat(full).catch((cause) => {
    throw new UserError(`There is no file or folder ${path}.`, {
      hint: 'Name files, folders, or - for standard input.',
      cause,
    });
  });
  const shown = isAbsolute(path) ? path : relative(root, full);
  return facts.isDirectory()
    ? folder(full, shown, tool)
    : [{ shown, name: full, read: () => readFile(full) }];
}

async function folder(full: string, shown: string, tool: ToolName | 'auto'): Promise<readonly Step[]> {
  const tree = workingTree(full);
  const below = (path: string) => (shown === '' ? path : join(shown, path));
  const listed = await listFolder(tree, tool);
  if (listed) {
    const list = listed.list.map((migration) => ({ ...migration, path: below(migration.path) }));
    if (list.length > 0) return [{ tool: listed.tool, list }];
  }
  const names = (await tree.list('.')).filter((path) => /\.sql$/i.test(path) && !PASSED_OVER.test(path));
  if (names.length > 0)
    return names.map((path) => ({ shown: below(path), name: join(full, path), read: () => tree.read(path) }));
  throw new UserError(`There is no SQL in the folder ${shown || '.'}.`, {
    hint: 'Name the folder in which the migrations stand; links in it are not followed.',
  });
}

/** Packages and what begins with a dot are nobody's own migrations. */
const PASSED_OVER = /(^|\/)(\.|node_modules\/)/;

/** The folder as a migration tool lists it, or undefined when it is no tool's. */
async function listFolder(tree: FileTree, wanted: ToolName | 'auto') {
  if (wanted !== 'auto') return { tool: wanted, list: await tools[wanted].list(tree, '.') };
  const found: MigrationTool[] = [];
  for (const tool of Object.values(tools)) if ((await tool.detect(tree, ['.'])).length > 0) found.push(tool);
  if (found.length > 1) await detectTool(tree, { tool: 'auto', directory: '.' });
  const [tool] = found;
  if (tool === undefined) return undefined;
  const list = await tool.list(tree, '.').catch((error) => {
    // A folder of numbered files need not be a list of migrations: then each file stands for itself.
    if (tool === tools.sql && error instanceof UserError) return undefined;
    throw error;
  });
  return list && { tool: tool.name, list };
}

/** Files of one tool and folder are read together, as its up and down files belong together. */
async function grouped(steps: readonly Step[], wanted: ToolName | 'auto'): Promise<readonly Step[]> {
  const groups = new Map<string, Group>();
  const result: Step[] = [];
  for (const step of steps) {
    const home = 'shown' in step ? await homeOf(step, wanted) : undefined;
    if (home === undefined) result.push(step);
    else {
      const key = `${home.tool.name} ${home.base}`;
      const group = groups.get(key) ?? { ...home, files: [] };
      if (!groups.has(key)) result.push(group);
      groups.set(key, group);
      group.files.push(step as Named);
    }
  }
  return (
    await Promise.all(result.map((step) => ('files' in step ? readGroup(step, wanted) : [step])))
  ).flat();
}

/** The tool that a file says it belongs to, and the folder that is its list of migrations. */
async function homeOf(file: Named, wanted: ToolName | 'auto') {
  // A plain numbered name says nothing of who runs the file.
  const asked =
    wanted === 'auto' ? Object.values(tools).filter((tool) => tool !== tools.sql) : [tools[wanted]];
  for (const base of [dirname(file.name), dirname(dirname(file.name))])
    for (const tool of asked) if (await isOf(tool, base, file)) return { tool, base };
  if (wanted === 'auto') return undefined;
  throw new UserError(`${file.shown} is no file that ${wanted} takes for a migration.`, {
    hint: 'Leave --tool out to have it judged as psql -f runs it.',
  });
}

async function isOf(tool: MigrationTool, base: string, file: Named): Promise<boolean> {
  const detected = await tool.detect(treeOf(base, [file]), ['.']).catch(() => []);
  return detected.length > 0;
}

/** A tree in which only these files stand, so that a tool reads them without their neighbours. */
function treeOf(base: string, files: readonly Named[]): FileTree {
  const byName = new Map(files.map((file) => [relative(base, file.name).replaceAll('\\', '/'), file]));
  return {
    list: async () => [...byName.keys()],
    read: async (path) => (byName.get(path) as Named).read(),
  };
}

async function readGroup({ tool, base, files }: Group, wanted: ToolName | 'auto'): Promise<readonly Step[]> {
  const names = new Map(files.map((file) => [relative(base, file.name).replaceAll('\\', '/'), file.shown]));
  try {
    const list = await tool.list(treeOf(base, files), '.');
    const taken = new Set(list.flatMap(({ path, down }) => [path, ...(down ? [down.path] : [])]));
    const shown = list.map((one) => ({ ...one, path: names.get(one.path) ?? basename(one.path) }));
    const others = files.filter((file) => !taken.has(relative(base, file.name).replaceAll('\\', '/')));
    return [{ tool: tool.name, list: shown }, ...others];
  } catch (error) {
    if (wanted !== 'auto' || !(error instanceof UserError)) throw error;
    return files;
  }
}

async function* items(steps: readonly Step[]): AsyncGenerator<LintItem> {
  for (const step of steps) {
    if ('list' in step) yield* listedItems(step.list, step.tool);
    else if ('shown' in step) yield await plainItem(step);
  }
}

/** Migrations as their tool lists them. */
export function* listedItems(list: readonly Migration[], tool: string): Generator<LintItem> {
  for (const { path, text, up, transaction } of list)
    yield { tool, source: { file: path, text, up, transaction }, problem: undefined };
}

async function plainItem({ shown, read }: Named): Promise<LintItem> {
  try {
    const text = decodeUtf8(shown, await read());
    const up = { startByte: 0, endByte: Buffer.byteLength(text) };
    return {
      tool: 'none',
      source: { file: shown, text, up, transaction: 'none', psql: true },
      problem: undefined,
    };
  } catch (error) {
    if (!(error instanceof UserError) && !(error as NodeJS.ErrnoException).code) throw error;
    const { message, hint } = error as UserError;
    // Not the text itself, since that may be anything: a NUL byte is no SQL either, and so nothing is made of it.
    const source = {
      file: shown,
      text: '\0',
      up: { startByte: 0, endByte: 1 },
      transaction: 'none' as const,
    };
    return {
      tool: 'none',
      source,
      problem: { file: shown, line: 1, column: 1, message, hint: hint ?? 'Look at its permissions.' },
    };
  }
}
