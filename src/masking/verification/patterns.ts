/** A window's bytes: what is shorter cannot be sought, and chance would find it. */
export const SHORTEST_PATTERN = 8;
/** What is longer is sought by a piece of it. */
export const LONGEST_PATTERN = 64;

export type PatternMode =
  | 'exact'
  /** ASCII letters in either case, as in mail addresses. */
  | 'any case'
  /** Not as a part of a longer run of digits. */
  | 'whole number';

/** 8 to 64 bytes to be sought. */
export type Pattern = { readonly bytes: Uint8Array; readonly mode: PatternMode };

/** Sets the bit by which letters differ in case. Other bytes fall together too: a filter may let too much through. */
export const FOLD = 0x20202020;

const WINDOW = SHORTEST_PATTERN;
const BLOCKS_OF_WINDOW = 4;

/** Tables of a search, all in typed arrays: about 60 bytes and the pattern itself for each, and the filters. */
export type PatternTables = {
  readonly count: number;
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly lengths: Uint8Array;
  /** Where the window stands that the pattern is found by. */
  readonly windows: Uint8Array;
  readonly modes: Uint8Array;
  readonly hashes: Int32Array;
  readonly heads: Int32Array;
  readonly next: Int32Array;
  readonly blockFilter: Int32Array;
  readonly blockShift: number;
  readonly windowFilter: Int32Array;
  readonly windowShift: number;
};

export const MODES: readonly PatternMode[] = ['exact', 'any case', 'whole number'];

/** Four bytes to 32 bits. */
export function hashBlock(block: number): number {
  return Math.imul(block, 0x9e3779b1);
}

/** Eight bytes, as two little-endian halves, to 32 bits. */
export function hashWindow(low: number, high: number): number {
  let hash = Math.imul(low, 0x85ebca6b) ^ Math.imul(high, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x27d4eb2f);
  return hash ^ (hash >>> 13);
}

/** ASCII capitals to small letters. */
export function foldByte(byte: number): number {
  return byte >= 65 && byte <= 90 ? byte | 32 : byte;
}

/**
 * Builds the tables. Each pattern is found by one window of eight bytes, chosen where it shares the least with the
 * others: not by `@example`, which thousands of addresses have.
 * @throws RangeError for a pattern of a length that cannot be sought.
 */
export function patternTables(patterns: readonly Pattern[]): PatternTables {
  const tables = emptyTables(patterns);
  patterns.forEach(({ bytes, mode }, index) => {
    if (bytes.length < SHORTEST_PATTERN || bytes.length > LONGEST_PATTERN) {
      throw new RangeError(`A pattern has ${bytes.length} bytes; 8 to 64 can be sought.`);
    }
    const start = index === 0 ? 0 : (tables.starts[index - 1] ?? 0) + (tables.lengths[index - 1] ?? 0);
    tables.starts[index] = start;
    tables.lengths[index] = bytes.length;
    tables.modes[index] = MODES.indexOf(mode);
    tables.bytes.set(mode === 'any case' ? bytes.map(foldByte) : bytes, start);
  });
  chooseWindows(tables);
  return tables;
}

function emptyTables(patterns: readonly Pattern[]): PatternTables {
  const { length } = patterns;
  const total = patterns.reduce((sum, { bytes }) => sum + bytes.length, 0);
  // The first filter is asked at every fourth byte, so it must stay near the processor: 8 bits an entry let pass one block in
  // nine; 32 a window, which is asked for those alone, one in thirty.
  const blockBits = bitsFor(length * BLOCKS_OF_WINDOW * 8);
  const windowBits = bitsFor(length * 32);
  return {
    count: length,
    bytes: new Uint8Array(total),
    starts: new Int32Array(length),
    lengths: new Uint8Array(length),
    windows: new Uint8Array(length),
    modes: new Uint8Array(length),
    hashes: new Int32Array(length),
    heads: new Int32Array(2 ** bitsFor(length * 2)).fill(-1),
    next: new Int32Array(length).fill(-1),
    blockFilter: new Int32Array(2 ** (blockBits - 5)),
    blockShift: 32 - blockBits,
    windowFilter: new Int32Array(2 ** (windowBits - 5)),
    windowShift: 32 - windowBits,
  };
}

function bitsFor(entries: number): number {
  return Math.min(30, Math.max(10, Math.ceil(Math.log2(entries + 1))));
}

function blockAt(bytes: Uint8Array, at: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return view.getInt32(at, true) | FOLD;
}

const TALLY_SHIFT = 12;

function chooseWindows(tables: PatternTables): void {
  const tally = new Uint32Array(2 ** (32 - TALLY_SHIFT));
  const slot = (at: number): number => hashBlock(blockAt(tables.bytes, at)) >>> TALLY_SHIFT;
  const last = (index: number): number => (tables.lengths[index] ?? 0) - WINDOW;
  const start = (index: number): number => tables.starts[index] ?? 0;
  for (let index = 0; index < tables.count; index += 1) {
    for (let at = 0; at <= last(index) + 4; at += 1) bump(tally, slot(start(index) + at));
  }
  for (let index = 0; index < tables.count; index += 1) {
    let best = Number.POSITIVE_INFINITY;
    for (let at = 0; at <= last(index); at += 1) {
      let shared = 0;
      for (let block = 0; block <= 4; block += 1) shared += tally[slot(start(index) + at + block)] ?? 0;
      if (shared >= best) continue;
      best = shared;
      tables.windows[index] = at;
    }
    enter(tables, index, start(index) + (tables.windows[index] ?? 0));
  }
}

function bump(tally: Uint32Array, slot: number): void {
  tally[slot] = (tally[slot] ?? 0) + 1;
}

function enter(tables: PatternTables, index: number, window: number): void {
  const { bytes, hashes, heads, next } = tables;
  for (let block = 0; block < BLOCKS_OF_WINDOW; block += 1) {
    setBit(tables.blockFilter, hashBlock(blockAt(bytes, window + block)) >>> tables.blockShift);
  }
  const hash = hashWindow(blockAt(bytes, window), blockAt(bytes, window + 4));
  setBit(tables.windowFilter, hash >>> tables.windowShift);
  hashes[index] = hash;
  const head = hash & (heads.length - 1);
  next[index] = heads[head] ?? -1;
  heads[head] = index;
}

function setBit(filter: Int32Array, bit: number): void {
  filter[bit >>> 5] = (filter[bit >>> 5] ?? 0) | (1 << bit);
}

/** Overwrites what the tables know of the patterns. */
export function wipeTables(tables: PatternTables): void {
  for (const table of [tables.bytes, tables.hashes, tables.blockFilter, tables.windowFilter]) table.fill(0);
}
