import * as z from 'zod';
import { UserError } from '../errors.ts';

/** A commit id: 40 hexadecimal digits, 64 in a SHA-256 repository. */
export const sha = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/);
const name = z.string().min(1);

export const repository = z.object({
  id: z.int().positive(),
  name,
  full_name: name,
  default_branch: name.optional(),
  owner: z.object({ login: name }),
});

/** `user` is null once the account is deleted; GitHub's pages then show "ghost". */
const account = z.object({ login: name, type: z.string() }).nullable();

export const pullRequestPayload = z.object({
  repository,
  /** What `edited` changed; the base only when the pull request was retargeted. */
  changes: z.object({ base: z.object({ ref: z.object({ from: name }) }).optional() }).optional(),
  pull_request: z.object({
    number: z.int().positive(),
    state: z.enum(['open', 'closed']),
    draft: z.boolean(),
    merged: z.boolean(),
    html_url: z.url({ protocol: /^https?$/ }),
    user: account,
    head: z.object({
      sha,
      ref: name,
      /** Null when the fork was deleted. */
      repo: z.object({ id: z.int().positive(), full_name: name }).nullable(),
    }),
    base: z.object({ sha, ref: name, repo: z.object({ id: z.int().positive() }) }),
  }),
});

export const mergeGroupPayload = z.object({
  repository,
  merge_group: z.object({ head_sha: sha, head_ref: name, base_sha: sha, base_ref: name }),
});

export const pushPayload = z.object({
  repository,
  ref: name,
  before: sha,
  after: sha,
  deleted: z.boolean(),
  forced: z.boolean(),
});

export const manualPayload = z.object({
  repository,
  ref: name,
  inputs: z.record(z.string(), z.unknown()).nullish(),
});

export const withAction = z.object({ action: name });

export type RepositoryPayload = z.infer<typeof repository>;
export type PullRequestPayload = z.infer<typeof pullRequestPayload>;

/** Reads `payload` by `schema`, unknown keys ignored. Throws UserError that names each missing or wrong field. */
export function readPayload<T extends z.ZodType>(schema: T, event: string, payload: unknown): z.infer<T> {
  const result = schema.safeParse(payload);
  if (result.success) return result.data;
  const complaints = result.error.issues.map((issue) => describe(issue.path, payload));
  throw new UserError(`The payload of the event ${event} is malformed: ${complaints.join('; ')}.`, {
    hint: 'GITHUB_EVENT_PATH must be the file that GitHub wrote for this run. If it is, report this with the payload.',
  });
}

function describe(path: readonly PropertyKey[], payload: unknown): string {
  const field = path.map(String).join('.') || 'the whole payload';
  return valueAt(path, payload) === undefined ? `${field} is missing` : `${field} has an unexpected value`;
}

function valueAt(path: readonly PropertyKey[], payload: unknown): unknown {
  let value = payload;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}
