import { UserError } from '../errors.ts';
import { atlasHistory, REVISIONS } from './atlas-history.ts';
import { atlasSums, atlasSumText } from './atlas-sum.ts';
import { byBytes, relativeTo, safePath } from './file-tree.ts';
import type { FileTree, Migration, Reading, Refusal, RehearsableTool, SourceFile } from './migration.ts';
import { obstacleOf } from './obstacle.ts';
import { readOrRefuse } from './refusal.ts';
import { wholeUp } from './sql-files.ts';
import { readSource } from './text.ts';

const DIRECTORIES = [
  'migrations',
  'db/migrations',
  'database/migrations',
  'ent/migrate/migrations',
  'atlas/migrations',
];
const SUM = 'atlas.sum';

/**
 * Values of a directive of the file: in the comments at its very top, which a blank line parts from the first statement
 * (sql/migrate/dir.go, LocalFile.comments).
 */
function directives(text: string, name: string): readonly string[] {
  const top = /^(?:(?:#|--)[^\n]*(?:\n|$))+/.exec(text)?.[0] ?? '';
  const rest = text.slice(top.length);
  if (rest !== '' && !/^[\t ]*\n/.test(rest)) return [];
  const found = [...top.matchAll(/^[ -~]*?atlas:(\w+)(?: +([^\r\n]+))?/gm)];
  return found.flatMap(([, directive, value = '']) => (directive === name ? [value.trim()] : []));
}

/** Throws UserError for a value that Atlas would not take (cmdapi/migrate.go, txmodeFor). */
function read(source: SourceFile): Reading {
  const modes = directives(source.text, 'txmode');
  const [mode = 'file'] = modes;
  if (modes.length > 1 || (mode !== 'file' && mode !== 'none')) {
    throw new UserError(`${source.path}: Atlas takes one txmode, "file" or "none".`, {
      hint: 'Mend the line -- atlas:txmode at the top of the file.',
    });
  }
  return wholeUp(source, mode);
}

async function sourcesIn(tree: FileTree, directory: string): Promise<readonly SourceFile[]> {
  const paths = (await tree.list(directory)).filter((path) =>
    /^[^/]+\.sql$/.test(relativeTo(directory, path)),
  );
  return Promise.all(paths.toSorted(byBytes).map((path) => readSource(tree, path)));
}

function fileName({ path }: Pick<SourceFile, 'path'>): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** A checkpoint holds what the files before it make together: it is run where those are not, and never besides. */
function isCheckpoint({ text }: SourceFile): boolean {
  return directives(text, 'checkpoint').length > 0;
}

async function list(tree: FileTree, directory: string, lenient?: 'lenient'): Promise<readonly Migration[]> {
  const sources = await sourcesIn(tree, directory);
  const sums = atlasSums(sources.map((source) => ({ name: fileName(source), text: source.text })));
  const hashes = new Map(sums.map(({ name, hash }) => [name, hash]));
  const files = sources.filter((source) => !isCheckpoint(source));
  return Promise.all(files.map((source) => toMigration(source, hashes.get(fileName(source)), lenient)));
}

/** `version_description.sql`: the version ends at the first `_`. */
async function toMigration(
  source: SourceFile,
  hash: string | undefined,
  lenient: 'lenient' | undefined,
): Promise<Migration> {
  const { path, text, checksum } = source;
  const name = fileName(source).replace(/\.sql$/, '');
  const version = name.split('_', 1)[0] ?? name;
  const historyRows = [{ table: REVISIONS, values: { hash: hash ?? '' } }];
  const reading = await readOrRefuse(path, lenient, () => read(source));
  return { version, name, path, text, checksum, historyRows, ...reading };
}

/** A folder of another tool may have an atlas.sum too: Atlas reads those of six tools. */
const FOREIGN_NAME = /^V\d[^/]*__|\.(up|down)\.sql$/;
const FOREIGN_MARK = /^--\s*(migrate:up|\+goose Up|\+migrate Up|Up Migration|liquibase formatted sql)/im;

async function fits(tree: FileTree, directory: string): Promise<boolean> {
  const relatives = (await tree.list(directory)).map((path) => relativeTo(directory, path));
  if (!relatives.includes(SUM)) return false;
  const first = relatives.find((relative) => /^[^/]+\.sql$/.test(relative));
  if (first === undefined || FOREIGN_NAME.test(first)) return false;
  return !FOREIGN_MARK.test((await tree.read(below(directory, first))).toString('utf8', 0, 65_536));
}

function below(directory: string, relative: string): string {
  const top = safePath(directory);
  return top === '' ? relative : `${top}/${relative}`;
}

async function detect(tree: FileTree, directories: readonly string[] = DIRECTORIES) {
  const answers = await Promise.all(directories.map((directory) => fits(tree, directory)));
  return directories.filter((_, at) => answers[at]);
}

async function sumObstacle(tree: FileTree, directory: string): Promise<Refusal | undefined> {
  const hint =
    'Atlas refuses the folder: look at what changed, and write the file anew with `atlas migrate hash`.';
  const path = below(directory, SUM);
  if (!(await tree.list(directory)).includes(path)) return { message: `${path} is missing.`, hint };
  const sources = await sourcesIn(tree, directory);
  const expected = atlasSumText(atlasSums(sources.map((one) => ({ name: fileName(one), text: one.text }))));
  const { text } = await readSource(tree, path);
  return text.trim() === expected.trim() ? undefined : { message: `${path} does not fit the files.`, hint };
}

/** What Atlas does with a file besides sending its statements. */
const WAYS_OF_ITS_OWN: readonly (readonly [RegExp, string])[] = [
  [/^--\s*atlas:txtar\b/m, 'is an archive of checks and statements'],
  [/^--\s*atlas:import\b/m, 'imports other files'],
  [/^--\s*atlas:delimiter\s+(?!(\\n)+\s*$)\S/m, 'is cut into statements at a text of its own'],
  [/\{\{.*\}\}/, 'is a template'],
];

async function obstacle(tree: FileTree, directory: string): Promise<Refusal | undefined> {
  for (const { path, text } of await sourcesIn(tree, directory)) {
    const way = WAYS_OF_ITS_OWN.find(([mark]) => mark.test(text));
    if (way) return obstacleOf(`${path} ${way[1]}, which only Atlas reads.`, 'Write it as plain SQL');
  }
  return sumObstacle(tree, directory);
}

/**
 * https://atlasgo.io, versioned migrations: the .sql files of a folder with an atlas.sum, statement by statement in a
 * transaction with the revision that notes them, or with `-- atlas:txmode none` each by itself (cmdapi/migrate.go). Up only:
 * `atlas migrate down` works the way back out, without a file.
 */
export const atlas: RehearsableTool = { name: 'atlas', detect, list, read, history: atlasHistory, obstacle };
