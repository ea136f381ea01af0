import { UserError } from '../errors.ts';
import { byBytes, relativeTo } from './file-tree.ts';
import { versionTable } from './history-table.ts';
import type { FileTree, History, Migration, Reading, RehearsableTool, SourceFile } from './migration.ts';
import { readOrRefuse } from './refusal.ts';
import { byteOffset, readSource } from './text.ts';

const DIRECTORIES = ['db/migrations', 'migrations', 'database/migrations', 'sql/migrations'];

/** dbmate takes `<digits>anything.sql` of the folder itself and passes over the rest (pkg/dbmate/db.go, migrationFileRegexp). */
const NAME = /^(\d+)[^/]*\.sql$/;

/**
 * dbmate's markers (pkg/dbmate/migration.go). Go's multi-line anchors know only the line feed and its \s only ASCII
 * blanks, hence the look-arounds and the written-out class.
 */
const UP = /(?<![^\n])--[\t\n\f\r ]*migrate:up([\t\n\f\r ]*(?![^\n])|[\t\n\f\r ]+[^\t\n\f\r ]+)/g;
const DOWN = /(?<![^\n])--[\t\n\f\r ]*migrate:down([\t\n\f\r ]*(?![^\n])|[\t\n\f\r ]+[^\t\n\f\r ]+)/g;

function refuse(path: string, message: string, hint: string): never {
  throw new UserError(`${path}: ${message}`, { hint });
}

/** The one up and the one down marker, in this order, after nothing but comments: what dbmate 2 asks for. */
function markers(source: SourceFile): { readonly up: number; readonly down: number } {
  const { path, text } = source;
  const ups = [...text.matchAll(UP)];
  const downs = [...text.matchAll(DOWN)];
  const [up, down] = [ups[0]?.index, downs[0]?.index];
  if (up === undefined) {
    const mark = text.startsWith('\uFEFF') ? ' (the byte order mark before it hides it from dbmate)' : '';
    refuse(path, `dbmate needs a line "-- migrate:up"${mark}.`, 'Add the line before the first statement.');
  }
  if (down === undefined)
    refuse(path, 'dbmate needs a line "-- migrate:down".', 'Add it; it may stand empty.');
  if (ups.length > 1 || downs.length > 1) {
    refuse(path, 'the file has more than one up or down part.', 'Split it: one migration a file.');
  }
  if (up > down) refuse(path, '"-- migrate:up" must stand before "-- migrate:down".', 'Swap the two parts.');
  const early = text
    .slice(0, up)
    .split('\n')
    .find((line) => !/^[\t\f\r ]*($|--)/.test(line));
  if (early !== undefined) {
    refuse(
      path,
      'a statement stands before "-- migrate:up", and dbmate refuses it.',
      'Move it below the line.',
    );
  }
  return { up, down };
}

/**
 * `transaction:false` sends the part as one simple query without BEGIN (Go's lib/pq without arguments), so the server
 * still makes one transaction of several statements.
 */
function transactionOf(text: string, marker: number): Migration['transaction'] {
  const line = text.slice(marker).split('\n', 1)[0] ?? '';
  const options = line
    .replace(/^--\s*migrate:(up|down)/, '')
    .trim()
    .split(/\s+/);
  const last = options.filter(
    (option) => option.split(':').length === 2 && option.startsWith('transaction:'),
  );
  return last.at(-1) === 'transaction:false' ? 'implicit' : 'file';
}

function read(source: SourceFile): Reading {
  const { path, text, bytes } = source;
  const { up, down } = markers(source);
  const [startByte, endByte] = [byteOffset(text, up), byteOffset(text, down)];
  return {
    up: { startByte, endByte },
    down: { path, text, startByte: endByte, endByte: bytes, transaction: transactionOf(text, down) },
    transaction: transactionOf(text, up),
  };
}

function bears(text: string): boolean {
  return text.match(UP) !== null || text.match(DOWN) !== null;
}

type Entry = { readonly path: string; readonly file: string; readonly version: string };

async function entriesOf(tree: FileTree, directory: string): Promise<readonly Entry[]> {
  const paths = await tree.list(directory);
  return paths.flatMap((path) => {
    const file = relativeTo(directory, path);
    const version = NAME.exec(file)?.[1];
    return version === undefined ? [] : [{ path, file, version }];
  });
}

async function list(tree: FileTree, directory: string, lenient?: 'lenient'): Promise<readonly Migration[]> {
  const entries = await entriesOf(tree, directory);
  const ordered = [...entries].sort((a, b) => byBytes(a.file, b.file));
  return Promise.all(
    ordered.map(async ({ path, version, file }) => {
      const source = await readSource(tree, path);
      const { text, checksum } = source;
      const reading = await readOrRefuse(path, lenient, () => read(source));
      return { version, name: file.replace(/\.sql$/, ''), path, text, checksum, ...reading };
    }),
  );
}

async function fits(tree: FileTree, directory: string): Promise<boolean> {
  const first = (await entriesOf(tree, directory))[0];
  if (first === undefined) return false;
  return (await tree.read(first.path)).toString('utf8', 0, 65_536).match(UP) !== null;
}

async function detect(tree: FileTree, directories: readonly string[] = DIRECTORIES) {
  const answers = await Promise.all(directories.map((directory) => fits(tree, directory)));
  return directories.filter((_, at) => answers[at]);
}

/** The table as dbmate makes it (pkg/driver/postgres/postgres.go, CreateMigrationsTable), in the schema `public`. */
const history: History = versionTable({
  table: 'public.schema_migrations',
  create: 'create table public.schema_migrations (version varchar primary key)',
  column: 'version',
  order: 'version',
  versionOf: ({ version }) => version,
});

/**
 * https://github.com/amacneil/dbmate, version 2: one file with an up and a down part. Seen with 2.36.0 in the log of a
 * server: `BEGIN READ WRITE`, the whole part as one message, `COMMIT`; with `transaction:false` the part alone.
 */
export const dbmate: RehearsableTool = { name: 'dbmate', detect, list, read, bears, history };
