import * as z from 'zod';
import { GitHubError } from '../errors.ts';
import type { Api } from './api.ts';
import { asking } from './api-error.ts';

export type OpenPullRequests = {
  readonly numbers: ReadonlySet<number>;
  /** How many pages were asked for. */
  readonly pages: number;
};

const PAGE = 100;
/** Nobody has 100,000 open pull requests; a list that goes on for ever is no list. */
const MAXIMUM_PAGES = 1_000;

const pageSchema = z.array(
  z.object({
    number: z.int().positive(),
    state: z.literal('open'),
    base: z.object({ repo: z.object({ id: z.int().positive() }) }),
  }),
);

type Page = { readonly entries: z.infer<typeof pageSchema>; readonly more: boolean };

/**
 * The numbers of all open pull requests of the repository, or an error: a page that is cut, refused, of another shape or
 * of another repository is no answer. Oldest first, so that one that is opened meanwhile moves no other to another page;
 * one that is closed meanwhile may, so that an absent number proves nothing until the pull request itself was read.
 *
 * Asks ⌊open ÷ 100⌋ + 1 times: a full page is the last one only when the next is empty, whatever its Link header says
 * (docs: "Using pagination in the REST API"). Throws GitHubError.
 */
export async function listOpenPullRequests(api: Api, repositoryId: number): Promise<OpenPullRequests> {
  const numbers = new Set<number>();
  for (let page = 1; page <= MAXIMUM_PAGES; page += 1) {
    const { entries, more } = await readPage(api, page);
    for (const { number, base } of entries) {
      if (base.repo.id !== repositoryId) throw otherRepository(base.repo.id, repositoryId);
      numbers.add(number);
    }
    if (!more) return { numbers, pages: page };
  }
  throw unreadable(`it did not end after ${MAXIMUM_PAGES} pages`);
}

async function readPage({ octokit, owner, repo }: Api, page: number): Promise<Page> {
  const doing = `listing the open pull requests, page ${page}`;
  return asking({ doing, permission: 'pull-requests: read' }, async () => {
    const { data, headers } = await octokit.rest.pulls.list({
      owner,
      repo,
      state: 'open',
      sort: 'created',
      direction: 'asc',
      per_page: PAGE,
      page,
    });
    const entries = pageSchema.parse(data);
    if (entries.length > PAGE) throw unreadable(`page ${page} has ${entries.length} entries`);
    return { entries, more: entries.length === PAGE || /rel="next"/.test(headers.link ?? '') };
  });
}

function otherRepository(found: number, wanted: number): GitHubError {
  return unreadable(`it is of the repository ${found}, not of ${wanted}`);
}

function unreadable(why: string): GitHubError {
  return new GitHubError(`The list of open pull requests cannot be used: ${why}.`, {
    status: 200,
    hint: 'Nothing is removed on such an answer. Run it again; if it stays, ask who answers at GITHUB_API_URL.',
  });
}
