import { createHash } from 'node:crypto';
import * as z from 'zod';
import { GitHubError } from '../errors.ts';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';
import { compareRuns, type RunOrder } from './comment-marker.ts';

/** Lines and columns from 1; columns only where it is one line. */
export type CheckAnnotation = {
  readonly path: string;
  readonly start_line: number;
  readonly end_line: number;
  readonly start_column?: number;
  readonly end_column?: number;
  readonly annotation_level: 'failure' | 'warning' | 'notice';
  readonly title: string;
  readonly message: string;
};

export type CheckRequest = {
  readonly sha: string;
  readonly name: string;
  readonly conclusion: 'success' | 'failure' | 'action_required';
  /** Plain text, at most 255 characters. */
  readonly title: string;
  /** Markdown, at most 65,535 bytes. */
  readonly summary: string;
  readonly annotations: readonly CheckAnnotation[];
  readonly run: RunOrder & { readonly url: string };
};

export type CheckOutcome = {
  readonly outcome: 'created' | 'updated' | 'skipped';
  readonly url: string | undefined;
  readonly reason?: string;
};

/** GitHub takes no more in one request (its API description, `maxItems`); later requests add theirs. */
export const ANNOTATIONS_A_REQUEST = 50;

const permission = 'checks: write';

const checkSchema = z.object({
  id: z.int(),
  html_url: z.string().nullish(),
  external_id: z.string().nullish(),
  output: z.object({ annotations_count: z.int() }),
});

const listSchema = z.object({ check_runs: z.array(checkSchema) });

/** A check run that bears our mark. */
type OwnCheck = {
  readonly id: number;
  readonly url: string | undefined;
  readonly run: RunOrder;
  readonly digest: string;
  readonly annotations: number;
};

const MARK = /^pullgres run=(\d{1,19}) attempt=(\d{1,6}) annotations=([0-9a-f]{16})$/;

/**
 * Writes the check of this name on a commit, unless a later run has. An earlier one of ours is rewritten where that
 * leaves no annotation behind: GitHub only ever adds annotations to a check. Else a new one takes its place, as GitHub
 * shows and requires the newest of a name. Throws GitHubError.
 */
export async function writeCheck(api: Api, request: CheckRequest): Promise<CheckOutcome> {
  const newest = await newestCheck(api, request);
  if (newest !== undefined && compareRuns(newest.run, request.run) > 0) {
    const reason = `The later run ${newest.run.id}, attempt ${newest.run.attempt}, has already written it.`;
    return { outcome: 'skipped', url: newest.url, reason };
  }
  const digest = digestOf(request.annotations);
  const stands = newest?.digest === digest && newest.annotations === request.annotations.length;
  if (newest !== undefined && (stands || newest.annotations === 0)) {
    const annotations = stands ? [] : request.annotations;
    const url = await rewrite(api, newest.id, { ...request, annotations }, digest);
    if (url !== undefined) return { outcome: 'updated', url };
  }
  return { outcome: 'created', url: await create(api, request, digest) };
}

/** A job of the same name is a check of this name too, and has another mark. */
async function newestCheck(api: Api, { sha, name }: CheckRequest): Promise<OwnCheck | undefined> {
  const { octokit, owner, repo } = api;
  const { check_runs: found } = await asking(
    { doing: `listing the checks of ${sha}`, permission },
    async () => {
      const parameters = { owner, repo, ref: sha, check_name: name, filter: 'all', per_page: 100 } as const;
      return listSchema.parse((await octokit.rest.checks.listForRef(parameters)).data);
    },
  );
  const own = found.flatMap((check): readonly OwnCheck[] => {
    const [, id, attempt, digest] = MARK.exec(check.external_id ?? '') ?? [];
    if (id === undefined || digest === undefined) return [];
    const run = { id, attempt: Number(attempt) };
    const url = check.html_url ?? undefined;
    return [{ id: check.id, url, run, digest, annotations: check.output.annotations_count }];
  });
  return own.toSorted((a, b) => compareRuns(b.run, a.run) || b.id - a.id)[0];
}

async function create(api: Api, request: CheckRequest, digest: string): Promise<string | undefined> {
  const { octokit, owner, repo } = api;
  const { sha: head_sha, name } = request;
  const made = await asking({ doing: `writing the check ${name} of ${head_sha}`, permission }, async () => {
    const fields = fieldsOf(request, digest, request.annotations.slice(0, ANNOTATIONS_A_REQUEST));
    const { data } = await octokit.rest.checks.create({ owner, repo, name, head_sha, ...fields });
    return checkSchema.parse(data);
  });
  await addRest(api, made.id, request, digest);
  return made.html_url ?? undefined;
}

/** Nothing where the check is another app's, whose token wrote it, or is gone: then a new one is due. */
async function rewrite(
  api: Api,
  id: number,
  request: CheckRequest,
  digest: string,
): Promise<string | undefined> {
  try {
    const first = request.annotations.slice(0, ANNOTATIONS_A_REQUEST);
    const url = await update(api, id, request, fieldsOf(request, digest, first));
    await addRest(api, id, request, digest);
    return url;
  } catch (error) {
    if (error instanceof GitHubError && (error.status === 403 || error.status === 404)) return undefined;
    throw error;
  }
}

/** The conclusion stands from the first request on; each of these adds up to 50 annotations. */
async function addRest(api: Api, id: number, request: CheckRequest, digest: string): Promise<void> {
  const { annotations } = request;
  for (let at = ANNOTATIONS_A_REQUEST; at < annotations.length; at += ANNOTATIONS_A_REQUEST) {
    const batch = annotations.slice(at, at + ANNOTATIONS_A_REQUEST);
    await update(api, id, request, fieldsOf(request, digest, batch));
  }
}

async function update(
  { octokit, owner, repo }: Api,
  id: number,
  { name, sha }: CheckRequest,
  fields: ReturnType<typeof fieldsOf>,
): Promise<string> {
  return asking({ doing: `updating the check ${name} of ${sha}`, permission }, async () => {
    const { data } = await octokit.rest.checks.update({ owner, repo, check_run_id: id, ...fields });
    return checkSchema.parse(data).html_url ?? '';
  });
}

function fieldsOf(
  { conclusion, title, summary, run }: CheckRequest,
  digest: string,
  annotations: readonly CheckAnnotation[],
) {
  return {
    details_url: run.url,
    external_id: `pullgres run=${run.id} attempt=${run.attempt} annotations=${digest}`,
    status: 'completed' as const,
    conclusion,
    output: { title, summary, ...(annotations.length === 0 ? {} : { annotations: [...annotations] }) },
  };
}

/** Without the messages, which hold what was measured: a re-run's milliseconds are no other complaint. */
function digestOf(annotations: readonly CheckAnnotation[]): string {
  const complaints = annotations.map(({ message: _, ...complaint }) => complaint);
  return createHash('sha256').update(JSON.stringify(complaints)).digest('hex').slice(0, 16);
}
