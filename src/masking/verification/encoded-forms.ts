import { bitsOf, MAIL, NUMBER, pieceOf, UUID } from './needle-forms.ts';
import { type Pattern, SHORTEST_PATTERN } from './patterns.ts';

/** How an address is written where its sign would be read, or would lure robots: HTML, JavaScript, quoted-printable, prose. */
const AT_SIGNS = [
  '&#64;',
  '&#x40;',
  '&commat;',
  '\\u0040',
  '=40',
  ' at ',
  '[at]',
  ' [at] ',
  '(at)',
  ' (at) ',
];

/** PostgreSQL and MIME break lines of 76 characters: a shorter piece lies within one line in more than half of the cases. */
const PIECE_OF_BASE64 = 32;

/** So many letters of a long text are encoded: the piece that tells the most. */
const PIECE = 24;

/** What a piece must tell, and a local part to name one person without its domain. */
const FEWEST_BITS = 28;

/**
 * The bytes that a value stands as where somebody encoded it, once: Base64, UTF-16, backwards, an address with another
 * sign. Not what compression, encryption or an encoding of an encoding makes of it.
 */
export function encodedForms(text: string): readonly Pattern[] {
  const piece = pieceToEncode(text);
  const isMail = MAIL.test(text);
  const mode = isMail ? 'any case' : 'exact';
  // A number backwards is a number, which chance would find.
  const isNumber = NUMBER.test(text) || UUID.test(text);
  const backwards = isNumber ? [] : [[...text].toReversed().join('')];
  const signs =
    isMail && localPartOf(text) === undefined ? AT_SIGNS.map((sign) => text.replaceAll('@', sign)) : [];
  return [
    ...[...backwards, ...signs].flatMap((form) => pieceOf(Buffer.from(form), mode)),
    ...encodedBytes(Buffer.from(piece)),
    ...wide(piece).flatMap((form) => pieceOf(form, mode)),
  ];
}

/** Boilerplate is what many texts have in common; '' when all of it is. */
function pieceToEncode(text: string): string {
  const letters = [...text];
  if (letters.length <= PIECE) return text;
  let best = { text: '', bits: FEWEST_BITS };
  for (let at = 0; at <= letters.length - PIECE; at += 4) {
    const piece = letters.slice(at, at + PIECE).join('');
    const bits = bitsOf(piece);
    if (bits >= best.bits) best = { text: piece, bits };
  }
  return best.text;
}

/** Hexadecimal digits of a text, in either case. */
export function hexadecimal(text: string): readonly Pattern[] {
  return pieceOf(Buffer.from(Buffer.from(pieceToEncode(text)).toString('hex')), 'any case');
}

/**
 * Base64 of the bytes wherever they begin in a group of three, without the characters that their neighbours share in;
 * also in the alphabet of URLs (RFC 4648, section 5).
 */
export function encodedBytes(bytes: Buffer): readonly Pattern[] {
  const whole = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const end = Math.floor(((before + bytes.length) * 8) / 6);
    return middle(text.slice(Math.ceil((before * 8) / 6), end));
  });
  const url = whole.filter((text) => /[+/]/.test(text));
  const forms = [...whole, ...url.map((text) => text.replaceAll('+', '-').replaceAll('/', '_'))];
  return forms.flatMap((form) => pieceOf(Buffer.from(form), 'exact'));
}

function middle(text: string): string {
  const start = Math.max(0, (text.length - PIECE_OF_BASE64) >> 1);
  return text.slice(start, start + PIECE_OF_BASE64);
}

/** UTF-16. Between the first and the last letter both byte orders are one, where no letter needs more than a byte. */
function wide(text: string): readonly Buffer[] {
  const little = Buffer.from(text, 'utf16le');
  if (/^[\0-\xff]*$/.test(text)) return [little.subarray(0, -1)];
  return [little, Buffer.from(little).swap16()];
}

/** The part of an address before its sign, where it names one person by itself. */
export function localPartOf(text: string): string | undefined {
  if (!MAIL.test(text)) return undefined;
  const local = text.slice(0, text.indexOf('@'));
  return Buffer.byteLength(local) >= SHORTEST_PATTERN && bitsOf(local) >= FEWEST_BITS ? local : undefined;
}
