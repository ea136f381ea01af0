import * as z from 'zod';
import { GitHubError } from '../errors.ts';
import { retryAfterOf } from './patience.ts';

/** What a call is for, in words that fit after "while", and the permission that a job needs for it. */
export type Purpose = { readonly doing: string; readonly permission: string };

type Refusal = {
  readonly status: number;
  readonly message: string;
  /** Seconds. */
  readonly retryAfter: number | undefined;
};

type Advice = {
  readonly applies: (refusal: Refusal) => boolean;
  readonly hint: (purpose: Purpose) => string;
  readonly retryable?: boolean;
};

const says = (status: number, pattern: RegExp) => (refusal: Refusal) =>
  refusal.status === status && pattern.test(refusal.message);

/** First match wins. Texts: docs.github.com, "Troubleshooting the REST API". */
const advices: readonly Advice[] = [
  {
    applies: ({ status }) => status === 401,
    hint: () => 'The token is wrong or has expired. Leave the token input out to use the one of the job.',
  },
  {
    applies: says(403, /not accessible by/i),
    hint: ({ permission }) =>
      `Give the job \`permissions: { ${permission} }\`. The token is read-only for pull requests from forks whatever the workflow says, and for Dependabot's unless the workflow names the permission.`,
  },
  {
    applies: says(403, /\blocked\b/i),
    hint: () => 'The conversation is locked. Unlock it to let comments in.',
  },
  {
    applies: ({ status, message, retryAfter }) =>
      status === 429 || (status === 403 && (retryAfter !== undefined || /rate limit/i.test(message))),
    hint: () => 'GitHub limits how often the token may call. Run the job again in some minutes.',
    retryable: true,
  },
  {
    applies: ({ status }) => status === 403,
    hint: ({ permission }) => `The job needs \`permissions: { ${permission} }\`.`,
  },
  {
    applies: ({ status }) => status === 404,
    hint: ({ permission }) => `It does not exist, or the token may not see it (\`${permission}\`).`,
  },
  {
    applies: ({ status }) => status === 410,
    hint: () => 'It was deleted, or the repository has issues and comments switched off.',
  },
  {
    applies: ({ status }) => status === 422,
    hint: () => 'GitHub found the request wrong. Please report this with the message above.',
  },
  {
    applies: ({ status }) => status >= 500,
    hint: () => 'GitHub has a problem of its own: see its status page, then run the job again.',
    retryable: true,
  },
];

/** Runs `work`; what the API refused or left unanswered becomes a GitHubError with advice. Other errors pass. */
export async function asking<T>(purpose: Purpose, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toGitHubError(error, purpose);
  }
}

function toGitHubError(error: unknown, purpose: Purpose): unknown {
  if (error instanceof z.ZodError) return malformedAnswer(error, purpose);
  if (!(error instanceof Error) || error instanceof GitHubError) return error;
  if (error.name === 'AbortError') return unanswered('the job was cancelled', false, purpose);
  if (error.name !== 'HttpError' || !('status' in error)) return error;
  const response = 'response' in error ? (error.response as { status: number; data: unknown }) : undefined;
  if (response === undefined) return unanswered(oneLine(error.message), true, purpose);
  const retryAfter = retryAfterOf(error);
  return refused({ status: response.status, message: messageOf(response.data), retryAfter }, purpose);
}

function refused(refusal: Refusal, purpose: Purpose): GitHubError {
  const { status, message, retryAfter } = refusal;
  const advice = advices.find(({ applies }) => applies(refusal));
  return new GitHubError(sentence(`GitHub answered ${status} while ${purpose.doing}: ${message}`), {
    status,
    retryAfter,
    retryable: advice?.retryable ?? false,
    ...(advice === undefined ? {} : { hint: advice.hint(purpose) }),
  });
}

function unanswered(reason: string, retryable: boolean, { doing }: Purpose): GitHubError {
  return new GitHubError(sentence(`GitHub gave no answer while ${doing}: ${reason}`), {
    status: 0,
    retryable,
    hint: 'Is GITHUB_API_URL right, and may this machine reach it (proxy, firewall)?',
  });
}

function malformedAnswer(error: z.ZodError, { doing }: Purpose): GitHubError {
  const fields = error.issues.map((issue) => issue.path.join('.') || 'the whole answer').join(', ');
  return new GitHubError(`GitHub's answer while ${doing} is not understood: see ${oneLine(fields)}.`, {
    status: 200,
    hint: 'Does GITHUB_API_URL lead to something else than GitHub, for instance a login page?',
  });
}

/** The API's own words. They may hold what somebody else wrote, so: one line, not long. */
function messageOf(data: unknown): string {
  const { message, errors } = z
    .object({ message: z.string().catch(''), errors: z.array(z.unknown()).catch([]) })
    .catch({ message: '', errors: [] })
    .parse(data);
  const details = errors.map((error) => (typeof error === 'string' ? error : JSON.stringify(error)));
  return oneLine([message || 'no message', ...details].join('; '));
}

/** With its full stop, because the hint follows on the same line. */
function sentence(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function oneLine(text: string): string {
  const line = text.replace(/\p{C}+/gu, ' ');
  return line.length > 500 ? `${line.slice(0, 499)}…` : line;
}
