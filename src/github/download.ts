import { setTimeout as sleep } from 'node:timers/promises';
import { GitHubError } from '../errors.ts';
import type { Api } from './api.ts';

/**
 * The bytes at an address that GitHub gave, or nothing when there are more than `maximumBytes`; no more are ever held.
 * The token is not sent along: the storage is not GitHub's API. Repeated when the storage fails. Throws GitHubError.
 */
export async function download(
  api: Pick<Api, 'fetch' | 'limits' | 'signal'>,
  address: string,
  maximumBytes: number,
): Promise<Uint8Array | undefined> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await downloadOnce(api, address, maximumBytes);
    } catch (error) {
      api.signal?.throwIfAborted();
      const failure = error instanceof GitHubError ? error : unanswered(error);
      if (!failure.retryable || attempt >= api.limits.retries) throw failure;
    }
    await sleep((attempt + 1) ** 2 * api.limits.secondMs, undefined, { signal: api.signal });
  }
}

async function downloadOnce(
  { fetch, limits, signal }: Pick<Api, 'fetch' | 'limits' | 'signal'>,
  address: string,
  maximumBytes: number,
): Promise<Uint8Array | undefined> {
  const timeout = AbortSignal.timeout(limits.timeoutMs);
  const response = await (await fetch())(address, {
    signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
  });
  if (!response.ok) {
    await response.body?.cancel();
    throw refused(response.status);
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    // Leaving the loop cancels the rest.
    if (size > maximumBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function refused(status: number): GitHubError {
  return new GitHubError(`GitHub's storage answered ${status} while downloading the run's artifact.`, {
    status,
    retryable: status === 429 || status >= 500,
    hint: 'Run the job again in some minutes.',
  });
}

/** The address is a key for a minute, so no message that quotes it gets out. */
function unanswered(cause: unknown): GitHubError {
  return new GitHubError("GitHub's storage gave no answer while downloading the run's artifact.", {
    status: 0,
    retryable: true,
    hint: 'May this machine reach it (proxy, firewall)?',
    cause: cause instanceof Error ? cause.name : undefined,
  });
}
