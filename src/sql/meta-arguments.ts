/** Values of psql's variables by name. */
export type Variables = ReadonlyMap<string, string>;

/** Commands whose argument is all the rest of the line. */
export const WHOLE_LINE = new Set(['!', 'copy', 'ef', 'ev', 'help', 'h', 'sf', 'sv']);
const NEWLINE = 0x0a;
const BACKSLASH = 0x5c;

/**
 * Where the arguments of a meta-command end: at the line's end, or at the next backslash that is not quoted. A double
 * backslash, which parts a command from the SQL behind it, belongs to them.
 */
export function argumentsEnd(bytes: Buffer, start: number, end: number, name: string): number {
  if (name === ';') return start;
  const isWhole = WHOLE_LINE.has(name);
  let quote: number | undefined;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] as number;
    if (byte === NEWLINE) return at;
    if (isWhole) continue;
    if (quote === 0x27 && byte === BACKSLASH && bytes[at + 1] !== NEWLINE) at += 1;
    else if (quote !== undefined) quote = byte === quote ? undefined : quote;
    else if (byte === 0x27 || byte === 0x22 || byte === 0x60) quote = byte;
    else if (byte === BACKSLASH) return bytes[at + 1] === BACKSLASH ? at + 2 : at;
  }
  return end;
}

const ARGUMENT =
  /'((?:[^'\\]|''|\\.)*)'|:'([\w\u0080-\uffff]+)'|:"([\w\u0080-\uffff]+)"|:([\w\u0080-\uffff]+)|"([^"]*)"|`[^`]*`|([^\s'"`:]+|:)/y;

/** The arguments of a meta-command; one that a shell makes is undefined. */
export function readArguments(text: string, variables: Variables): readonly (string | undefined)[] {
  const found: (string | undefined)[] = [];
  let at = 0;
  let isOpen = false;
  while (at < text.length) {
    ARGUMENT.lastIndex = at;
    const match = ARGUMENT.exec(text);
    if (match === null) {
      isOpen = false;
      at += 1;
      continue;
    }
    const value = argumentValue(match, variables);
    if (isOpen) found.push(joined(found.pop(), value));
    else found.push(value);
    isOpen = true;
    at = ARGUMENT.lastIndex;
  }
  return found;
}

function joined(before: string | undefined, value: string | undefined): string | undefined {
  return before === undefined || value === undefined ? undefined : before + value;
}

function argumentValue(match: RegExpExecArray, variables: Variables): string | undefined {
  const [whole, string, asLiteral, asName, plain, quoted, word] = match;
  if (string !== undefined) return unescaped(string);
  if (quoted !== undefined) return whole;
  if (word !== undefined) return word;
  const variable = variables.get(asLiteral ?? asName ?? plain ?? '');
  // Psql leaves the name of an unset one; what a shell in backquotes says is not known.
  if (variable === undefined) return whole.startsWith('`') ? undefined : whole;
  return asLiteral !== undefined
    ? literalText(variable)
    : asName !== undefined
      ? nameText(variable)
      : variable;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', b: '\b', r: '\r', f: '\f' };

function unescaped(text: string): string {
  return text.replaceAll(/''|\\(.)/g, (_, character?: string) =>
    character === undefined ? "'" : (ESCAPES[character] ?? character),
  );
}

/** As psql writes `:'name'`: with E when the value holds a backslash (libpq, PQescapeLiteral). */
export function literalText(value: string): string {
  const doubled = value.replaceAll("'", "''");
  return value.includes('\\') ? ` E'${doubled.replaceAll('\\', '\\\\')}'` : `'${doubled}'`;
}

/** As psql writes `:"name"`. */
export function nameText(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}
