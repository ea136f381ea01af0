import { type Stats, statSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { type Duplicate, duplicates } from '../migrations/duplicates.ts';
import { listedOnce, relativeTo, workingTree } from '../migrations/file-tree.ts';
import { legibleTree } from '../migrations/legible.ts';
import type { FileTree, Migration } from '../migrations/migration.ts';
import { severalError, tools, toolsIn, usualFolders } from '../migrations/registry.ts';
import { type AnyToolName, isCodeTool, transactionModels } from '../migrations/transaction-models.ts';
import type { LintSource } from '../rules/context.ts';
import type { SqlProblem } from '../sql/statement.ts';
import { grouped, type Listed, readOnce } from './lint-groups.ts';
import { loneFile, type Named, STANDARD_INPUT_NAME } from './lone-file.ts';
import { readNamed } from './read-limited.ts';
import { checkRegular } from './regular-file.ts';
import { senderOf } from './tool-words.ts';

/** One file to judge. One that could not be read has a problem and no text. */
export type LintItem = {
  readonly tool: string;
  readonly source: LintSource;
};

export type NamedPaths = {
  /** Against which relative paths are read. */
  readonly root: string;
  readonly paths: readonly string[];
  readonly tool: AnyToolName | 'auto';
  readonly readStandardInput: () => Promise<Buffer>;
};

export const STANDARD_INPUT = '-';

type Step = Named | Listed;

export type NamedSources = {
  readonly items: AsyncIterable<LintItem>;
  /** Versions that more than one migration of a folder has. */
  readonly duplicates: readonly Duplicate[];
};

/**
 * The files that were named on the command line, in their order, each read only when its turn comes. A folder is that
 * of a migration tool, or stands for the `.sql` files below it. A file is read as the tool reads it that was named, or
 * whose mark or name it bears; any other as `psql -f` runs it, each statement by itself.
 * One that is missing beside others is told of among them.
 * @throws UserError, before the first file, for one path that is missing and a folder without SQL.
 */
export async function namedSources(options: NamedPaths): Promise<NamedSources> {
  const steps: Step[] = [];
  for (const path of options.paths) steps.push(...(await stepsOf(path, options)));
  const named = await grouped(steps, options.tool);
  return {
    items: items(named, options.tool),
    duplicates: named.flatMap((step) => ('duplicates' in step ? step.duplicates : [])),
  };
}

async function stepsOf(path: string, options: NamedPaths): Promise<readonly Step[]> {
  const { root, readStandardInput } = options;
  if (path === STANDARD_INPUT)
    return [readOnce({ shown: '<stdin>', name: STANDARD_INPUT_NAME, read: readStandardInput })];
  const full = resolve(root, path);
  const facts = await factsOf(full, path).catch((error: UserError) => error);
  const shown = isAbsolute(path) ? path : relative(root, full);
  if (facts instanceof UserError) {
    // Beside others it is told of among them.
    if (options.paths.length === 1) throw facts;
    return [{ shown: path, name: full, read: () => Promise.reject(facts) }];
  }
  if (facts.isDirectory()) return folder({ full, shown, ...(await placeOf(root, full)) }, options.tool);
  const file = { shown, name: full, read: () => readNamed(full, shown) };
  return [facts.isFIFO() ? readOnce(file) : file];
}

async function factsOf(full: string, path: string): Promise<Stats> {
  const hint = 'Name files, folders, or - for standard input.';
  if (path === '') throw new UserError('One of the paths is empty.', { hint });
  try {
    const facts = statSync(full);
    checkRegular(full, path, facts);
    return facts;
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`There is no file or folder ${path}.`, { hint, cause });
  }
}

type Folder = {
  readonly full: string;
  readonly shown: string;
  readonly tree: FileTree;
  readonly directory: string;
};

/** A folder of the workspace is seen from its top, where the manifests stand that tell one tool from another. */
async function placeOf(root: string, full: string): Promise<Pick<Folder, 'tree' | 'directory'>> {
  const directory = relative(root, full).replaceAll('\\', '/');
  const isInside = !isAbsolute(directory) && directory.split('/')[0] !== '..';
  const leadsAway = isInside && (await realpath(full)) !== join(await realpath(root), directory);
  return isInside && !leadsAway
    ? { tree: listedOnce(workingTree(root)), directory: directory === '' ? '.' : directory }
    : { tree: listedOnce(workingTree(full)), directory: '.' };
}

