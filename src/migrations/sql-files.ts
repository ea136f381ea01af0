import { byBytes, relativeTo, safePath } from './file-tree.ts';
import type { FileTree, Migration, MigrationTool, Reading, SourceFile } from './migration.ts';
import { readOrRefuse } from './refusal.ts';
import { readSource } from './text.ts';

/** What a path says of the migration that stands there. */
export type Named = {
  readonly version: string;
  readonly name: string;
  readonly direction: 'up' | 'down';
  readonly repeatable?: boolean;
};

/** A tool whose migrations are SQL files of one folder, told by their names. */
export type Layout = {
  readonly name: string;
  /** Its usual directories. */
  readonly directories: readonly string[];
  /** What a path below the directory is; undefined when the tool passes over it. */
  readonly named: (relative: string) => Named | undefined;
  /** Order of application; by the names' bytes when left out. */
  readonly order?: (a: Named, b: Named) => number;
  /** `beside` is the text of the file that `settingsOf` names, where there is one. */
  readonly read: (source: SourceFile, beside?: string) => Reading | Promise<Reading>;
  /** Path, below the directory, of a file that says how this one is run. */
  readonly settingsOf?: (relative: string) => string;
  /** Whether a folder that holds such names is this tool's; `first` is the text of its first migration. */
  readonly fits: (place: {
    readonly tree: FileTree;
    readonly directory: string;
    readonly first: string;
  }) => boolean | Promise<boolean>;
  readonly versionKey?: (version: string) => string;
  readonly bears?: (text: string) => boolean;
};

type Entry = Named & { readonly path: string };

/** A migration tool from its layout. A down file belongs to the up file with the same version; one alone is passed over. */
export function sqlFiles(layout: Layout): MigrationTool {
  const { name, versionKey, settingsOf, bears } = layout;
  return {
    name,
    detect: async (tree, directories = layout.directories) => {
      const answers = await Promise.all(directories.map((directory) => fits(layout, tree, directory)));
      return directories.filter((_, at) => answers[at]);
    },
    list: (tree, directory, lenient) => list(layout, { tree, directory, lenient }),
    read: (source) => layout.read(source),
    versionKey,
    settingsOf,
    bears,
  };
}

async function entriesOf(layout: Layout, tree: FileTree, directory: string): Promise<readonly Entry[]> {
  const paths = await tree.list(directory);
  return paths.flatMap((path) => {
    const named = layout.named(relativeTo(directory, path));
    return named === undefined ? [] : [{ ...named, path }];
  });
}

/** Enough of a file to find a mark in it. */
const BEGINNING_BYTES = 65_536;

async function fits(layout: Layout, tree: FileTree, directory: string): Promise<boolean> {
  const [entry] = (await entriesOf(layout, tree, directory)).filter(({ direction }) => direction === 'up');
  if (entry === undefined) return false;
  const first = (await tree.read(entry.path)).toString('utf8', 0, BEGINNING_BYTES);
  return layout.fits({ tree, directory, first });
}

async function list(layout: Layout, place: Omit<Place, 'files'>): Promise<readonly Migration[]> {
  const { tree, directory } = place;
  const entries = await entriesOf(layout, tree, directory);
  const { order = byName, versionKey = (version: string) => version } = layout;
  const downs = new Map(
    entries
      .filter(({ direction }) => direction === 'down')
      .map((entry) => [versionKey(entry.version), entry]),
  );
  const ups = entries
    .filter(({ direction }) => direction === 'up')
    .toSorted((a, b) => order(a, b) || byBytes(a.path, b.path));
  const files = new Set(await tree.list(directory));
  return Promise.all(
    ups.map((entry) => toMigration(layout, { ...place, files }, entry, downs.get(versionKey(entry.version)))),
  );
}

function byName(a: Named, b: Named): number {
  return byBytes(a.name, b.name);
}

type Place = {
  readonly tree: FileTree;
  readonly directory: string;
  readonly lenient: 'lenient' | undefined;
  readonly files: ReadonlySet<string>;
};

async function toMigration(
  layout: Layout,
  place: Place,
  { version, name, path, repeatable }: Entry,
  down: Entry | undefined,
): Promise<Migration> {
  const { tree } = place;
  const source = await readSource(tree, path);
  const beside = await settingsOf(layout, place, path);
  const reading = await readOrRefuse(path, place.lenient, () => layout.read(source, beside));
  return {
    version,
    name,
    path,
    text: source.text,
    checksum: source.checksum,
    repeatable,
    ...reading,
    down: down ? await wholeFile(tree, down.path) : reading.down,
  };
}

async function wholeFile(tree: FileTree, path: string): Promise<Migration['down']> {
  const { text, bytes } = await readSource(tree, path);
  return { path, text, startByte: 0, endByte: bytes };
}

async function settingsOf(
  { settingsOf }: Pick<Layout, 'settingsOf'>,
  { tree, directory, files }: Place,
  path: string,
): Promise<string | undefined> {
  if (settingsOf === undefined) return undefined;
  const top = safePath(directory);
  const beside = settingsOf(relativeTo(directory, path));
  const wanted = top === '' ? beside : `${top}/${beside}`;
  return files.has(wanted) ? (await readSource(tree, wanted)).text : undefined;
}

/** A file that is all up. */
export function wholeUp({ bytes }: SourceFile, transaction: Migration['transaction']): Reading {
  return { up: { startByte: 0, endByte: bytes }, down: undefined, transaction };
}

/** Compares whole numbers written in digits of any length. */
export function byNumber(a: string, b: string): number {
  const [left, right] = [BigInt(a), BigInt(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

/** The key under which a whole number is the same with and without zeros before it. */
export function numberKey(version: string): string {
  return String(BigInt(version));
}
