/** Strategies that need no more than their name. */
export const NAMED_STRATEGIES = [
  'clear',
  'null',
  'empty',
  'email',
  'name',
  'name.first',
  'name.last',
  'company',
  'username',
  'phone',
  'address',
  'city',
  'postcode',
  'url',
  'text',
  'code',
  'uuid',
  'ip',
  'mac',
  'bytes',
  'enum',
] as const;

export type NamedStrategy = (typeof NAMED_STRATEGIES)[number];

/** Check digits that `digits` can write anew. */
export const CHECK_DIGITS = [
  'luhn',
  'iban',
  'br.cpf',
  'br.cnpj',
  'nl.bsn',
  'gb.nhs',
  'pl.pesel',
  'us.aba',
  'fr.nir',
  'es.dni',
] as const;

export type CheckDigits = (typeof CHECK_DIGITS)[number];

/**
 * What becomes of a value. `clear`: it stands as it is. `empty`: the type's empty value ('' , 0, {}, [] …). `text`:
 * words of the same lengths. `code`: each letter a letter, each digit a digit, all else kept. `enum`: the labels change
 * places by the key.
 */
export type Strategy =
  | { readonly as: NamedStrategy }
  /** A constant, read by the column's type. */
  | { readonly as: 'set'; readonly value: string }
  /** An expression over the row's own columns, as the source has them. */
  | { readonly as: 'sql'; readonly expression: string }
  /** An expression over the row's own columns, as they are after masking: to_tsvector('simple', notes). */
  | { readonly as: 'derive'; readonly expression: string }
  /** Decimal digits for decimal digits by a keyed permutation; `keep` leading ones stay, such as an issuer's. */
  | { readonly as: 'digits'; readonly check?: CheckDigits | undefined; readonly keep?: number | undefined }
  /**
   * A date or time moved by a keyed number of days, at most so many either way. `by`: a column of the same row that the
   * number depends on instead of on the value, so that all dates of a row with it move equally.
   */
  | { readonly as: 'shift'; readonly days: number; readonly by?: string | undefined }
  /** A number changed by a keyed share, at most so much either way: 0.1 is 10 %. */
  | { readonly as: 'noise'; readonly ratio: number }
  | {
      readonly as: 'json';
      /** By path: member names, `*` for each member or element. The longest path that fits decides. */
      readonly paths: readonly { readonly path: readonly string[]; readonly strategy: Strategy }[];
      /** What becomes of members that no path names. */
      readonly otherwise: 'fail' | 'drop' | 'mask' | 'clear';
    }
  /** Each element of an array, each value of an hstore, each field of a composite that is text. */
  | { readonly as: 'elements'; readonly each: Strategy };

/**
 * Whether different values stay different. `injective`: always, by construction. `hash`: but for a collision in so many
 * bits. `none`: values fall together.
 */
export type Distinctness =
  | { readonly kind: 'injective' }
  | { readonly kind: 'hash'; readonly bits: number }
  | { readonly kind: 'none' };

/** A strategy made into SQL for one column. */
export type Compiled = {
  /** An expression over the own row's columns, of the column's own type. NULL stays NULL unless the strategy says else. */
  readonly sql: string;
  /** Domains whose keys it reads, by `current_setting(settingOf(domain))`. */
  readonly domains: readonly string[];
  readonly distinctness: Distinctness;
  /** Equal under lower() before is equal under lower() after: what a unique index on lower(column) needs. */
  readonly foldsCase: boolean;
  /** What a person should know: a value range that gets smaller, a CHECK that decides. */
  readonly notes: readonly string[];
};

/** A strategy that cannot be had for this column, before any row is read. */
export type Refusal = { readonly why: string; readonly remedy: string };
