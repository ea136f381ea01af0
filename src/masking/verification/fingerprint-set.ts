/** A fingerprint belongs to a clear value, to a made-up value of the control, or to both. */
export type Side = 'real' | 'control';

const SIDES: Readonly<Record<Side, number>> = { real: 1, control: 2 };
const WEAK = 4;

export type Entry = {
  /** Number of the sensitive column that it came from first. */
  readonly column: number;
  /** The value names a person by itself. */
  readonly strong: boolean;
  readonly real: boolean;
  readonly control: boolean;
};

/** Fingerprints of 64 bits, in two halves, with what they are of, in typed arrays: 11 bytes a slot, at most half of the slots in use. */
export type FingerprintSet = {
  readonly add: (high: number, low: number, entry: { side: Side; column: number; strong: boolean }) => void;
  readonly size: number;
  /** Entries of a column on one side. */
  readonly count: (column: number, side: Side, strong: boolean) => number;
  /** The slot of a fingerprint; -1 when it is unknown. Slots stand as long as nothing is added. */
  readonly find: (high: number, low: number) => number;
  readonly entry: (slot: number) => Entry;
};

/** An empty set. Sensitive columns are numbered below 65,536. */
export function fingerprintSet(): FingerprintSet {
  let slots = emptySlots(1 << 12);
  let size = 0;

  function slotOf(table: Slots, high: number, low: number): number {
    const mask = table.low.length - 1;
    let at = (low ^ Math.imul(high, 0x9e3779b1)) & mask;
    while (table.flags[at] !== 0 && (table.low[at] !== low || table.high[at] !== high)) at = (at + 1) & mask;
    return at;
  }

  function grow(): void {
    const bigger = emptySlots(slots.low.length * 2);
    for (let at = 0; at < slots.low.length; at += 1) {
      if (slots.flags[at] === 0) continue;
      const to = slotOf(bigger, slots.high[at] ?? 0, slots.low[at] ?? 0);
      for (const part of ['low', 'high', 'flags', 'columns'] as const)
        bigger[part][to] = slots[part][at] ?? 0;
    }
    slots = bigger;
  }

  function entry(slot: number): Entry {
    const flags = slots.flags[slot] ?? 0;
    return {
      column: slots.columns[slot] ?? 0,
      strong: (flags & WEAK) === 0,
      real: (flags & SIDES.real) !== 0,
      control: (flags & SIDES.control) !== 0,
    };
  }

  return {
    get size() {
      return size;
    },
    add: (high, low, { side, column, strong }) => {
      if (size * 2 >= slots.low.length) grow();
      const at = slotOf(slots, high, low);
      const flags = slots.flags[at] ?? 0;
      if (flags === 0) {
        slots.low[at] = low;
        slots.high[at] = high;
        slots.columns[at] = column;
        size += 1;
      }
      const wasWeak = flags === 0 ? WEAK : flags & WEAK;
      slots.flags[at] = (flags & ~WEAK) | SIDES[side] | (strong ? 0 : wasWeak);
    },
    count: (column, side, strong) => {
      let count = 0;
      for (let at = 0; at < slots.flags.length; at += 1) {
        if (((slots.flags[at] ?? 0) & SIDES[side]) === 0 || slots.columns[at] !== column) continue;
        if (entry(at).strong === strong) count += 1;
      }
      return count;
    },
    find: (high, low) => {
      const at = slotOf(slots, high, low);
      return slots.flags[at] === 0 ? -1 : at;
    },
    entry,
  };
}

type Slots = {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly flags: Uint8Array;
  readonly columns: Uint16Array;
};

function emptySlots(length: number): Slots {
  return {
    low: new Int32Array(length),
    high: new Int32Array(length),
    flags: new Uint8Array(length),
    columns: new Uint16Array(length),
  };
}
