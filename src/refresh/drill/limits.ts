/** What the policy's `drill` section asks, in milliseconds. */
export type DrillLimits = {
  readonly maxBackupAgeMs?: number | undefined;
  readonly maxRestoreMs?: number | undefined;
  /** For all checks of the restored data together. */
  readonly budgetMs: number;
  /** IANA name: where the clock stood that a dump's header quotes. */
  readonly timeZone: string;
  /** Percent. */
  readonly maxRowLoss: number;
  readonly freshness: readonly FreshnessLimit[];
  readonly assertions: readonly Assertion[];
};

export type FreshnessLimit = {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly withinMs: number;
};

export type Assertion = {
  readonly name: string;
  readonly sql: string;
  readonly expect: Expectation;
  readonly timeoutMs: number;
};

/** Of the rows of a query, or of the one number that it gives; bounds are included. */
export type Expectation =
  | 'none'
  | 'some'
  | { readonly 'at-least': number }
  | { readonly between: readonly number[] };