async function folder(place: Folder, wanted: AnyToolName | 'auto'): Promise<readonly Step[]> {
  const { full, shown, tree, directory } = place;
  const unlike = new Map<string, SqlProblem>();
  const below = (path: string) => {
    const rest = relativeTo(directory, path);
    return shown === '' ? rest : join(shown, rest);
  };
  const listed = await listFolder({ ...place, tree: legibleTree(tree, unlike) }, wanted);
  if (listed && listed.list.length > 0) {
    const list = listed.list.map((migration) => ({ ...migration, path: below(migration.path) }));
    const problems = new Map(
      [...unlike].map(([path, problem]) => [below(path), { ...problem, file: below(path) }]),
    );
    return [{ tool: listed.tool, list, duplicates: duplicates(list, tools[listed.tool]), problems }];
  }
  const inside = wanted === 'auto' && directory === '.' ? await usualFolders(tree) : [];
  const nested = inside.map((one) =>
    folder({ full: join(full, one), shown: below(one), tree, directory: one }, wanted),
  );
  const paths = (await tree.list(directory)).filter((path) => {
    const rest = relativeTo(directory, path);
    const isListed = inside.some((one) => path.startsWith(`${one}/`));
    return /\.sql$/i.test(rest) && !PASSED_OVER.test(rest) && !isListed;
  });
  const files = paths.map((path) => ({
    shown: below(path),
    name: join(full, relativeTo(directory, path)),
    read: () => tree.read(path),
  }));
  const steps = [...files, ...(await Promise.all(nested)).flat()];
  if (steps.length > 0) return steps;
  throw noSql(shown, wanted);
}

/** Packages and what begins with a dot are nobody's own migrations. */
const PASSED_OVER = /(^|\/)(\.|node_modules\/)/;

function noSql(shown: string, wanted: AnyToolName | 'auto'): UserError {
  return new UserError(`There is no SQL in the folder ${shown || '.'}.`, {
    hint:
      wanted !== 'auto' && isCodeTool(wanted)
        ? codeHint(wanted)
        : 'Name the folder in which the migrations stand; links in it are not followed.',
  });
}

/** How the SQL of a tool is had whose migrations are code. */
export function codeHint(tool: AnyToolName): string {
  const { title, sql = '' } = transactionModels[tool];
  return `Migrations of ${title} are code: give their SQL to \`pullgres lint --tool ${tool} -\`. How it is had: ${sql}`;
}

/** The folder as a migration tool lists it, or undefined when it is no tool's. */
async function listFolder({ tree, directory }: Folder, wanted: AnyToolName | 'auto') {
  if (wanted !== 'auto') {
    if (isCodeTool(wanted)) return undefined;
    return { tool: wanted, list: await tools[wanted].list(tree, directory, 'lenient') };
  }
  const found = await toolsIn(tree, directory);
  if (found.length > 1) throw severalError(found.map((tool) => ({ tool, directory })));
  const [tool] = found;
  if (tool === undefined) return undefined;
  const list = await tool.list(tree, directory, 'lenient').catch((error) => {
    if (tool.name === 'sql' && error instanceof UserError) return undefined;
    throw error;
  });
  // A folder of numbered files need not be a list of migrations: then each file stands for itself.
  if (list === undefined || (tool.name === 'sql' && duplicates(list, tool).length > 0)) return undefined;
  return { tool: tool.name as keyof typeof tools, list };
}

/** Empties `steps` and their lists. */
async function* items(steps: Step[], wanted: AnyToolName | 'auto'): AsyncGenerator<LintItem> {
  for (const step of lettingGo(steps)) {
    if ('list' in step) yield* listedItems(lettingGo(step.list), step.tool, step.problems);
    else yield await loneFile(step, wanted);
  }
}

/** Empties the list, so that what was judged need not stay: 10,000 migrations are 10 MB. */
function* lettingGo<T>(list: T[]): Generator<T> {
  list.reverse();
  for (let next = list.pop(); next !== undefined; next = list.pop()) yield next;
}

/** Migrations as their tool lists them; `problems` are those of their files' encoding, by path. */
export function* listedItems(
  list: Iterable<Migration>,
  tool: string,
  problems: ReadonlyMap<string, SqlProblem>,
): Generator<LintItem> {
  const sender = senderOf(tool);
  const told = new Set<string>();
  for (const { path, text, up, transaction, refusal } of list) {
    // One file may hold several migrations.
    const refused = refusal && { file: path, line: 1, column: 1, ...refusal };
    const problem = told.has(path) ? undefined : (problems.get(path) ?? refused);
    told.add(path);
    yield { tool, source: { file: path, text, up, transaction, ...sender, problem } };
  }
}
