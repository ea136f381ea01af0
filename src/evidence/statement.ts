/** Evidence holds a statement's text up to this many UTF-16 units; its place tells the rest. */
export const LONGEST_SQL = 10_000;

/** A statement's text as the evidence holds it: cut, with a mark, when it is long (a migration may be 10 MB of VALUES). */
export function recordedSql(sql: string): string {
  return sql.length > LONGEST_SQL ? `${sql.slice(0, LONGEST_SQL).toWellFormed()}…` : sql;
}
