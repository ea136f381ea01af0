import { createHash } from 'node:crypto';
import { relativeTo } from './file-tree.ts';
import {
  attributeOf,
  type Changeset,
  changesetsIn,
  commentOf,
  isForPostgres,
  isRepeatable,
  liquibaseChecksum,
  rollbackOf,
  takesOtherSums,
  transactionOf,
} from './liquibase-changeset.ts';
import { CHANGELOG, liquibaseHistory } from './liquibase-history.ts';
import { liquibaseObstacle } from './liquibase-obstacle.ts';
import type { FileTree, Migration, Reading, RehearsableTool, SourceFile } from './migration.ts';
import { wholeUp } from './sql-files.ts';
import { byteRange, readSource } from './text.ts';

const DIRECTORIES = [
  'db/changelog',
  'src/main/resources/db/changelog',
  'src/main/resources/db/changelog/changes',
  'changelog',
  'liquibase',
  'db/migrations',
  'migrations',
];

const FORMATTED = /^\uFEFF?\s*--\s*liquibase formatted sql\b/i;
/** The file as if it were its first changeset alone. */
function read(source: SourceFile): Reading {
  const [first] = changesetsIn(source.text);
  return wholeUp(source, transactionOf(first ?? { attributes: '' }));
}

/** Line ends and the blanks behind it make no other changeset of it. */
function checksumOf(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n').trimEnd()).digest('hex');
}

/** Where Maven and Gradle put what the search path, the class path, begins with. */
const RESOURCES = /^(?:.*\/)?src\/main\/resources\//;

/** The path by which a changeset is known: `logicalFilePath` of its own line or of the first, else where the file stands. */
function filenameOf(changeset: Changeset, { path, text }: SourceFile): string {
  const [first = ''] = text.split('\n', 1);
  const logical =
    attributeOf(changeset, 'logicalFilePath') ?? attributeOf({ attributes: first }, 'logicalFilePath');
  return logical?.replace(/^classpath:|^\.\//, '') ?? path.replace(RESOURCES, '');
}

/** Rollback lines stay in the range, where they are comments to the server. */
function changesets(source: SourceFile): readonly Migration[] {
  const { path, text } = source;
  return changesetsIn(text)
    .filter(isForPostgres)
    .map((changeset) => {
      const { author, id, start, end } = changeset;
      const filename = filenameOf(changeset, source);
      const md5sum = takesOtherSums(changeset) ? '' : liquibaseChecksum(changeset);
      return {
        version: `${filename}::${id}::${author}`,
        name: `${author}:${id}`,
        path,
        text,
        up: byteRange(text, start, end),
        down: rollbackOf(changeset, path, text),
        transaction: transactionOf(changeset),
        repeatable: isRepeatable(changeset),
        checksum: checksumOf(changeset.text),
        historyRows: [
          { table: CHANGELOG, values: { id, author, filename, md5sum, comments: commentOf(changeset) } },
        ],
      };
    });
}

async function sqlPaths(tree: FileTree, directory: string): Promise<readonly string[]> {
  return (await tree.list(directory)).filter((path) => /\.sql$/i.test(relativeTo(directory, path)));
}

async function list(tree: FileTree, directory: string): Promise<readonly Migration[]> {
  const paths = await sqlPaths(tree, directory);
  const sources = await Promise.all(paths.map((path) => readSource(tree, path)));
  return sources.filter(({ text }) => FORMATTED.test(text)).flatMap(changesets);
}

function bears(text: string): boolean {
  return FORMATTED.test(text);
}

async function fits(tree: FileTree, directory: string): Promise<boolean> {
  const [first] = await sqlPaths(tree, directory);
  return first !== undefined && bears((await tree.read(first)).toString('utf8', 0, 1000));
}

async function detect(tree: FileTree, directories: readonly string[] = DIRECTORIES) {
  const answers = await Promise.all(directories.map((directory) => fits(tree, directory)));
  return directories.filter((_, at) => answers[at]);
}

/**
 * https://docs.liquibase.com, formatted SQL: each changeset is a migration, in the order of the files' names. A changeset
 * is known by author, id and the path of its file together; its version says them as Liquibase's messages do.
 */
export const liquibase: RehearsableTool = {
  name: 'liquibase',
  detect,
  list,
  read,
  bears,
  history: liquibaseHistory,
  obstacle: async (tree, directory) => liquibaseObstacle(tree, directory, await list(tree, directory)),
};
