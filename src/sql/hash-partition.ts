import type { KeyValue } from './key-value.ts';
import { splitType } from './types.ts';

/** HASH_PARTITION_SEED in partition.h. */
const SEED = 0x7a5b22367996dcfdn;
const ALL_64 = (1n << 64n) - 1n;

/** The hash of a hash partition's key (compute_partition_hash_value): modulo a partition's modulus it is that one's remainder. Undefined for types whose hash is not known here. */
export function partitionHash(values: readonly KeyValue[], types: readonly string[]): bigint | undefined {
  let row = 0n;
  for (const [place, value] of values.entries()) {
    // Nulls do not count.
    if (value.kind === 'null') continue;
    const hash = HASHES[splitType(types[place] ?? '').base]?.(value);
    if (hash === undefined) return undefined;
    // hash_combine64.
    row ^= (hash + 0x49a0f4dd15e5a8e3n + (row << 54n) + (row >> 7n)) & ALL_64;
  }
  return row;
}

type Hash = (value: KeyValue) => bigint | undefined;

const integer: Hash = (value) => {
  if (value.kind !== 'number' || !Number.isInteger(value.number)) return undefined;
  const whole = BigInt(value.number);
  const low = Number(BigInt.asUintN(32, whole));
  const high = Number(BigInt.asUintN(32, whole >> 32n));
  // hashint8extended folds so that equal numbers hash alike in all widths.
  return hashNumber((low ^ (whole >= 0n ? high : ~high)) >>> 0);
};
const text: Hash = (value) => (value.kind === 'text' ? hashBytes(Buffer.from(value.text)) : undefined);

const HASHES: Readonly<Record<string, Hash>> = {
  smallint: integer,
  integer,
  bigint: integer,
  text,
  'character varying': text,
  uuid: (value) =>
    value.kind === 'text' ? hashBytes(Buffer.from(value.text.replaceAll('-', ''), 'hex')) : undefined,
};

/** Three words of 32 bits: Bob Jenkins' lookup3, as hashfn.c has it. */
type Words = [a: number, b: number, c: number];

function start(length: number): Words {
  const first = (0x9e3779b9 + length + 3923095) >>> 0;
  const words: Words = [first, first, first];
  words[0] = (words[0] + Number(SEED >> 32n)) >>> 0;
  words[1] = (words[1] + Number(SEED & 0xffffffffn)) >>> 0;
  return mix(words);
}

function finish(words: Words): bigint {
  const [, b, c] = final(words);
  return (BigInt(b) << 32n) | BigInt(c);
}

/** hash_bytes_uint32_extended. */
function hashNumber(number: number): bigint {
  const [a, b, c] = start(4);
  return finish([(a + number) >>> 0, b, c]);
}

/** hash_bytes_extended on a machine that stores the low byte first. */
function hashBytes(bytes: Buffer): bigint {
  let words = start(bytes.length);
  let at = 0;
  for (; bytes.length - at >= 12; at += 12)
    words = mix(words.map((word, place) => (word + bytes.readUInt32LE(at + 4 * place)) >>> 0) as Words);
  // The lowest byte of the third word is kept for the length.
  const rest = Buffer.alloc(12);
  const tail = bytes.subarray(at);
  tail.subarray(0, 8).copy(rest);
  tail.subarray(8).copy(rest, 9);
  return finish(words.map((word, place) => (word + rest.readUInt32LE(4 * place)) >>> 0) as Words);
}

function rotate(word: number, bits: number): number {
  return ((word << bits) | (word >>> (32 - bits))) >>> 0;
}

function mix([x, y, z]: Words): Words {
  let [a, b, c] = [x, y, z];
  const step = (first: number, second: number, third: number, bits: number): [number, number] => [
    ((first - third) ^ rotate(third, bits)) >>> 0,
    (third + second) >>> 0,
  ];
  [a, c] = step(a, b, c, 4);
  [b, a] = step(b, c, a, 6);
  [c, b] = step(c, a, b, 8);
  [a, c] = step(a, b, c, 16);
  [b, a] = step(b, c, a, 19);
  [c, b] = step(c, a, b, 4);
  return [a, b, c];
}

function final([x, y, z]: Words): Words {
  let [a, b, c] = [x, y, z];
  const step = (word: number, other: number, bits: number): number =>
    ((word ^ other) - rotate(other, bits)) >>> 0;
  c = step(c, b, 14);
  a = step(a, c, 11);
  b = step(b, a, 25);
  c = step(c, b, 16);
  a = step(a, c, 4);
  b = step(b, a, 14);
  c = step(c, b, 24);
  return [a, b, c];
}
