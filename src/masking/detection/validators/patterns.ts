/** Names that no one can own (RFC 2606, RFC 6761), so that no person has an address there. */
const RESERVED_DOMAIN =
  /(^|[.@])(example|test|invalid|localhost|local)$|(^|[.@])example\.(com|net|org|edu)$/i;

export function isReservedDomain(domain: string): boolean {
  return RESERVED_DOMAIN.test(domain);
}

/** The shape of addresses in use: no quoted local part, a dot in the domain, a last label of letters. */
export const EMAIL =
  /[\p{L}\p{N}][\p{L}\p{N}._%+'-]{0,63}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62}\.)){1,8}[\p{L}][\p{L}\p{N}-]{1,62}/u;

const WHOLE_EMAIL = new RegExp(`^(?:mailto:)?${EMAIL.source}$`, 'u');

export const isEmail = (text: string): boolean => text.length <= 320 && WHOLE_EMAIL.test(text);

const OCTETS = /^((25[0-5]|2[0-4]\d|1?\d?\d)(\.(?!$)|$)){4}$/;

/** Up to eight groups of four hexadecimal digits, one run of zeros left out, the last two perhaps as IPv4 (RFC 4291, 2.2). */
function isIpv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2 || !text.includes(':')) return false;
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')));
  const tail = groups.at(-1) ?? '';
  const hasOctets = OCTETS.test(tail);
  const hexadecimal = hasOctets ? groups.slice(0, -1) : groups;
  const length = hexadecimal.length + (hasOctets ? 2 : 0);
  const isWhole = halves.length === 2 ? length < 8 : length === 8;
  return isWhole && hexadecimal.every((group) => /^[0-9a-f]{1,4}$/i.test(group));
}

/** An IPv4 or IPv6 address, with a prefix length or without; `::` alone is a separator more often than an address. */
export function isIpAddress(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  return (
    more.length === 0 &&
    /^\d{0,3}$/.test(prefix ?? '') &&
    address.length > 4 &&
    (OCTETS.test(address) || isIpv6(address))
  );
}

export const isMacAddress = (text: string): boolean =>
  /^[0-9a-f]{2}([:-]?)[0-9a-f]{2}(\1[0-9a-f]{2}){4}(\1[0-9a-f]{2}\1[0-9a-f]{2})?$/i.test(text) &&
  /[:-]/.test(text);

/** With the plus and a country that exists (E.164 has no code that begins with 0; the longest number has 15 digits). */
export const isInternationalPhone = (text: string): boolean => {
  const digits = text.replace(/\D/g, '');
  return /^(\+|00)[1-9][\d ()./-]+$/.test(text) && digits.length >= 8 && digits.length <= 17;
};

/** Digits with what people put between them: weak, a part number can look so. */
export const isNationalPhone = (text: string): boolean => {
  const digits = text.replace(/\D/g, '');
  return (
    /^\+?\(?\d[\d ()./-]+(\s*(x|ext\.?)\s*\d+)?$/i.test(text) && digits.length >= 7 && digits.length <= 15
  );
};

/** The same with a shape of its own: a bracket around the area, or groups. */
export const isGroupedPhone = (text: string): boolean =>
  isNationalPhone(text) && (/^\(\d{2,4}\)[ -]?\d/.test(text) || /^0\d{1,4}([ .-]\d{2,4}){2,4}$/.test(text));

export const isDashedSsn = (text: string): boolean =>
  /^(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}$/.test(text);

export const isUserAgent = (text: string): boolean =>
  /^(Mozilla|Opera|Dalvik|okhttp|curl|PostmanRuntime)\/\d/.test(text);

export const isBic = (text: string): boolean => /^[A-Z]{6}[A-Z0-9]{2}([A-Z0-9]{3})?$/.test(text);

/** A decimal with four or more places in the range of degrees. */
export const isDegree = (text: string): boolean =>
  /^-?\d{1,3}\.\d{4,}$/.test(text) && Math.abs(Number(text)) <= 180;

export const isCoordinatePair = (text: string): boolean =>
  /^\(?-?\d{1,3}\.\d{4,}\s*[,; ]\s*-?\d{1,3}\.\d{4,}\)?$/.test(text) || /^(SRID=\d+;)?POINT ?\(/i.test(text);

export const isPersonalUrl = (text: string): boolean =>
  /^https?:\/\/([\w-]+\.)*(facebook|linkedin|instagram|twitter|x|github|gravatar|tiktok|xing)\.com\/\S+$/i.test(
    text,
  );
