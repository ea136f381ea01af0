import { collapsed, isAscii, withFreeBits } from './scripts.ts';
import { SHORT_BYTES, shortShape } from './short-shape.ts';
import { bitBytes, bits, call, choose, keyedText, op, steps } from './sql.ts';
import { SYLLABLE_BYTES, syllables } from './syllables.ts';

/** Beyond this many bytes a text is replaced without its shape: bit strings have at most 2^31 bits. */
const MAXIMUM_BYTES = 32 * 1024 * 1024;
/** Syllables of a pseudoword before it repeats. */
const SYLLABLES = 6;

/** How letters are chosen: `letters` of the whole alphabet, or pseudowords of `syllables`. */
export type Letters = 'letters' | 'syllables';

export type ShapeOptions = {
  readonly domain: string;
  /** The text whose hash decides: equal seeds give equal characters. */
  readonly seed: string;
  /** In lower case. */
  readonly folds?: boolean;
  readonly letters: Letters;
  /** The text has no other characters, as a number has none. */
  readonly ascii?: boolean;
};

/**
 * Replaces each letter by a keyed letter of the same case, each digit by a keyed digit, and keeps everything else. The new
 * characters depend on the hash of the seed and on their place alone: of the old ones nothing stays but their classes.
 *
 * Done on bits, all characters at once, because SQL's text functions go from character to character. The stream `s` has
 * only letters and digits, whose low five bits are never beyond z's; at digits its low four bits are brought below ten.
 */
export function shaped(value: string, options: ShapeOptions): string {
  const { domain, letters } = options;
  if (options.ascii) {
    const fits = op('<=', call('octet_length', value), SHORT_BYTES);
    return choose([[fits, short(value, options)]], plain(value, options));
  }
  const seed = options.folds ? call('lower', options.seed) : options.seed;
  const levels: Readonly<Record<string, string>>[] = [
    { v: value, h: keyedText(domain, seed), t: SYLLABLE_BYTES },
    { c: collapsed('b.v'), s: STREAMS[letters] },
    { y: utf8('b.c') },
    { z: bits('b.y'), e: call('octet_length', 'b.y'), x: op('#', caseBits('lower'), caseBits('upper')) },
    { m: digitPlaces, l: op('|', op('>>', 'b.x', 1), op('>>', 'b.x', 2)), r: repeated('b.s') },
    { w: letterMask, k: op('|', 'b.m', op('>>', 'b.m', 1)), i: op('#', 'b.z', belowTen) },
  ];
  const free = op('|', 'b.w', 'b.k', op('>>', 'b.k', 2));
  const changed = op('#', 'b.z', op('&', 'b.i', free));
  const long = [op('>', call('octet_length', value), MAXIMUM_BYTES), unshaped(value, domain, seed)] as const;
  return choose(
    [[isShort(value), short(value, options)], long, [isAscii(value), plain(value, options)]],
    steps(levels, call('convert_from', bitBytes(changed), `'UTF8'`)),
  );
}

const isShort = (value: string): string =>
  `(${op('<=', call('octet_length', value), SHORT_BYTES)} AND ${isAscii(value)})`;

/** Most names, places and codes. An ASCII text has the same lower case in every language but those that know no I with a dot. */
function short(value: string, { domain, seed, folds, letters }: ShapeOptions): string {
  const own = seed === value ? inC(seed) : seed;
  const hashed = keyedText(domain, folds ? call('lower', own) : seed);
  const { levels, result } = shortShape(letters === 'letters');
  return steps(
    [{ e: call('octet_length', value), u: call('textsend', value), h: hashed }, ...levels],
    result,
  );
}

/**
 * A longer text of ASCII alone: fewer steps, and none for digits where there are none. Hexadecimal digits give 16 letters,
 * and their low four bits are decimal digits as they are; so many characters need no more.
 */
