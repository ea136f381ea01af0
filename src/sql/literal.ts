/** A text as SQL writes it, whatever standard_conforming_strings says: with a backslash inside as E'…' (documentation 4.1.2.2). */
export function literalText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return text.includes('\\') ? `E${quoted}` : quoted;
}
