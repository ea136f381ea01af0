import { GitHubError, ProviderError, UserError } from '../errors.ts';
import { version } from '../version.ts';

/** What to tell of an error: one annotation, and lines for the log. */
export type Failure = { readonly message: string; readonly lines: readonly string[] };

function retryAdvice(retryable: boolean): string {
  return retryable ? 'Running the job again may help.' : 'Running the job again will not help by itself.';
}

/** `status` 0 of a GitHubError means that there was no answer. */
function statusText(status: string | number | undefined): string {
  if (status === undefined) return '';
  return status === 0 ? ' (no answer)' : ` (status ${status})`;
}

function reportPlace(environment: Readonly<Record<string, string | undefined>>): string {
  const { GITHUB_SERVER_URL: server, GITHUB_ACTION_REPOSITORY: repository } = environment;
  return server && repository ? ` at ${server}/${repository}/issues` : '';
}

/** The words for whatever an action threw. Only a bug shows its stack. */
export function describeFailure(
  error: unknown,
  environment: Readonly<Record<string, string | undefined>>,
): Failure {
  if (error instanceof UserError)
    return { message: [error.message, error.hint].filter(Boolean).join('\n'), lines: [] };
  if (error instanceof ProviderError || error instanceof GitHubError) {
    const first = `${error.message}${statusText(error.status)}`;
    return {
      message: [first, error.hint, retryAdvice(error.retryable)].filter(Boolean).join('\n'),
      lines: [],
    };
  }
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return {
    message: `Internal error: ${message}`,
    lines: [
      stack ?? message,
      `This is a bug in Pullgres ${version} (Node ${process.versions.node}). Please report it${reportPlace(environment)}, with the lines above.`,
    ],
  };
}