function plain(value: string, { domain, seed, folds, letters }: ShapeOptions): string {
  const own = seed === value ? inC(seed) : seed;
  const isWord = letters === 'syllables';
  const levels: Readonly<Record<string, string>>[] = [
    {
      v: value,
      h: keyedText(domain, folds ? call('lower', own) : seed),
      z: bits(call('textsend', value)),
      x: op('#', cased('lower', value), cased('upper', value)),
      e: call('octet_length', value),
      ...(isWord ? { t: SYLLABLE_BYTES } : {}),
    },
    {
      r: repeated(isWord ? STREAMS.syllables : call('encode', 'b.h', `'hex'`)),
      l: op('|', op('>>', 'b.x', 1), op('>>', 'b.x', 2)),
      m: choose([[op('~', 'b.v', `'[0-9]'`), digitPlaces]], 'NULL'),
    },
  ];
  const places = op('|', 'b.l', op('>>', 'b.l', 2), op('>>', 'b.x', 5));
  const lettersOnly = op('#', 'b.z', op('&', op('#', 'b.z', 'b.r'), places));
  const low = op('|', 'b.m', op('>>', 'b.m', 1));
  const free = op('|', places, low, op('>>', `(${low})`, 2));
  const withDigits = op('#', 'b.z', op('&', op('#', 'b.z', isWord ? belowTen : 'b.r'), free));
  const result = choose([['(b.m IS NULL)', lettersOnly]], withDigits);
  return steps(levels, call('convert_from', bitBytes(result), `'UTF8'`));
}

const inC = (value: string): string => `(${value} COLLATE pg_catalog."C")`;
const cased = (name: 'lower' | 'upper', value: string): string =>
  bits(call('textsend', call(name, inC(value))));

const not = (value: string): string => `(OPERATOR(pg_catalog.~) ${value})`;
const utf8 = (value: string): string => call('convert_to', value, `'UTF8'`);

const STREAMS = {
  letters: call('encode', call('substr', 'b.h', 1, 30), `'base64'`),
  syllables: syllables('b.h', SYLLABLES, 'b.t'),
} as const satisfies Record<Letters, string>;

/** Under collation C, ASCII letters alone have two cases: what the two differ in is the bit 0x20 of each of them. */
function caseBits(name: 'lower' | 'upper'): string {
  return bits(utf8(call(name, '(b.c COLLATE pg_catalog."C")')));
}

/** From 0x20 of each letter to the five bits below it, and the free bits of letters beyond ASCII. */
const letterMask = op(
  '|',
  op('|', 'b.l', op('>>', 'b.l', 2), op('>>', 'b.x', 5)),
  op('#', 'b.z', bits(utf8(withFreeBits('b.c')))),
);

const DIGIT_BYTES = 128;
const digitBits = (bytes: number): string => `'x${'08'.repeat(bytes)}'::pg_catalog.varbit`;

/** The bit 0x08 of each digit: a byte 0011 whose low half is at most 9, which is not (b3 and (b2 or b1)). */
const digitPlaces = op(
  '&',
  op('>>', 'b.z', 2),
  op('>>', 'b.z', 1),
  `(OPERATOR(pg_catalog.~) ${op(
    '|',
    op('>>', 'b.z', 3),
    op('>>', 'b.z', 4),
    op('&', 'b.z', op('|', op('<<', 'b.z', 1), op('<<', 'b.z', 2))),
  )})`,
  choose(
    [
      [
        op('<=', 'b.e', DIGIT_BYTES),
        `pg_catalog."substring"(${digitBits(DIGIT_BYTES)}, 1, ${op('*', 'b.e', 8)})`,
      ],
    ],
    `CAST(${op('||', `'x'`, call('repeat', `'08'`, 'b.e'))} AS pg_catalog.varbit)`,
  ),
);

/** The stream b.r, whose bit 0x08 is set at a digit only where the bits 0x06 are not: b3 := b4 and not (b2 or b1). */
const belowTen = op(
  '|',
  op('&', 'b.r', not('b.m')),
  op('&', 'b.m', op('>>', 'b.r', 1), not(op('|', op('<<', 'b.r', 1), op('<<', 'b.r', 2)))),
);

/** A stream of ASCII characters, as many as the text has bytes. */
function repeated(stream: string): string {
  return bits(call('textsend', call('rpad', stream, 'b.e', stream)));
}

function unshaped(value: string, domain: string, seed: string): string {
  const characters = call('encode', keyedText(domain, seed), `'hex'`);
  return call('rpad', characters, call('char_length', value), characters);
}
