import { UserError } from '../errors.ts';

/** A quoted identifier, always quoted so that no keyword list is needed. Throws UserError for an empty name or a NUL, which no server can store. */
export function identifier(name: string): string {
  if (name === '') throw new UserError('A Postgres name cannot be empty.');
  if (name.includes('\0')) throw new UserError('A Postgres name cannot hold a NUL character.');
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quoted parts joined by dots: `qualified('public', 'orders')` is `"public"."orders"`. Throws as `identifier` does. */
export function qualified(...parts: readonly [string, ...string[]]): string {
  return parts.map(identifier).join('.');
}

/** A string literal that reads the same whatever standard_conforming_strings says: with a backslash inside it is written as E'…' (docs: 4.1.2.2). Throws UserError for a NUL. */
export function literal(text: string): string {
  if (text.includes('\0')) throw new UserError('A Postgres text cannot hold a NUL character.');
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? ` E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}
