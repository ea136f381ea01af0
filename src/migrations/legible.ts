import { locate } from '../sql/place.ts';
import type { SqlProblem } from '../sql/statement.ts';
import type { FileTree } from './migration.ts';
import { firstBadByte } from './text.ts';

/** What is wrong with a file's encoding, and where. */
export type EncodingProblem = Omit<SqlProblem, 'file'>;

/**
 * The text of a file whose encoding a server would refuse, in UTF-8 as far as it can be made out, so that its statements
 * can be judged all the same. For judging alone: what is run must be the file's own bytes.
 */
export function legible(bytes: Buffer): {
  readonly bytes: Buffer;
  readonly problem: EncodingProblem | undefined;
} {
  const utf16 = utf16Mark(bytes);
  if (utf16 !== undefined) return { bytes: Buffer.from(decode(utf16, bytes)), problem: UTF_16 };
  const behind = firstBadByte(bytes);
  if (behind === undefined) return { bytes, problem: undefined };
  const bad = characterStart(bytes, behind);
  const hex = bytes[bad]?.toString(16).toUpperCase();
  const message = `the byte 0x${hex} does not belong here, so the file is not UTF-8`;
  const problem = { ...locate(bytes).at(bad), message, hint: SAVE };
  return { bytes: Buffer.from(decode('utf-8', bytes)), problem };
}

const SAVE = 'Save the file as UTF-8, for example with: iconv -f WINDOWS-1252 -t UTF-8.';
const UTF_16: EncodingProblem = {
  line: 1,
  column: 1,
  message: 'the file is in UTF-16, and a server takes UTF-8',
  hint: 'Save the file as UTF-8, for example with: iconv -f UTF-16 -t UTF-8.',
};

/** A character that breaks off began before the byte at which that shows. */
function characterStart(bytes: Buffer, behind: number): number {
  for (let at = behind - 1; at >= behind - 3; at -= 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0xc0) return behind - at < lengthOf(byte) ? at : behind;
    if (byte < 0x80) break;
  }
  return behind;
}

/** Bytes of the character that begins with this one. */
function lengthOf(first: number): number {
  return first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
}

function utf16Mark(bytes: Buffer): 'utf-16le' | 'utf-16be' | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  return bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined;
}

function decode(encoding: string, bytes: Buffer): string {
  return new TextDecoder(encoding, { ignoreBOM: true }).decode(bytes);
}

/** A tree whose files are legible. What is wrong with one is noted by its path. */
export function legibleTree(tree: FileTree, problems: Map<string, SqlProblem>): FileTree {
  return {
    list: tree.list,
    read: async (path) => {
      const { bytes, problem } = legible(await tree.read(path));
      if (problem !== undefined) problems.set(path, { file: path, ...problem });
      return bytes;
    },
  };
}
