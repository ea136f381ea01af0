import { ProviderError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { literal } from './quote.ts';

/** How a database sorts and compares text, as CREATE DATABASE takes it. */
export type DatabaseLocale = {
  /** pg_encoding_to_char: `UTF8`. */
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly provider: 'libc' | 'icu' | 'builtin';
  /** Of `icu` and `builtin`. */
  readonly locale: string | undefined;
  readonly icuRules: string | undefined;
};

const PROVIDERS: Readonly<Record<string, DatabaseLocale['provider']>> = { i: 'icu', b: 'builtin' };

/** The locale of the connection's database. ICU came with 15, its rules with 16, the builtin provider with 17 (docs: 51.15, pg_database). */
export async function readLocale(connection: Pick<Connection, 'query'>): Promise<DatabaseLocale> {
  const { rows } = await connection.query(`
    SELECT pg_catalog.pg_encoding_to_char(d.encoding)::text AS encoding, d.datcollate::text AS collate,
           d.datctype::text AS ctype, pg_catalog.to_jsonb(d) ->> 'datlocprovider' AS provider,
           coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') AS locale,
           pg_catalog.to_jsonb(d) ->> 'daticurules' AS rules
    FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`);
  const row = rows[0] ?? {};
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return {
    encoding: String(row.encoding),
    collate: String(row.collate),
    ctype: String(row.ctype),
    provider: PROVIDERS[String(row.provider)] ?? 'libc',
    locale: text(row.locale),
    icuRules: text(row.rules),
  };
}

/**
 * What stands behind CREATE DATABASE … TEMPLATE template0 for this locale. Throws ProviderError when a server of this
 * version has no such provider: the same text would sort in another order, and unique indexes might not hold.
 */
export function localeOptions(locale: DatabaseLocale, serverVersion: number): string {
  const since = { libc: 13, icu: 15, builtin: 17 }[locale.provider];
  const needed = locale.icuRules === undefined ? since : Math.max(since, 16);
  if (serverVersion < needed) {
    const what = `${locale.provider}${locale.icuRules === undefined ? '' : ' with rules'}`;
    throw new ProviderError(
      `The source sorts by the locale provider ${what}, which Postgres ${serverVersion} does not have.`,
      { hint: `Keep branches on a server of version ${needed} or newer.` },
    );
  }
  const { encoding, collate, ctype, provider, icuRules } = locale;
  const options = [
    `ENCODING ${literal(encoding)} LC_COLLATE ${literal(collate)} LC_CTYPE ${literal(ctype)}`,
    serverVersion >= 15 ? `LOCALE_PROVIDER ${provider}` : '',
    provider === 'icu' && locale.locale !== undefined ? `ICU_LOCALE ${literal(locale.locale)}` : '',
    provider === 'builtin' && locale.locale !== undefined ? `BUILTIN_LOCALE ${literal(locale.locale)}` : '',
    icuRules === undefined ? '' : `ICU_RULES ${literal(icuRules)}`,
  ];
  return options.filter((each) => each !== '').join(' ');
}
