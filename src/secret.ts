import { inspect } from 'node:util';

/** A value that never prints itself: string, JSON and inspect forms are `***`. Only `reveal` gives the text. */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  /** The clear text. Mask it with the runner before anything can print it. */
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return '***';
  }
  toJSON(): string {
    return '***';
  }
  [inspect.custom](): string {
    return '***';
  }
}

const URL_WITH_PASSWORD = /([a-z][a-z0-9+.-]{0,40}:\/\/)[^\s/@'"`<>?#]{0,256}:[^\s'"`<>/?#]{0,512}@/gi;
const DATABASE_URL = /(postgres(?:ql)?(?:\+[a-z0-9]{1,20})?:\/\/)[^\s'"`<>]+/gi;
/** SQL's `PASSWORD '…'`, also of options; in a text within a text its quotes are doubled. */
const QUOTED =
  /(passw(?:or)?d(?:["']?\s{0,20}(?::=|[=:]))?\s{0,20})(''[^'\n]+''|e?'(?:[^']|'')*'|\$\w*\$[^$]*\$\w*\$)/gi;
const DOUBLE_QUOTED = /(passw(?:or)?d["']?\s{0,20}[=:]\s{0,20})"(?:[^"\\\n]|\\.)*"/gi;
const BARE = /(passw(?:or)?d["']?[ \t]{0,20}(?::=|=|:(?!:))[ \t]{0,20})(?!['"*$])[^\s'"`,;)&]+/gi;

/**
 * The text with `***` for what has the form of a password: in URLs, in SQL's PASSWORD options, in connection strings, and after
 * `password:` and `password=`. The lines stay as many as they were.
 */
export function starPasswords(text: string): string {
  if (!/passw|:\/\//i.test(text)) return text;
  return text
    .replaceAll(URL_WITH_PASSWORD, '$1***@')
    .replaceAll(DATABASE_URL, '$1***')
    .replaceAll(QUOTED, (_whole, before: string, secret: string) => before + starred(secret))
    .replaceAll(DOUBLE_QUOTED, '$1"***"')
    .replaceAll(BARE, '$1***');
}

function starred(quoted: string): string {
  if (quoted === "''") return quoted;
  const quote = /^''./.test(quoted) ? "''" : "'";
  return `${quote}***${quoted.replaceAll(/[^\n]/g, '')}${quote}`;
}
