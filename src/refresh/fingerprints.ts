/** The session's setting that holds the run's key: 32 bytes, hexadecimal. */
export const RUN_KEY = 'pullgres.proof';

/** Eight bytes that tell whether two texts are equal, and nothing to who has not the run's key. */
export function fingerprintSql(text: string): string {
  return `pg_catalog.substr(pg_catalog.sha256(pg_catalog.decode(pg_catalog.current_setting('${RUN_KEY}'), 'hex') || pg_catalog.textsend(${text})), 1, 8)`;
}
