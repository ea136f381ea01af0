/** Letters that Unicode does not take apart into a base and an accent. */
const LETTERS: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  å: 'a',
  ł: 'l',
  đ: 'd',
  ı: 'i',
  œ: 'oe',
};

/** Endings of plurals, longest first; what is shorter than four letters afterwards is left alone (gas, ids, ius). */
const PLURALS: readonly (readonly [RegExp, string])[] = [
  [/(addr|proc|acc)esses$/, '$1ess'],
  [/ies$/, 'y'],
  [/(ss|us|is)$/, '$1'],
  [/s$/, ''],
];

/** Lower case, without accents. */
export function plainText(text: string): string {
  const base = text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  return base.replace(/[ßæøåłđıœ]/g, (letter) => LETTERS[letter] ?? letter);
}

export function singular(token: string): string {
  if (token.length < 4) return token;
  const [ending, replacement] = PLURALS.find(([one]) => one.test(token)) ?? [/$/, ''];
  const stem = token.replace(ending, replacement);
  return stem.length < 3 ? token : stem;
}

/**
 * A name's words, in lower case and without accents: split at everything that is no letter, at digits, and where capitals
 * begin (`emailAddress2`, `HTTPHeader`). `email_addresses` and `EmailAddress` give the same.
 */
export function nameTokens(name: string): readonly string[] {
  const split = name
    .replace(/last_?4/i, 'last four')
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2');
  return plainText(split)
    .split(/[^\p{L}]+/u)
    .filter((token) => token !== '')
    .map(singular);
}
