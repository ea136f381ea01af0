import * as z from 'zod';
import { UserError } from '../errors.ts';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';
import type { Login } from './comment-calls.ts';
import {
  bodyDigest,
  commentMarker,
  compareRuns,
  type RunOrder,
  readMarker,
  withoutMarker,
} from './comment-marker.ts';

export type IssueRequest = {
  /** Which of our issues: one stays open per key. */
  readonly key: string;
  /** Plain text of one line. */
  readonly title: string;
  /** Markdown without marker. */
  readonly body: string;
  readonly run: RunOrder;
  readonly sha: string;
};

export type IssueOutcome = {
  readonly outcome: 'opened' | 'updated' | 'unchanged' | 'skipped';
  readonly number: number;
  readonly url: string;
};

/** GitHub: an issue's body has the limit of a comment, a title 256 characters. */
const MAXIMUM_BODY = 65_536;
const MAXIMUM_TITLE = 256;

const permission = 'issues: write';

const issueSchema = z.object({
  number: z.int(),
  html_url: z.string(),
  title: z.string(),
  body: z.string().nullish(),
  user: z.object({ login: z.string() }).nullable(),
  /** Pull requests are listed among issues. */
  pull_request: z.unknown().optional(),
});

type Issue = z.infer<typeof issueSchema>;

/**
 * Opens the issue of this key, or rewrites the one that is open: ours by its marker and its author, since anybody may
 * copy a marker. A closed one stays closed; the next failure opens another. Throws UserError for a body that is too
 * long, and GitHubError.
 */
export async function upsertIssue(api: Api, login: Login, request: IssueRequest): Promise<IssueOutcome> {
  const body = markedBody(request);
  const title = request.title.replaceAll(/\s+/g, ' ').trim().slice(0, MAXIMUM_TITLE);
  const author = await login();
  const found = await findOwnIssue(api, author, request.key);
  if (found === undefined) return openIssue(api, { title, body });
  const { number, html_url: url } = found;
  const marker = readMarker(found.body ?? '');
  if (marker !== undefined && compareRuns({ id: marker.run, attempt: marker.attempt }, request.run) > 0) {
    return { outcome: 'skipped', number, url };
  }
  const same =
    found.title === title && bodyDigest(withoutMarker(found.body ?? '')) === bodyDigest(request.body);
  if (same) return { outcome: 'unchanged', number, url };
  const { octokit, owner, repo } = api;
  await asking({ doing: `updating issue ${number}`, permission }, () =>
    octokit.rest.issues.update({ owner, repo, issue_number: number, title, body }),
  );
  return { outcome: 'updated', number, url };
}

/** The oldest that is open. */
async function findOwnIssue(api: Api, author: string, key: string): Promise<Issue | undefined> {
  const { octokit, owner, repo } = api;
  const issues = await asking({ doing: 'listing open issues', permission }, async () => {
    const parameters = { owner, repo, state: 'open', creator: author, per_page: 100 } as const;
    return z.array(issueSchema).parse(await octokit.paginate(octokit.rest.issues.listForRepo, parameters));
  });
  return issues
    .filter(({ pull_request }) => pull_request === undefined)
    .filter(({ body, user }) => user?.login === author && readMarker(body ?? '')?.key === key)
    .sort((a, b) => a.number - b.number)[0];
}

async function openIssue(api: Api, issue: { title: string; body: string }): Promise<IssueOutcome> {
  const { octokit, owner, repo } = api;
  const opened = await asking({ doing: 'opening an issue', permission }, async () => {
    // Not repeated: GitHub may answer 502 to an issue that it has kept, and a second one would be noise.
    const { data } = await octokit.rest.issues.create({ owner, repo, ...issue, request: { retries: 0 } });
    return issueSchema.parse(data);
  });
  return { outcome: 'opened', number: opened.number, url: opened.html_url };
}

function markedBody({ key, body, run, sha }: IssueRequest): string {
  const digest = bodyDigest(body);
  const marker = commentMarker({ key, version: 1, sha, run: run.id, attempt: run.attempt, digest });
  const text = `${marker}\n${body}`;
  if (text.length <= MAXIMUM_BODY) return text;
  throw new UserError(`The issue has ${text.length} characters; GitHub's limit is 65,536.`, {
    hint: 'Shorten it, for instance by linking to the job summary.',
  });
}
