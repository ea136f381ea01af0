/** The upper and the lower half of a hash of 64 bits; the same array for every call. */
export type TextHash = Int32Array;

/** Hashes bytes from one place to before another. */
export type TextHasher = (bytes: Uint8Array, from: number, to: number) => TextHash;

/** What lookup3 begins with, besides the length. */
const BEGIN = 0x9e3779b9 + 3923095;

/**
 * The server's own hash of a text of collation "C" under a seed, `hashtextextended(text, seed)`: Bob Jenkins' lookup3 as
 * in hash_bytes_extended (src/common/hashfn.c), the same on all little-endian machines and versions, since the rows of
 * hash partitions are dumped and restored by it. The state is kept in variables of one function: those of a closure would
 * be numbers on the heap, ten times slower.
 */
export function textHasher(seed: bigint): TextHasher {
  const [seedHigh, seedLow] = [Number(BigInt.asIntN(32, seed >> 32n)), Number(BigInt.asIntN(32, seed))];
  const hash = new Int32Array(2);
  return (bytes, from, to) => {
    let a = (BEGIN + to - from) | 0;
    let b = a;
    let c = a;
    let at = from;
    // The seed counts as twelve bytes before the text, of which four are zeroes.
    let pending = seed !== 0n;
    while (pending || to - at >= 12) {
      if (pending) {
        a = (a + seedHigh) | 0;
        b = (b + seedLow) | 0;
        pending = false;
      } else {
        a = (a + wordAt(bytes, at)) | 0;
        b = (b + wordAt(bytes, at + 4)) | 0;
        c = (c + wordAt(bytes, at + 8)) | 0;
        at += 12;
      }
      a = ((a - c) | 0) ^ ((c << 4) | (c >>> 28));
      c = (c + b) | 0;
      b = ((b - a) | 0) ^ ((a << 6) | (a >>> 26));
      a = (a + c) | 0;
      c = ((c - b) | 0) ^ ((b << 8) | (b >>> 24));
      b = (b + a) | 0;
      a = ((a - c) | 0) ^ ((c << 16) | (c >>> 16));
      c = (c + b) | 0;
      b = ((b - a) | 0) ^ ((a << 19) | (a >>> 13));
      a = (a + c) | 0;
      c = ((c - b) | 0) ^ ((b << 4) | (b >>> 28));
      b = (b + a) | 0;
    }
    // The lowest byte of the third word is kept for the length.
    for (let place = 0; at < to; at += 1, place += 1) {
      const byte = bytes[at] as number;
      if (place < 4) a = (a + (byte << (8 * place))) | 0;
      else if (place < 8) b = (b + (byte << (8 * (place - 4)))) | 0;
      else c = (c + (byte << (8 * (place - 7)))) | 0;
    }
    c = ((c ^ b) - ((b << 14) | (b >>> 18))) | 0;
    a = ((a ^ c) - ((c << 11) | (c >>> 21))) | 0;
    b = ((b ^ a) - ((a << 25) | (a >>> 7))) | 0;
    c = ((c ^ b) - ((b << 16) | (b >>> 16))) | 0;
    a = ((a ^ c) - ((c << 4) | (c >>> 28))) | 0;
    b = ((b ^ a) - ((a << 14) | (a >>> 18))) | 0;
    c = ((c ^ b) - ((b << 24) | (b >>> 8))) | 0;
    hash[0] = b;
    hash[1] = c;
    return hash;
  };
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] as number) |
    ((bytes[at + 1] as number) << 8) |
    ((bytes[at + 2] as number) << 16) |
    ((bytes[at + 3] as number) << 24)
  );
}
