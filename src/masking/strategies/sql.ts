import { settingOf } from '../keys.ts';

/** Bytes of hexadecimal text in PostgreSQL's escape form; E'' so that standard_conforming_strings does not matter. */
const hexBytes = (hex: string): string => `E'\\\\x${hex}'::pg_catalog.bytea`;

/** A constant of type text, read alike whatever standard_conforming_strings says (docs: 4.1.2.2). */
export function text(value: string): string {
  const quoted = `'${value.replaceAll("'", "''").replaceAll('\\', '\\\\')}'`;
  return `${value.includes('\\') ? ' E' : ''}${quoted}::pg_catalog.text`;
}

/** A name, always quoted. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A call of a built-in function, which no search_path and no function of a user can replace. */
export function call(name: string, ...parts: readonly (string | number)[]): string {
  return `pg_catalog.${name}(${parts.join(', ')})`;
}

/** Two or more operands joined by a built-in operator, in parentheses. */
export function op(operator: string, ...operands: readonly (string | number)[]): string {
  return operands.map(String).reduce((left, right) => `(${left} OPERATOR(pg_catalog.${operator}) ${right})`);
}

/** A cast to one of Postgres' own types, by its name in pg_type. */
export function cast(value: string | number, type: string): string {
  return `CAST(${value} AS pg_catalog.${type})`;
}

export const concat = (...parts: readonly string[]): string => op('||', ...parts);

/** `CASE WHEN a THEN b … ELSE c END`. */
export function choose(
  branches: readonly (readonly [when: string, then: string])[],
  otherwise: string,
): string {
  const whens = branches.map(([when, then]) => ` WHEN ${when} THEN ${then}`).join('');
  return `(CASE${whens} ELSE ${otherwise} END)`;
}

/**
 * Names the steps of a computation, so that no step is written or run twice: each level's expressions read the levels
 * before as `b.name`, the first ones only the row. OFFSET 0 keeps the planner from pulling the levels up into each other
 * (optimizer/prep/prepjointree.c, is_simple_subquery), which would copy each expression to every place that reads it.
 */
export function steps(levels: readonly Readonly<Record<string, string>>[], result: string): string {
  const from = levels.reduce((inner, level) => {
    const columns = Object.entries(level).map(([name, sql]) => `${sql} AS ${name}`);
    if (inner === '') return `(SELECT ${columns.join(', ')} OFFSET 0) AS b`;
    return `(SELECT b.*, ${columns.join(', ')} FROM ${inner} OFFSET 0) AS b`;
  }, '');
  return `(SELECT ${result} FROM ${from})`;
}

/**
 * The key of a domain, with bytes after it that keep two uses of it apart. It reads no row, so the planner makes an
 * InitPlan of it, which runs once for a query.
 */
export function key(domain: string, use = ''): string {
  const bytes = call('decode', call('current_setting', `'${settingOf(domain)}'`), `'hex'`);
  if (use === '') return `(SELECT ${bytes})`;
  return `(SELECT ${concat(bytes, hexBytes(Buffer.from(use, 'utf8').toString('hex')))})`;
}

/** 32 bytes that only the key's holder can compute; `message` is a bytea. */
export function keyed(domain: string, message: string, use = ''): string {
  return call('sha256', concat(key(domain, use), message));
}

/** 32 keyed bytes of a text. The domain's plain key: the same value in every part of Pullgres. */
export function keyedText(domain: string, value: string): string {
  return keyed(domain, call('textsend', value));
}

/** A bigint from 0 to 2^bits - 1 of a hash's bytes from `byte` (0 is the first); at most 63 bits. */
export function number(hash: string, byte = 0, bits = 63): string {
  const hex = call('encode', call('substr', hash, byte + 1, 8), `'hex'`);
  const whole = `CAST(CAST(${concat(`'x'`, hex)} AS pg_catalog.bit(64)) AS pg_catalog.int8)`;
  return op('&', whole, `${2n ** BigInt(bits) - 1n}::pg_catalog.int8`);
}

/** The bits of a bytea. */
export function bits(bytes: string): string {
  return `CAST(${concat(`'x'`, call('encode', bytes, `'hex'`))} AS pg_catalog.varbit)`;
}

/** The bytes of a bit string: its binary form is a length of four bytes and the bits (docs: varbit_send). */
export function bitBytes(value: string): string {
  return call('substr', call('varbit_send', value), 5);
}

/** Upper or lower case of ASCII letters alone. The result has the default collation again, so that it can be compared. */
export function ascii(name: 'lower' | 'upper' | 'initcap', value: string): string {
  return `(${call(name, `(${value} COLLATE pg_catalog."C")`)} COLLATE pg_catalog."default")`;
}
