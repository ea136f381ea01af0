import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';

/** A run of a workflow; `id` in decimal digits. A later run has a greater id, a re-run a greater attempt. */
export type RunOrder = { readonly id: string; readonly attempt: number };

export type CommentMarker = {
  /** Which of several comments on one pull request, for instance one per database. */
  readonly key: string;
  readonly version: 1;
  readonly sha: string;
  readonly run: string;
  readonly attempt: number;
  /** Of the text below the marker, by `bodyDigest`. */
  readonly digest: string;
};

const MARKER =
  /^<!-- pullgres key=([a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?) v=1 sha=([0-9a-f]{40}|[0-9a-f]{64}) run=(\d{1,19}) attempt=(\d{1,6}) digest=([0-9a-f]{64}) -->(?:\r?\n|$)/;

/** The first line of a comment, invisible on the page. Throws UserError for a key that is not a short kebab-case name. */
export function commentMarker(marker: CommentMarker): string {
  const { key, sha, run, attempt, digest } = marker;
  const line = `<!-- pullgres key=${key} v=1 sha=${sha} run=${run} attempt=${attempt} digest=${digest} -->`;
  if (readMarker(line) !== undefined) return line;
  throw new UserError(
    `A comment cannot be marked with key ${JSON.stringify(key)}, commit ${sha} and run ${run}.`,
    {
      hint: 'The key is 1 to 64 characters: lower-case letters, digits and hyphens between them.',
    },
  );
}

/** Reads the marker that `body` begins with; anything else, also a marker further down, is not ours. */
export function readMarker(body: string): CommentMarker | undefined {
  const [, key, sha, run, attempt, digest] = MARKER.exec(body) ?? [];
  if (!key || !sha || !run || !attempt || !digest) return undefined;
  return { key, version: 1, sha, run, attempt: Number(attempt), digest };
}

/** The comment's text without the marker's line. */
export function withoutMarker(body: string): string {
  return body.replace(MARKER, '');
}

/** SHA-256 in hexadecimal. Line ends and space at the end do not count: the website's editor changes them. */
export function bodyDigest(text: string): string {
  return createHash('sha256').update(text.replaceAll('\r\n', '\n').trimEnd()).digest('hex');
}

/** Below zero when `a` ran before `b`, 0 for the same attempt of the same run. */
export function compareRuns(a: RunOrder, b: RunOrder): number {
  const difference = BigInt(a.id) - BigInt(b.id);
  return difference === 0n ? a.attempt - b.attempt : difference < 0n ? -1 : 1;
}

export function runOf({ run, attempt }: CommentMarker): RunOrder {
  return { id: run, attempt };
}
