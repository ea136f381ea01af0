import { starPasswords } from '../secret.ts';

/** Replaces the password and the URL of a database in a text by `***`. */
export type Redact = (text: string) => string;

/**
 * A replacer for a database's password, its percent-encoded forms and its URL. The runner stars out what it
 * was told to mask, but a terminal, a file and the comment do not.
 */
export function redactor(password: string, url: string): Redact {
  const encoded = encodeURIComponent(password);
  // RFC 3986 also reserves these five, which encodeURIComponent leaves as they are.
  const strict = encoded.replaceAll(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const forms = new Set([url, strict, encoded, password].filter((form) => form !== ''));
  return (text) =>
    starPasswords([...forms].reduce((clean, form) => clean.replaceAll(form, () => '***'), text));
}
