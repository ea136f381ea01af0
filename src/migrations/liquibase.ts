import { createHash } from 'node:crypto';
import { relativeTo } from './file-tree.ts';
import type { FileTree, Migration, MigrationTool, Reading, SourceFile } from './migration.ts';
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
/** `--changeset author:id attribute:value …` */
const CHANGESET = /^[ \t]*--\s*changeset\s+(\S+?:\S+)([^\n]*)/gim;

/**
 * A changeset is a transaction, statement by statement; `runInTransaction:false` sends each by itself, and with
 * `splitStatements:false` all of it as one message (docs.liquibase.com, "sql-format", changeset attributes).
 */
function transactionOf(attributes: string): Migration['transaction'] {
  if (!/\brunInTransaction:\s*"?false\b/i.test(attributes)) return 'file';
  return /\bsplitStatements:\s*"?false\b/i.test(attributes) ? 'implicit' : 'none';
}

/** The file as if it were its first changeset alone. */
function read(source: SourceFile): Reading {
  const [first] = source.text.matchAll(CHANGESET);
  return wholeUp(source, transactionOf(first?.[2] ?? ''));
}

/** Line ends and the blanks behind it make no other changeset of it. */
function checksumOf(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n').trimEnd()).digest('hex');
}

/** Rollback lines stay in the range: they are comments to the server, so there is no down part to name. */
function changesets({ path, text }: SourceFile): readonly Migration[] {
  const found = [...text.matchAll(CHANGESET)];
  return found.map(({ 1: version = '', 2: attributes = '', index }, at) => {
    const end = found[at + 1]?.index ?? text.length;
    return {
      version,
      name: version,
      path,
      text,
      up: byteRange(text, index, end),
      down: undefined,
      transaction: transactionOf(attributes),
      repeatable: /\brunOnChange:\s*"?true|\brunAlways:\s*"?true/i.test(attributes),
      checksum: checksumOf(text.slice(index, end)),
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

/** https://docs.liquibase.com, formatted SQL: each changeset is a migration, in the order of the files' names. */
export const liquibase: MigrationTool = { name: 'liquibase', detect, list, read, bears };
