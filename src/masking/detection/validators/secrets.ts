/** Beginnings that issuers gave their secrets so that they can be found, and the forms of stored passwords. */
const KNOWN: readonly (readonly [string, RegExp])[] = [
  ['an AWS access key', /\b(AKIA|ASIA)[A-Z2-7]{16}\b/],
  ['a GitHub token', /\b(gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{50,})/],
  ['a GitLab token', /\bglpat-[\w-]{20,}/],
  ['a Stripe key', /\b[sr]k_(live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{24,}/],
  ['a Slack token', /\bxox[abeoprs]-[\w-]{10,}|hooks\.slack\.com\/services\/\w+\/\w+\/\w+/],
  ['a Google key', /\bAIza[\w-]{35}\b|\bya29\.[\w-]{20,}|\bGOCSPX-[\w-]{20,}/],
  ['a SendGrid key', /\bSG\.[\w-]{16,}\.[\w-]{16,}/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['an API key', /\bsk-(ant-|proj-)?[A-Za-z0-9_-]{32,}/],
  ['a JSON web token', /\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}/],
  ['a private key', /-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY( BLOCK)?-----/],
  [
    'a password hash',
    /\$2[abxy]?\$\d\d\$[./A-Za-z0-9]{22,}|\$argon2(i|d|id)\$v=|\bpbkdf2[_:-]sha\d+[:$]\d+\$|\$pbkdf2(-sha\d+)?\$|\bscrypt:\d+:\d+:\d+\$|\$(scrypt|7)\$[./A-Za-z0-9$=,+]{20,}|\$(1|apr1|5|6|y|gy|sha1)\$[./A-Za-z0-9$=]{20,}|\{S(SHA|HA|MD5)\d*\}[A-Za-z0-9+/=]{20,}|\bSCRAM-SHA-(1|256|512)\$\d+:/,
  ],
  [
    'a connection string with a password',
    /\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s:/@'"]{0,100}:[^\s:/@'"{}$<>]{3,200}@[^\s'"/]/i,
  ],
];

/** What kind of known secret the text has in it. */
export function knownSecret(text: string): string | undefined {
  return KNOWN.find(([, pattern]) => pattern.test(text))?.[0];
}

/** Bits for each character, from the frequencies in the text itself (Shannon 1948). */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  const shares = [...counts.values()].map((count) => count / text.length);
  return -shares.reduce((sum, share) => sum + share * Math.log2(share), 0);
}

/** As many hexadecimal digits as MD5, SHA-1, SHA-2 or a random token of as many bits has. */
export function isHexToken(text: string): boolean {
  return /^(0x|\\x)?([0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{48}|[0-9a-f]{56}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/i.test(
    text,
  );
}

const TOKEN = /^[A-Za-z0-9+/_=.~-]{20,}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** One word of 20 or more characters, 4 or more bits each, with letters of both kinds and digits: no path, UUID or digest. */
export function looksRandom(text: string): boolean {
  if (!TOKEN.test(text) || UUID.test(text) || /\.\w{2,5}$/.test(text)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].every((kind) => kind.test(text));
  return kinds && !/[a-z]{7}/.test(text) && entropy(text) >= 4;
}
