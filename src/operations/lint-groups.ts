import { lstat } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { UserError } from '../errors.ts';
import { type Duplicate, duplicates } from '../migrations/duplicates.ts';
import { legible, legibleTree } from '../migrations/legible.ts';
import type { FileTree, Migration, MigrationTool } from '../migrations/migration.ts';
import { markedTool, tools } from '../migrations/registry.ts';
import { type AnyToolName, isCodeTool } from '../migrations/transaction-models.ts';
import type { SqlProblem } from '../sql/statement.ts';
import { type Named, STANDARD_INPUT_NAME } from './lone-file.ts';
import { readNamed } from './read-limited.ts';

/** Migrations that a tool lists. */
export type Listed = {
  readonly tool: string;
  readonly list: Migration[];
  readonly duplicates: readonly Duplicate[];
  /** What is wrong with the encoding of files, by path. */
  readonly problems: ReadonlyMap<string, SqlProblem>;
};

type Group = { readonly tool: MigrationTool; readonly base: string; readonly files: Named[] };

/** Files of one tool and folder are read together, as its up and down files belong together. */
export async function grouped(
  steps: readonly (Named | Listed)[],
  wanted: AnyToolName | 'auto',
): Promise<(Named | Listed)[]> {
  const groups = new Map<string, Group>();
  const result: (Named | Listed | Group)[] = [];
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
  const read = await Promise.all(result.map((step) => ('files' in step ? readGroup(step, wanted) : [step])));
  return read.flat();
}

type Home = { readonly tool: MigrationTool; readonly base: string };

/** The tool that a file belongs to, and the folder that is its list of migrations. */
async function homeOf(file: Named, wanted: AnyToolName | 'auto'): Promise<Home | undefined> {
  if (wanted !== 'auto' && isCodeTool(wanted)) return undefined;
  const once = readOnce(file);
  const marked = wanted === 'auto' ? await markOf(once) : undefined;
  const bases = [dirname(file.name), dirname(dirname(file.name))];
  for (const base of bases) {
    if (wanted !== 'auto') {
      const tool = tools[wanted];
      if (await takes(tool, base, once)) return { tool, base };
      continue;
    }
    const tree = treeOf(base, [once]);
    // A plain numbered name says nothing of who runs the file.
    for (const tool of Object.values(tools))
      if (tool !== tools.sql && (marked ?? tool) === tool && (await isOf(tool, tree))) return { tool, base };
  }
  return undefined;
}

/** The tool whose mark the file bears; one that cannot be read is told of when its turn comes. */
async function markOf(file: Named): Promise<MigrationTool | undefined> {
  const bytes = await file.read().catch(() => undefined);
  return bytes && markedTool(legible(bytes).bytes.toString('utf8'));
}

/** Reads the file the first time only: every tool may look at it before one takes it, and standard input comes but once. */
export function readOnce(file: Named): Named {
  let content: Promise<Buffer> | undefined;
  return {
    ...file,
    read: () => {
      content ??= file.read();
      return content;
    },
  };
}

async function isOf(tool: MigrationTool, tree: FileTree): Promise<boolean> {
  const detected = await tool.detect(tree, ['.']).catch(() => []);
  return detected.length > 0;
}

/** Whether a tool that was named lists the file; a down file goes where its up file would. */
async function takes(tool: MigrationTool, base: string, file: Named): Promise<boolean> {
  const up = file.name.replace(/down\.sql$/, 'up.sql').replace(/(^|\/)U(?=\d[^/]*$)/, '$1V');
  const list = await tool
    .list(legibleTree(treeOf(base, [{ ...file, name: up }]), new Map()), '.')
    .catch(() => []);
  return list.length > 0;
}

/** A tree in which only these files stand, so that a tool reads them without their neighbours. */
function treeOf(base: string, files: readonly Named[]): FileTree {
  const byName = new Map(files.map((file) => [within(base, file), file]));
  return {
    list: async () => [...byName.keys()],
    read: async (path) => {
      const file = byName.get(path);
      if (file) return file.read();
      throw new UserError(`There is no file ${path}.`, {
        hint: 'Name the file too, or its folder.',
      });
    },
  };
}

/** The files, named or not, that say how these are run: they hold for a file that is named as for its folder. */
async function settingsBeside(
  { settingsOf }: MigrationTool,
  base: string,
  files: readonly Named[],
): Promise<readonly Named[]> {
  if (settingsOf === undefined) return [];
  const onDisk = files.filter(({ name }) => name !== STANDARD_INPUT_NAME);
  const paths = new Set(onDisk.map((file) => join(base, settingsOf(within(base, file)))));
  const found = await Promise.all(
    [...paths].map(async (name): Promise<readonly Named[]> => {
      const facts = await lstat(name).catch(() => undefined);
      return facts?.isFile() ? [{ shown: name, name, read: () => readNamed(name, name) }] : [];
    }),
  );
  return found.flat();
}

function within(base: string, { name }: Named): string {
  return relative(base, name).replaceAll('\\', '/');
}

async function readGroup(
  { tool, base, files }: Group,
  wanted: AnyToolName | 'auto',
): Promise<readonly (Named | Listed)[]> {
  const names = new Map(files.map((file) => [within(base, file), file.shown]));
  try {
    const unlike = new Map<string, SqlProblem>();
    const beside = await settingsBeside(tool, base, files);
    const tree = treeOf(base, [...beside, ...files]);
    const found = await tool.list(legibleTree(tree, unlike), '.', 'lenient');
    const taken = new Set(found.flatMap(({ path, down }) => [path, ...(down ? [down.path] : [])]));
    const list = found.map((one) => ({ ...one, path: names.get(one.path) ?? basename(one.path) }));
    const others = files.filter((file) => !taken.has(within(base, file)));
    const problems = new Map(
      [...unlike].map(([path, problem]): [string, SqlProblem] => {
        const file = names.get(path) ?? basename(path);
        return [file, { ...problem, file }];
      }),
    );
    return [{ tool: tool.name, list, duplicates: duplicates(list, tool), problems }, ...others];
  } catch (error) {
    if (wanted !== 'auto' || !(error instanceof UserError)) throw error;
    return files;
  }
}
