import type { ProofStatus } from '../attestation-body.ts';

/** What a check of the proof says, before anybody timed it. No value of any row. */
export type Verdict = {
  readonly status: ProofStatus;
  /** One sentence with the numbers. */
  readonly summary: string;
  readonly problems: readonly { readonly where: string; readonly what: string }[];
};

/** Failed when something is wrong; unproven when something could not be asked, which is never the same as proved. */
export function statusOf(wrong: number, unasked: number): ProofStatus {
  if (wrong > 0) return 'failed';
  return unasked > 0 ? 'unproven' : 'proved';
}
