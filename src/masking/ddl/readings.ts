/** Long enough that chance does not make text of it. */
const SHORTEST = 4;
const DEEPEST = 3;

/** A text, and every text that can be read out of it: hexadecimal, base64, lists of byte values, escapes, strings quoted in it. */
export function readings(text: string): readonly string[] {
  const found = new Set([text]);
  let open = [text];
  for (let depth = 0; depth < DEEPEST && open.length > 0; depth += 1) {
    const next = open.flatMap((each) => FORMS.flatMap((form) => form(each)));
    open = next.filter((each) => each.length >= SHORTEST && !found.has(each));
    for (const each of open) found.add(each);
  }
  return [...found];
}

const FORMS: readonly ((text: string) => readonly string[])[] = [
  // bytea's own form, and encode(…, 'hex').
  (text) => matches(text, /(?:\\x)?((?:[0-9a-f]{2}){4,})/gi, (hex) => printable(Buffer.from(hex, 'hex'))),
  (text) => matches(text, /([A-Za-z0-9+/_-]{8,}={0,2})/g, (coded) => printable(Buffer.from(coded, 'base64'))),
  // As nodes of the catalogs are printed, and as int arrays.
  (text) => matches(text, /((?:\d{1,3}[\s,;]+){3,}\d{1,3})/g, byteList),
  (text) => whole(text, /(?:\\[0-3][0-7]{2})/, octal),
  (text) => whole(text, /%[0-9a-f]{2}/i, percent),
  (text) => whole(text, /\\u[0-9a-f]{4}/i, unicode),
  (text) => whole(text, /&#x?[0-9a-f]+;/i, entities),
  (text) => matches(text, /'((?:[^']|'')*)'/g, (inner) => inner.replaceAll("''", "'")),
  (text) => matches(text, /"((?:[^"\\]|\\.)*)"/g, (inner) => inner),
];

function matches(
  text: string,
  pattern: RegExp,
  read: (part: string) => string | undefined,
): readonly string[] {
  return [...text.matchAll(pattern)].flatMap(([, part = '']) => read(part) ?? []);
}

function whole(text: string, hint: RegExp, read: (text: string) => string): readonly string[] {
  return hint.test(text) ? [read(text)] : [];
}

function printable(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: text has none but white space.
    return /[\u0000-\u0008\u000e-\u001f\u007f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

function byteList(list: string): string | undefined {
  const values = list.split(/[\s,;]+/).map(Number);
  return values.some((value) => value > 255) ? undefined : printable(Uint8Array.from(values));
}

function octal(text: string): string {
  const bytes = text.replaceAll(/\\([0-3][0-7]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
  return printable(Buffer.from(bytes, 'latin1')) ?? bytes;
}

function percent(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (coded) => {
    return printable(Buffer.from(coded.replaceAll('%', ''), 'hex')) ?? coded;
  });
}

function unicode(text: string): string {
  return text.replaceAll(/\\u([0-9a-f]{4})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  );
}

function entities(text: string): string {
  return text.replaceAll(/&#(x?)([0-9a-f]+);/gi, (all, x: string, digits: string) => {
    const code = Number.parseInt(digits, x === '' ? 10 : 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : all;
  });
}
