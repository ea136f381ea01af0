/** Misuse: the person running Pullgres can mend it. Shown without a stack; `hint` says what to do. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly hint: string | undefined;
  constructor(message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
  }
}

/** A branch provider or a Postgres server refused or could not be reached. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
  readonly status: string | undefined;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  constructor(
    message: string,
    options: { status?: string; retryable?: boolean; hint?: string; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.retryable = options.retryable ?? false;
    this.hint = options.hint;
  }
}

/** GitHub's API refused or could not be reached. `status` is the HTTP status, 0 when there was no answer. */
export class GitHubError extends Error {
  override readonly name = 'GitHubError';
  readonly status: number;
  readonly retryable: boolean;
  readonly hint: string | undefined;
  /** Seconds that GitHub asks to wait before the next call. */
  readonly retryAfter: number | undefined;
  constructor(
    message: string,
    options: {
      status: number;
      retryable?: boolean;
      hint?: string;
      retryAfter?: number | undefined;
      cause?: unknown;
    },
  ) {
    super(message, { cause: options.cause });
    this.status = options.status;
    this.retryable = options.retryable ?? false;
    this.hint = options.hint;
    this.retryAfter = options.retryAfter;
  }
}
