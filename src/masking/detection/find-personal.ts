import { type Found, findEmbedded } from './embedded.ts';

/** Longer texts are read in pieces that overlap, so that no pattern has to look at megabytes at once. */
const PIECE = 64_000;
const OVERLAP = 512;

/**
 * What is surely personal or secret in a text that is no row: a comment, a default, a function's body, a server's message.
 * Only what a check or an unmistakable shape proves: mail addresses outside of reserved domains (RFC 2606), IBANs, payment
 * cards, social security numbers with dashes, phone numbers with their country, known secrets, connection strings with a
 * password. Names of people are not to be had. Each class once; the text is not repeated.
 */
export function findPersonal(text: string): readonly Found[] {
  const found = new Map<string, Found>();
  for (let from = 0; from === 0 || from < text.length; from += PIECE - OVERLAP) {
    for (const one of findEmbedded(text.slice(from, from + PIECE)))
      found.set(`${one.class} ${one.because}`, one);
  }
  return [...found.values()];
}
