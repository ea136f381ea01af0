import { ProviderError } from '../errors.ts';
import type { ProofCheck } from '../evidence/refresh-schema.ts';
import type { Verdict } from '../masking/verification/verdicts.ts';
import { ServerError } from '../postgres/connection.ts';

/**
 * Runs a check and times it. What a server refuses to be asked is unproven, and told by its SQLSTATE, since the server's
 * text can hold values of rows. Throws what is no refusal.
 * @param clock Milliseconds.
 */
export async function prove(
  name: string,
  work: () => Promise<Verdict>,
  clock: () => number,
): Promise<ProofCheck> {
  const begun = clock();
  const verdict = await work().catch(refused);
  return { name, ...verdict, problems: [...verdict.problems], durationMs: Math.max(0, clock() - begun) };
}

function refused(error: unknown): Verdict {
  const isRefusal = error instanceof ServerError || (error instanceof ProviderError && !error.retryable);
  if (!isRefusal) throw error;
  const why = error instanceof ServerError ? `SQLSTATE ${error.code}` : error.message;
  return { status: 'unproven', summary: `It could not be asked: ${why}`, problems: [] };
}
