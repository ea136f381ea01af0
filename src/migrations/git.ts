import { UserError } from '../errors.ts';
import { byBytes, checkSize, linkError, safePath } from './file-tree.ts';
import { fullSha, runGit } from './git-command.ts';
import type { FileTree } from './migration.ts';

type Entry = { readonly path: string; readonly mode: string; readonly blob: string; readonly bytes: number };

/** Reads `git ls-tree -z --long`: mode, type, hash, size, tab, path. Submodules have no size and are passed over. */
function readEntries(output: Buffer): readonly Entry[] {
  return output
    .toString('utf8')
    .split('\0')
    .flatMap((record) => {
      const tab = record.indexOf('\t');
      const [mode = '', type, blob = '', bytes] = record.slice(0, tab).split(/ +/);
      return tab > 0 && type === 'blob'
        ? [{ path: record.slice(tab + 1), mode, blob, bytes: Number(bytes) }]
        : [];
    });
}

/** More paths than these are no arguments of one program any more. */
const MOST_PATHS = 200;

/** The files at these paths and below them; all files when one of the paths is the top, or when they are many. */
async function listTree(root: string, commit: string, asked: readonly string[]): Promise<readonly Entry[]> {
  const paths = asked.includes('') || asked.length > MOST_PATHS ? [] : asked;
  const result = await runGit(root, [
    '--literal-pathspecs',
    'ls-tree',
    '-r',
    '-z',
    '--long',
    '--full-tree',
    commit,
    '--',
    ...paths,
  ]);
  if (result.code === 0) return readEntries(result.stdout);
  throw new UserError(`Commit ${commit} could not be read: ${result.stderr.trim().slice(0, 500)}`, {
    hint: 'Let actions/checkout fetch the history with fetch-depth: 0.',
  });
}

/** Splits the answer of `git cat-file --batch`: for each object a line `<hash> blob <size>`, the bytes, a line feed. */
function splitBatch(output: Buffer, count: number): readonly Buffer[] {
  const contents: Buffer[] = [];
  let at = 0;
  while (contents.length < count) {
    const lineEnd = output.indexOf(0x0a, at);
    const header = output.toString('latin1', at, lineEnd).split(' ');
    if (header[1] !== 'blob')
      throw new UserError(`git does not have the object ${header[0]} of this commit.`, {
        hint: 'Set fetch-depth: 0 on actions/checkout, and no `filter`, so that every object is there.',
      });
    const end = lineEnd + 1 + Number(header[2]);
    contents.push(output.subarray(lineEnd + 1, end));
    at = end + 1;
  }
  return contents;
}

type Wanted<T> = {
  readonly key: string;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * What is asked for in one turn of the event loop is read at once, by one git process: a thousand migrations, or the
 * folders where every tool's may stand, cost one start. `read` gives the answers in the order of its keys.
 */
function inBatches<T>(read: (keys: readonly string[]) => Promise<readonly T[]>): (key: string) => Promise<T> {
  let waiting: Wanted<T>[] = [];
  const serve = async () => {
    const wanted = waiting;
    waiting = [];
    try {
      const answers = await read(wanted.map(({ key }) => key));
      for (const [at, each] of wanted.entries()) each.resolve(answers[at] as T);
    } catch (error) {
      for (const each of wanted) each.reject(error);
    }
  };
  return (key) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(() => void serve());
      waiting.push({ key, resolve, reject });
    });
}

async function readBlobs(root: string, blobs: readonly string[]): Promise<readonly Buffer[]> {
  const result = await runGit(root, ['cat-file', '--batch'], { input: `${blobs.join('\n')}\n` });
  return splitBatch(result.stdout, blobs.length);
}

type Lister = {
  /** Entries below a path, or at it. */
  readonly below: (path: string) => Promise<readonly Entry[]>;
  /** The entry at a path, if it is a file's. */
  readonly at: (path: string) => Promise<Entry | undefined>;
};

/** A commit does not change, so nothing is listed twice. */
function treeLister(root: string, sha: string): Lister {
  const lists = new Map<string, Promise<readonly Entry[]>>();
  const known = new Map<string, Entry>();
  const ask = inBatches(async (paths) => {
    const entries = await listTree(root, sha, paths);
    for (const entry of entries) known.set(entry.path, entry);
    return paths.map((path) => entriesWithin(entries, path));
  });
  const below: Lister['below'] = (path) => {
    const whole = lists.get('');
    const listed = lists.get(path) ?? whole?.then((entries) => entriesWithin(entries, path)) ?? ask(path);
    lists.set(path, listed);
    return listed;
  };
  const at: Lister['at'] = async (path) => {
    if (!known.has(path)) await below(path);
    return known.get(path);
  };
  return { below, at };
}

function entriesWithin(entries: readonly Entry[], path: string): readonly Entry[] {
  if (path === '') return entries;
  return entries.filter((entry) => entry.path === path || entry.path.startsWith(`${path}/`));
}

/** The files of a commit, without a checkout. `commit` is a full hash, else UserError. Paths that are not UTF-8 are not found. */
export function gitTree(root: string, commit: string): FileTree {
  const sha = fullSha(commit);
  const readBlob = inBatches((blobs) => readBlobs(root, blobs));
  const files = treeLister(root, sha);
  return {
    list: async (directory) => {
      const path = safePath(directory);
      const entries = await files.below(path);
      // A file of this very name is no directory.
      return entries
        .map((entry) => entry.path)
        .filter((found) => found !== path)
        .sort(byBytes);
    },
    read: async (name) => {
      const path = safePath(name);
      const entry = await files.at(path);
      if (entry === undefined)
        throw new UserError(`There is no file ${path} in commit ${sha.slice(0, 12)}.`, {
          hint: 'Check the path and its case; it must be committed on that branch.',
        });
      if (entry.mode === '120000') throw linkError(path);
      checkSize(path, entry.bytes);
      return readBlob(entry.blob);
    },
  };
}
