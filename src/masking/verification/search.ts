import { FOLD, foldByte, hashBlock, hashWindow, type PatternTables } from './patterns.ts';

const CAPACITY = 1 << 20;
/** More than a pattern reaches to either side of the block that it is found by. */
const MARGIN = 72;
const ANY_CASE = 1;
const WHOLE_NUMBER = 2;

/** A search through streams, one after the other. */
export type ByteSearch = {
  /** The next bytes of the stream, in pieces of any size. They are copied. */
  readonly push: (chunk: Uint8Array) => void;
  /** Ends the stream. Occurrences by the pattern's number; overlapping ones count each. The next `push` begins another. */
  readonly end: () => ReadonlyMap<number, number>;
};

/**
 * Exact search for many patterns in one pass. The automaton of Aho and Corasick for 100,000 patterns would have two
 * million states, 2 GB of transitions, and miss the processor's cache at every byte. Here every fourth place is looked
 * at: a window of eight bytes holds exactly one block of four that begins at a multiple of four and within the window's
 * first four bytes, wherever the window stands. A bitmap says whether the block may be one of a window (once in nine
 * times on other bytes); only then the four windows around it are looked up, and compared byte by byte. So nothing is
 * missed, and a text that is nothing but such blocks costs four look-ups for four bytes.
 */
export function byteSearch(tables: PatternTables): ByteSearch {
  const hold = new Uint8Array(CAPACITY);
  // All machines that Node runs on are little-endian.
  const words = new Int32Array(hold.buffer);
  let hits = new Map<number, number>();
  /** The stream's bytes stand from `low` to `filled`; blocks before `word` were looked at. */
  let [low, filled, word] = [MARGIN, MARGIN, MARGIN >> 2];

  function matches(pattern: number, start: number): boolean {
    const length = tables.lengths[pattern] ?? 0;
    if (start < low || start + length > filled) return false;
    const from = tables.starts[pattern] ?? 0;
    const mode = tables.modes[pattern];
    for (let at = 0; at < length; at += 1) {
      const byte = hold[start + at] ?? 0;
      if ((mode === ANY_CASE ? foldByte(byte) : byte) !== tables.bytes[from + at]) return false;
    }
    if (mode !== WHOLE_NUMBER) return true;
    const before = start > low && isDigit(hold[start - 1]);
    return !before && !(start + length < filled && isDigit(hold[start + length]));
  }

  function lookUp(low32: number, high32: number, window: number): void {
    const hash = hashWindow(low32, high32);
    const bit = hash >>> tables.windowShift;
    if (((tables.windowFilter[bit >>> 5] ?? 0) & (1 << bit)) === 0) return;
    let pattern = tables.heads[hash & (tables.heads.length - 1)] ?? -1;
    while (pattern >= 0) {
      if (tables.hashes[pattern] === hash && matches(pattern, window - (tables.windows[pattern] ?? 0))) {
        hits.set(pattern, (hits.get(pattern) ?? 0) + 1);
      }
      pattern = tables.next[pattern] ?? -1;
    }
  }

  /** The windows that begin at this block or up to three bytes before it. */
  function around(at: number): void {
    const before = (words[at - 1] ?? 0) | FOLD;
    const here = (words[at] ?? 0) | FOLD;
    const after = (words[at + 1] ?? 0) | FOLD;
    const place = at << 2;
    lookUp(here, after, place);
    lookUp((before >>> 24) | (here << 8), (here >>> 24) | (after << 8), place - 1);
    lookUp((before >>> 16) | (here << 16), (here >>> 16) | (after << 16), place - 2);
    lookUp((before >>> 8) | (here << 24), (here >>> 8) | (after << 24), place - 3);
  }

  function look(end: number): void {
    const { blockFilter, blockShift } = tables;
    let at = word;
    for (; at < end; at += 1) {
      const bit = hashBlock((words[at] ?? 0) | FOLD) >>> blockShift;
      if (((blockFilter[bit >>> 5] ?? 0) & (1 << bit)) !== 0) around(at);
    }
    word = at;
  }

  function makeRoom(): void {
    look((filled - MARGIN) >> 2);
    const kept = (word << 2) - MARGIN;
    hold.copyWithin(0, kept, filled);
    low = Math.max(0, low - kept);
    filled -= kept;
    word = MARGIN >> 2;
  }

  return {
    push: (chunk) => {
      for (let at = 0; at < chunk.length; ) {
        if (filled === CAPACITY) makeRoom();
        const piece = chunk.subarray(at, at + CAPACITY - filled);
        hold.set(piece, filled);
        filled += piece.length;
        at += piece.length;
      }
    },
    end: () => {
      look(filled >> 2);
      hold.fill(0, 0, filled);
      [low, filled, word] = [MARGIN, MARGIN, MARGIN >> 2];
      const found = hits;
      hits = new Map();
      return found;
    },
  };
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57;
}
