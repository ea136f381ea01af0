import { FRESH, type Piece, readToken, skipBlank } from './split.ts';

/** What a tool or psql puts a value for. `name` is undefined for a template's command, which no single value can stand for. */
export type Placeholder = Piece & { readonly text: string; readonly name: string | undefined };

type Form = {
  /** The second byte that it may have. */
  readonly second: RegExp;
  /** Patterns with a name, which a value can stand for, and without. */
  readonly named: RegExp | undefined;
  readonly other: RegExp | undefined;
};

/**
 * The forms by their first character: Jinja, Flyway and shells, Ruby, ERB, Python, Ant, psql (its documentation,
 * Variables).
 */
const FORMS: Readonly<Record<string, Form>> = {
  '{': {
    second: /[{%#]/,
    named: /\{\{[^\S\n]*([\w.:-]+)[^\S\n]*\}\}/y,
    other: /\{\{[^\n]*?\}\}|\{%[^\n]*?%\}|\{#[^\n]*?#\}|\{./y,
  },
  $: { second: /\{/, named: /\$\{[^\S\n]*([\w.:-]+)[^\S\n]*\}/y, other: /\$\{[^\n}]*\}|\$\{/y },
  '#': { second: /\{/, named: undefined, other: /#\{[^\n}]*\}|#\{/y },
  '<': { second: /%/, named: undefined, other: /<%[^\n]*?%>/y },
  '%': { second: /\(/, named: undefined, other: /%\(\w+\)[sdf]/y },
  '@': { second: /\w/, named: undefined, other: /@\w+@/y },
  ':': {
    second: /[\w\x80-\xff'"{]/,
    named: /(?<!:):(?:([\w\x80-\xff]+)|'([\w\x80-\xff]+)'|"([\w\x80-\xff]+)"|\{\?([\w\x80-\xff]+)\})/y,
    other: undefined,
  },
};
const LONGEST = 300;
/** Bytes before a refusal in which its cause is looked for. */
const NEAR = 2000;

/** Which pairs of bytes may begin a placeholder; the second ones of the first byte's form. */
const STARTS = new Map(
  Object.entries(FORMS).map(([first, { second }]) => [
    first.charCodeAt(0),
    Array.from({ length: 256 }, (_, byte) => second.test(String.fromCharCode(byte))),
  ]),
);

/** The placeholder that begins at this byte and has at most `longest` bytes. */
export function placeholderFrom(
  bytes: Buffer,
  start: number,
  end: number,
  longest = LONGEST,
): Placeholder | undefined {
  if (start + 1 >= end || !STARTS.get(bytes[start] as number)?.[bytes[start + 1] as number]) return undefined;
  // One byte before, for the colons of a cast; Latin-1, so that characters are bytes.
  const from = Math.max(0, start - 1);
  const text = bytes.toString('latin1', from, Math.min(end, start + longest));
  const { named, other } = FORMS[text[start - from] as string] as Form;
  const found = match(named, text, start - from) ?? match(other, text, start - from);
  if (found === undefined) return undefined;
  const [whole, ...names] = found;
  const stop = start + whole.length;
  const name = names.find((one) => one !== undefined);
  return {
    start,
    end: stop,
    text: bytes.toString('utf8', start, stop),
    name: name && Buffer.from(name, 'latin1').toString(),
  };
}

function match(pattern: RegExp | undefined, text: string, at: number): RegExpExecArray | undefined {
  if (pattern === undefined) return undefined;
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

/**
 * The placeholder by which the grammar's refusal at a byte of a statement is explained: the one around the byte, else
 * the last before it. Strings, quoted names and comments hold none.
 */
export function placeholderAt(bytes: Buffer, piece: Piece, at: number): Placeholder | undefined {
  let last: Placeholder | undefined;
  const state = { ...FRESH };
  let position = piece.start;
  while (position <= at && position < piece.end) {
    const found = position > at - NEAR ? placeholderFrom(bytes, position, piece.end) : undefined;
    if (found !== undefined) {
      if (at <= found.end || !isDoubtful(found)) last = found;
      position = found.end;
      continue;
    }
    const blank = skipBlank(bytes, position, piece.end);
    position = blank > position ? blank : readToken(bytes, position, piece.end, state);
  }
  return last;
}

/** Slices of arrays, `@` and `%` are SQL as well: away from the refusal they explain nothing. */
function isDoubtful({ text }: Placeholder): boolean {
  return /^[:%@<]/.test(text);
}

const RENDER = 'Render the file before it is judged';

/** Message and hint for a placeholder that has no value. */
export function explainPlaceholder(
  { text, name }: Placeholder,
  refusal: string,
): { readonly message: string; readonly hint: string } {
  const kind = text.startsWith(':') ? 'the psql variable' : 'the placeholder';
  const message = `${kind} ${text} has no value here: ${refusal}`;
  if (name === undefined) return { message, hint: `${RENDER}: a template is no SQL.` };
  return { message, hint: `${RENDER}, or give its value: pullgres lint --define ${name}=VALUE.` };
}
