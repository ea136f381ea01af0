/** A fingerprint belongs to a clear value, to a made-up value of the control, or to both. */
export type Side = 'real' | 'control';

const SIDES: Readonly<Record<Side, number>> = { real: 1, control: 2 };
const WEAK = 4;

/** Fingerprints of 64 bits with what they are of, in typed arrays: 15 bytes a slot, at most half of the slots in use. */
export type FingerprintSet = {
  /** `column`: number of the sensitive column that it came from first. `strong`: the value names a person by itself. */
  readonly add: (bytes: Uint8Array, entry: { side: Side; column: number; strong: boolean }) => void;
  readonly size: number;
  /** Entries of a column on one side. */
  readonly count: (column: number, side: Side, strong: boolean) => number;
  /** Begins with another place: what was met before counts anew. */
  readonly begin: () => void;
  /** Meets a fingerprint of the place. Nothing when it is unknown or was met here before. */
  readonly meet: (bytes: Uint8Array) => Met | undefined;
};

export type Met = {
  readonly column: number;
  readonly strong: boolean;
  readonly real: boolean;
  readonly control: boolean;
};

/** An empty set. Sensitive columns are numbered below 65,536. */
export function fingerprintSet(): FingerprintSet {
  let slots = emptySlots(1 << 12);
  let size = 0;
  let place = 0;
  const counts = new Map<string, number>();

  function slotOf(table: Slots, low: number, high: number): number {
    const mask = table.low.length - 1;
    let at = (low ^ Math.imul(high, 0x9e3779b1)) & mask;
    while (table.flags[at] !== 0 && (table.low[at] !== low || table.high[at] !== high)) at = (at + 1) & mask;
    return at;
  }

  function grow(): void {
    const bigger = emptySlots(slots.low.length * 2);
    for (let at = 0; at < slots.low.length; at += 1) {
      if (slots.flags[at] === 0) continue;
      const to = slotOf(bigger, slots.low[at] ?? 0, slots.high[at] ?? 0);
      for (const part of ['low', 'high', 'flags', 'columns', 'met'] as const) {
        bigger[part][to] = slots[part][at] ?? 0;
      }
    }
    slots = bigger;
  }

  return {
    get size() {
      return size;
    },
    add: (bytes, { side, column, strong }) => {
      if (size * 2 >= slots.low.length) grow();
      const [low, high] = halves(bytes);
      const at = slotOf(slots, low, high);
      const flags = slots.flags[at] ?? 0;
      if (flags === 0) {
        slots.low[at] = low;
        slots.high[at] = high;
        slots.columns[at] = column;
        size += 1;
      }
      if ((flags & SIDES[side]) === 0) {
        const key = `${flags === 0 ? column : slots.columns[at]} ${side} ${strong}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      const weak = flags === 0 ? (strong ? 0 : WEAK) : strong ? 0 : flags & WEAK;
      slots.flags[at] = (flags & ~WEAK) | SIDES[side] | weak;
    },
    count: (column, side, strong) => counts.get(`${column} ${side} ${strong}`) ?? 0,
    begin: () => {
      place += 1;
    },
    meet: (bytes) => {
      const [low, high] = halves(bytes);
      const at = slotOf(slots, low, high);
      const flags = slots.flags[at] ?? 0;
      if (flags === 0 || slots.met[at] === place) return undefined;
      slots.met[at] = place;
      return {
        column: slots.columns[at] ?? 0,
        strong: (flags & WEAK) === 0,
        real: (flags & SIDES.real) !== 0,
        control: (flags & SIDES.control) !== 0,
      };
    },
  };
}

type Slots = {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly flags: Uint8Array;
  readonly columns: Uint16Array;
  readonly met: Uint32Array;
};

function emptySlots(length: number): Slots {
  return {
    low: new Int32Array(length),
    high: new Int32Array(length),
    flags: new Uint8Array(length),
    columns: new Uint16Array(length),
    met: new Uint32Array(length),
  };
}

function halves(bytes: Uint8Array): readonly [number, number] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}
