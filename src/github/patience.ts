import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiOptions, Limits } from './api.ts';

/** How long one client waits because GitHub asked it to. */
export type Patience = {
  /** Whether to wait `seconds` before repetition number `tries` (from 0), within the limits; counts them as waited. */
  readonly allows: (limit: string, seconds: number, tries: number) => boolean;
  /** Waits that long. Throws the signal's reason. */
  readonly wait: (seconds: number) => Promise<void>;
};

export function createPatience({ onNotice, signal }: ApiOptions, limits: Limits): Patience {
  let waited = 0;
  return {
    allows: (limit, seconds, tries) => {
      const allowed = tries < limits.retries && waited + seconds <= limits.waitSeconds;
      if (allowed) waited += seconds;
      const then = allowed ? 'Waiting.' : 'That is longer than Pullgres waits.';
      onNotice(`GitHub's ${limit} rate limit asks to wait ${seconds} s. ${then}`);
      return allowed;
    },
    wait: (seconds) => sleep(seconds * limits.secondMs, undefined, signal ? { signal } : {}),
  };
}

type Refused = { readonly status?: unknown; readonly response?: unknown; readonly message?: unknown };

/**
 * Seconds that an answer of 403 or 429 asks to wait, whatever its words say (docs: "Best practices for using the REST API":
 * a `retry-after` header is to be obeyed). Nothing for another answer.
 */
export function retryAfterOf(error: unknown): number | undefined {
  const { status, response } = (error ?? {}) as Refused;
  if (status !== 403 && status !== 429) return undefined;
  const { headers = {} } = (response ?? {}) as { headers?: Readonly<Record<string, string | number>> };
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}

/** A call that must look before it writes again: no plugin repeats it. */
export const ONCE = { retries: 0, looksFirst: true } as const;

/** Whether this call is repeated by whoever made it. */
export function looksFirst(options: unknown): boolean {
  return (options as { request?: { looksFirst?: boolean } } | undefined)?.request?.looksFirst === true;
}

/** Whether the throttling plugin has judged this refusal: it knows them by these words, or by the header of the primary limit. */
export function isThrottled(error: unknown): boolean {
  const { message, response } = (error ?? {}) as Refused;
  const { headers = {} } = (response ?? {}) as { headers?: Readonly<Record<string, string | number>> };
  return /\bsecondary rate\b/i.test(String(message)) || headers['x-ratelimit-remaining'] === '0';
}
