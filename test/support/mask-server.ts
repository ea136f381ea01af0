import assert from 'node:assert/strict';
import { after } from 'node:test';
import { COMMON_DOMAINS } from '../../src/masking/domain.ts';
import { settingOf } from '../../src/masking/keys.ts';
import type { SourceType } from '../../src/masking/source.ts';
import { compileStrategy } from '../../src/masking/strategies/compile.ts';
import type { Strategy } from '../../src/masking/strategy.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import { columnOf, tableOf } from './mask-columns.ts';
import { freshDatabase } from './postgres.ts';

/** Types and a function that must not be called, as an unfriendly source has them. */
const WORLD = `
  CREATE TYPE public.mood AS ENUM ('sad', 'ok', 'it''s \\fine', 'happy', 'Übermut');
  CREATE TYPE public.two AS ENUM ('yes', 'no');
  CREATE TYPE public.one AS ENUM ('only');
  CREATE TYPE public.person AS ("full ""name""" text, age integer);
  CREATE DOMAIN public.nick AS varchar(12) CHECK (char_length(VALUE) >= 3) CHECK (VALUE ~ '^[A-Za-z]+$');
  CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS 'SELECT 1 / 0 || $1';
  SET standard_conforming_strings = on;
  SET search_path = '';
  SET TimeZone = 'UTC';
`;

let opening: Promise<Connection> | undefined;

/** One connection of the file's tests, as the refresh opens it on a source. */
export async function maskServer(): Promise<Connection> {
  opening ??= (async () => {
    const connection = await openConnection(await freshDatabase(), { applicationName: 'strategies test' });
    await connection.script(WORLD);
    return connection;
  })();
  return opening;
}

after(async () => {
  await (await opening)?.close();
});

export async function useKey(hex: string): Promise<Connection> {
  const connection = await maskServer();
  // Parts of documents and arrays have keys of their own.
  for (const domain of ['d', ...COMMON_DOMAINS]) {
    await connection.query('SELECT set_config($1, $2, false)', [settingOf(domain), hex.repeat(32)]);
  }
  return connection;
}

/** The strategy's expression over a column of the type, under the key domain `d`. */
export function expressionOf(strategy: Strategy, type: SourceType, name = 'x'): string {
  const column = columnOf(type, { name });
  const compiled = compileStrategy(strategy, { column, table: tableOf([column]), domain: 'd' });
  assert.ok(!('refusal' in compiled), JSON.stringify(compiled));
  return compiled.sql;
}

/** Masks of values, read from text by the column's type, as text. The type of the mask is asserted. */
export async function masks(
  strategy: Strategy,
  type: SourceType,
  values: readonly (string | null)[],
  key = 'ab',
): Promise<readonly (string | null)[]> {
  const connection = await useKey(key);
  const column = `SELECT CAST(v AS ${type.sql}) AS "x", o FROM pg_catalog.unnest($1::text[]) WITH ORDINALITY AS u(v, o)`;
  const { rows } = await connection.query(
    `SELECT m.y::text AS y, pg_catalog.pg_typeof(m.y) = pg_catalog.pg_typeof(CAST(NULL AS ${type.sql})) AS typed
       FROM (SELECT ${expressionOf(strategy, type)} AS y, o FROM (${column} OFFSET 0) AS t) AS m ORDER BY m.o`,
    [values],
  );
  assert.ok(rows.every((row) => row.typed === true));
  return rows.map((row) => row.y as string | null);
}
