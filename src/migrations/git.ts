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

async function listTree(root: string, commit: string, path: string): Promise<readonly Entry[]> {
  const paths = path === '' ? [] : [path];
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

type Wanted = {
  readonly blob: string;
  readonly resolve: (content: Buffer) => void;
  readonly reject: (error: unknown) => void;
};

async function readBatch(root: string, wanted: readonly Wanted[]): Promise<void> {
  try {
    const input = `${wanted.map(({ blob }) => blob).join('\n')}\n`;
    const result = await runGit(root, ['cat-file', '--batch'], { input });
    const contents = splitBatch(result.stdout, wanted.length);
    for (const [at, each] of wanted.entries()) each.resolve(contents[at] ?? Buffer.alloc(0));
  } catch (error) {
    for (const each of wanted) each.reject(error);
  }
}

/** Blobs asked for in one turn of the event loop are read by one git process: a thousand migrations cost one start. */
function blobReader(root: string): (blob: string) => Promise<Buffer> {
  let waiting: Wanted[] = [];
  return (blob) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) {
        setImmediate(() => {
          const wanted = waiting;
          waiting = [];
          void readBatch(root, wanted);
        });
      }
      waiting.push({ blob, resolve, reject });
    });
}

/** The files of a commit, without a checkout. `commit` is a full hash, else UserError. Paths that are not UTF-8 are not found. */
export function gitTree(root: string, commit: string): FileTree {
  const sha = fullSha(commit);
  const readBlob = blobReader(root);
  const known = new Map<string, Entry>();
  const listBelow = async (path: string) => {
    const entries = await listTree(root, sha, path);
    for (const entry of entries) known.set(entry.path, entry);
    return entries;
  };
  return {
    list: async (directory) => {
      const path = safePath(directory);
      const entries = await listBelow(path);
      // A file of this very name is no directory.
      return entries
        .map((entry) => entry.path)
        .filter((found) => found !== path)
        .sort(byBytes);
    },
    read: async (name) => {
      const path = safePath(name);
      if (!known.has(path)) await listBelow(path);
      const entry = known.get(path);
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
