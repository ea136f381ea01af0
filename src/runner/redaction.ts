import { starPasswords } from '../secret.ts';
import { inert, inertLine } from './inert.ts';

/** encodeURIComponent, and RFC 3986's stricter form of it that other programs write. */
function percentEncoded(text: string): string[] {
  const loose = encodeURIComponent(text.toWellFormed());
  const strict = loose.replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return [loose, strict];
}

/**
 * The texts to star out for one secret: itself, each of its lines (they are printed one by one), and both
 * percent-encoded forms of each. Blank ones are left out, since the runner warns of a blank mask
 * (neondatabase/create-branch-action#56).
 */
export function maskForms(secret: string): string[] {
  const lines = secret.split(/[\r\n]+/).map((line) => line.trim());
  const texts = [secret, ...lines].filter((text) => text.trim() !== '');
  return [...new Set(texts.flatMap((text) => [text, ...percentEncoded(text)]))];
}

/** Stars out what was registered and what has the form of a password, and makes the rest inert. */
export type Redaction = {
  /** Registers a secret; gives the forms that are new. */
  readonly add: (secret: string) => string[];
  /** Only stars. For Markdown and files, which no runner reads for commands. */
  readonly stars: (text: string) => string;
  /** Stars, and inert, several lines. */
  readonly printable: (text: string) => string;
  /** Stars, and inert, on one line. */
  readonly printableLine: (text: string) => string;
};

/** An empty redaction. */
export function createRedaction(): Redaction {
  let forms: string[] = [];
  const stars = (text: string) =>
    starPasswords(forms.reduce((starred, form) => starred.replaceAll(form, '***'), text));
  return {
    add: (secret) => {
      const added = maskForms(secret).filter((form) => !forms.includes(form));
      // Longest first, so that no form is left in pieces by a shorter one within it.
      forms = [...forms, ...added].sort((a, b) => b.length - a.length);
      return added;
    },
    stars,
    // Before and after: a secret may hold what `inert` changes, or be put together by what it takes away.
    printable: (text) => stars(inert(stars(text))),
    printableLine: (text) => stars(inertLine(stars(text))),
  };
}
