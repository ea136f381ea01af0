/** A statement whose locks are measured on the world's schema; `from` and `until` are the first and last major version that takes it. */
export type LockCase = {
  readonly sql: string;
  readonly from?: number;
  readonly until?: number;
  /** Statements that run and are committed first, and what they made is taken away after. */
  readonly given?: string;
  /** Every version refuses it in a transaction: it is watched from a second session at once. Those that some versions refuse need no mark. */
  readonly alone?: true;
};

export const at = (from: number, ...statements: string[]): readonly LockCase[] =>
  statements.map((sql) => ({ sql, from }));
export const all = (...statements: string[]): readonly LockCase[] => at(13, ...statements);

/** Cases before which the same statements run. */
export const given = (sql: string, cases: readonly LockCase[]): readonly LockCase[] =>
  cases.map((one) => ({ given: sql, ...one }));
export const until = (version: number, ...statements: string[]): readonly LockCase[] =>
  statements.map((sql) => ({ sql, until: version }));
