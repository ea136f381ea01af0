const digitsOf = (text: string): string => text.replace(/[ .-]/g, '');

/** ISO/IEC 7812-1, annex B. */
export function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const doubled = index % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** First digits and lengths of the large schemes: Visa, Mastercard, American Express, Discover, JCB, Diners, UnionPay. */
const ISSUERS: readonly RegExp[] = [
  /^4(\d{12}|\d{15}|\d{18})$/,
  /^(5[1-5]\d{14}|2(22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12})$/,
  /^3[47]\d{13}$/,
  /^(6011|64[4-9]\d|65\d\d)\d{12}$/,
  /^35(2[89]|[3-8]\d)\d{12}$/,
  /^3(0[0-5]|[689]\d)\d{11}$/,
  /^62\d{14,17}$/,
];

export function isCard(text: string): boolean {
  if (!/^\d[\d -]{11,22}$/.test(text)) return false;
  const digits = digitsOf(text);
  return ISSUERS.some((issuer) => issuer.test(digits)) && passesLuhn(digits) && !/^(\d)\1+$/.test(digits);
}

/** Lengths from the IBAN registry (ISO 13616). */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  `AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 EE20 EG29 ES24 FI18 FO18 FR27
  GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27
  MD24 ME22 MK19 MR27 MT31 MU30 NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23
  TN24 TR26 UA29 VA22 VG24 XK20`
    .split(/\s+/)
    .map((entry): [string, number] => [entry.slice(0, 2), Number(entry.slice(2))]),
);

/** The country's length and a rest of 1 by 97 (ISO 13616-1; ISO 7064 MOD 97-10). Spaces between groups are allowed. */
export function isIban(text: string): boolean {
  const compact = text.replaceAll(' ', '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact)) return false;
  if (IBAN_LENGTHS.get(compact.slice(0, 2)) !== compact.length) return false;
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}

/** Ten digits, weights 10 to 2, mod 11 (NHS data dictionary, NHS NUMBER). */
export function isNhsNumber(text: string): boolean {
  const digits = digitsOf(text);
  if (!/^\d{10}$/.test(digits)) return false;
  const sum = [...digits.slice(0, 9)].reduce(
    (total, digit, index) => total + Number(digit) * (10 - index),
    0,
  );
  return (11 - (sum % 11)) % 11 === Number(digits[9]);
}

/** Nine digits, weights 3, 7, 1, mod 10, of a Federal Reserve range (ABA routing number policy). */
export function isRoutingNumber(text: string): boolean {
  if (!/^(0\d|1[0-2]|2[1-9]|3[0-2]|6[1-9]|7[0-2]|80)\d{7}$/.test(text)) return false;
  const sum = [...text].reduce(
    (total, digit, index) => total + Number(digit) * ([3, 7, 1][index % 3] ?? 0),
    0,
  );
  return sum % 10 === 0;
}

/** 15 digits with Luhn (3GPP TS 23.003, annex B). */
export function isImei(text: string): boolean {
  const digits = digitsOf(text);
  return /^\d{15}$/.test(digits) && passesLuhn(digits);
}
