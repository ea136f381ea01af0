import { GitHubError, ProviderError, UserError } from '../errors.ts';

/** A failure of the world around us or of its use, told in the report; anything else is a bug. */
export function isExpected(error: unknown): error is UserError | ProviderError | GitHubError {
  return error instanceof UserError || error instanceof ProviderError || error instanceof GitHubError;
}

/** What happened and what to do, in one line. */
export function reasonOf(error: UserError | ProviderError | GitHubError): string {
  return error.hint ? `${error.message} ${error.hint}` : error.message;
}
