import { Inflate } from 'fflate';
import type { ArtifactFile } from './artifacts.ts';

/** APPNOTE.TXT 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16: signatures and lengths without the variable parts. */
const LOCAL = { signature: 0x04034b50, length: 30 };
const CENTRAL = { signature: 0x02014b50, length: 46 };
const END = { signature: 0x06054b50, length: 22 };
const LONGEST_COMMENT = 65_535;
const ENCRYPTED = 0x2041;
const STORED = 0;
const DEFLATED = 8;

/** Deflate grows a byte to at most 1,032, so that a piece of this size cannot fill the memory before it is counted. */
const PIECE = 4_096;

class Refusal extends Error {}

/**
 * The text of `file`, when it is all that the archive holds. By the archive's directory, which is what every other tool
 * goes by; anything that contradicts it, and more than `maximumBytes` of content, is refused in a sentence that quotes
 * nothing of the archive.
 */
export function readOnlyEntry(archive: Uint8Array, file: string, maximumBytes: number): ArtifactFile {
  try {
    const bytes = unpack(archive, file, maximumBytes);
    return { kind: 'file', text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', why: error.message };
    // RangeError: a length points out of the archive. TypeError: not UTF-8. Others: fflate's on broken data.
    const why = error instanceof TypeError ? 'The file in the artifact is not UTF-8.' : BROKEN;
    return { kind: 'refused', why };
  }
}

const BROKEN = 'The artifact is a broken zip archive.';

type Entry = {
  readonly method: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
};

function unpack(archive: Uint8Array, file: string, maximumBytes: number): Uint8Array {
  const view = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  const entry = onlyEntry(view, file);
  if (entry.size > maximumBytes) throw tooLong(maximumBytes);
  const start = startOf(view, entry.offset, file);
  if (start + entry.packed > view.length) throw new Refusal(BROKEN);
  const packed = view.subarray(start, start + entry.packed);
  const bytes = entry.method === STORED ? packed : inflate(packed, maximumBytes);
  if (bytes.length !== entry.size) throw new Refusal('The artifact tells another size than its file has.');
  return bytes;
}

function onlyEntry(view: Buffer, file: string): Entry {
  const end = findEnd(view);
  const [disk, entries, directory] = [
    view.readUInt16LE(end + 4),
    view.readUInt16LE(end + 10),
    view.readUInt32LE(end + 16),
  ];
  if (entries !== 1 || view.readUInt16LE(end + 8) !== entries) {
    throw new Refusal('The artifact does not hold exactly one file.');
  }
  if (disk !== 0 || view.readUInt32LE(directory) !== CENTRAL.signature) throw new Refusal(BROKEN);
  const nameLength = view.readUInt16LE(directory + 28);
  const length =
    CENTRAL.length + nameLength + view.readUInt16LE(directory + 30) + view.readUInt16LE(directory + 32);
  // A second entry hidden behind the first, which the count does not tell.
  if (directory + length !== end) throw new Refusal(BROKEN);
  if (nameAt(view, directory + CENTRAL.length, nameLength) !== file) {
    throw new Refusal(`The artifact holds another file than ${file}.`);
  }
  if ((view.readUInt16LE(directory + 8) & ENCRYPTED) !== 0) throw new Refusal('The artifact is encrypted.');
  const method = view.readUInt16LE(directory + 10);
  if (method !== STORED && method !== DEFLATED) {
    throw new Refusal('The artifact is packed in a way that Pullgres does not read.');
  }
  return {
    method,
    packed: view.readUInt32LE(directory + 20),
    size: view.readUInt32LE(directory + 24),
    offset: view.readUInt32LE(directory + 42),
  };
}

/** The last end record whose comment ends with the archive. */
function findEnd(view: Buffer): number {
  const first = Math.max(0, view.length - END.length - LONGEST_COMMENT);
  for (let at = view.length - END.length; at >= first; at -= 1) {
    const fits = view.readUInt32LE(at) === END.signature;
    if (fits && at + END.length + view.readUInt16LE(at + 20) === view.length) return at;
  }
  throw new Refusal('The artifact is not a zip archive.');
}

/** Where the data begins. The local name counts too: tools that stream go by it. */
function startOf(view: Buffer, offset: number, file: string): number {
  if (view.readUInt32LE(offset) !== LOCAL.signature) throw new Refusal(BROKEN);
  const nameLength = view.readUInt16LE(offset + 26);
  if (nameAt(view, offset + LOCAL.length, nameLength) !== file) throw new Refusal(BROKEN);
  return offset + LOCAL.length + nameLength + view.readUInt16LE(offset + 28);
}

function nameAt(view: Buffer, start: number, length: number): string {
  return view.toString('latin1', start, start + length);
}

function inflate(packed: Uint8Array, maximumBytes: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  let size = 0;
  const stream = new Inflate((piece) => {
    size += piece.length;
    if (size > maximumBytes) throw tooLong(maximumBytes);
    pieces.push(piece.slice());
  });
  for (let at = 0; at < packed.length; at += PIECE) {
    stream.push(packed.subarray(at, at + PIECE), at + PIECE >= packed.length);
  }
  return Buffer.concat(pieces);
}

function tooLong(maximumBytes: number): Refusal {
  return new Refusal(`The file in the artifact is larger than ${maximumBytes / 1_048_576} MiB.`);
}
