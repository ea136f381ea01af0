import type { Call } from './fake-github-operations.ts';
import { type Answer, notFound, validationFailed } from './fake-github-refusals.ts';
import { type LineCommentSpec, timestamp } from './fake-github-state.ts';
import type { PullSpec } from './github-pull-shapes.ts';
import { nodeId, repositoryUrl, simpleUser } from './github-shapes.ts';

type Comment = {
  readonly path: string;
  readonly body: string;
  readonly line?: number;
  readonly start_line?: number;
  readonly side?: string;
  readonly start_side?: string;
};

/** `pulls/create-review`: refused whole when one comment stands outside of the diff. */
export function createReview(call: Call): Answer {
  const { operation, state, host, repository, parameters, body, login } = call;
  const pull = repository.pulls.get(Number(parameters.pull_number));
  if (pull === undefined) return notFound(operation);
  const comments = (body.comments ?? []) as readonly Comment[];
  const problems = comments.flatMap((comment) => placeProblems(pull, comment));
  if (body.event === 'COMMENT' && !body.body) problems.push('Body can not be blank');
  if (problems.length > 0) return validationFailed(operation, problems);
  const sha = String(body.commit_id ?? pull.headSha);
  const id = state.nextId++;
  repository.reviews.push({ id, pull: pull.number, body: String(body.body), author: login });
  for (const { path, body: text, line = 1, start_line } of comments) {
    const now = timestamp();
    repository.lineComments.push({
      id: state.nextId++,
      review: id,
      pull: pull.number,
      sha,
      path,
      body: text,
      line,
      startLine: start_line,
      author: login,
      createdAt: now,
    });
  }
  const page = `${host.web}/${repository.owner}/${repository.name}/pull/${pull.number}`;
  const url = `${repositoryUrl(host, repository)}/pulls/${pull.number}`;
  return {
    status: 200,
    body: {
      id,
      node_id: nodeId('PRR', id),
      user: simpleUser(host, login),
      body: body.body,
      state: 'COMMENTED',
      html_url: `${page}#pullrequestreview-${id}`,
      pull_request_url: url,
      author_association: 'CONTRIBUTOR',
      _links: { html: { href: page }, pull_request: { href: url } },
      submitted_at: timestamp(),
      commit_id: sha,
    },
  };
}

/** GitHub: "pull_request_review_thread.line must be part of the diff", "… start_line must precede the end line." */
function placeProblems(
  pull: PullSpec,
  { path, line = 0, start_line: start = line, side, start_side }: Comment,
): string[] {
  const patch = pull.files.find((file) => file.path === path)?.patch;
  if (patch === undefined) return ['pull_request_review_thread.path is invalid'];
  if (side !== 'RIGHT' || (start_side ?? 'RIGHT') !== 'RIGHT') return ['the fake knows the right side only'];
  if (start_side !== undefined && start >= line) return ['start_line must precede the end line'];
  const hunks = [...patch.matchAll(/^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/gm)].map(([, first, count]) => ({
    first: Number(first),
    last: Number(first) + Number(count ?? 1) - 1,
  }));
  const inOne = hunks.some(({ first, last }) => start >= first && line <= last);
  return inOne ? [] : ['pull_request_review_thread.line must be part of the diff'];
}

/** `pulls/list-review-comments`. */
export function lineComments({ host, repository, parameters }: Call): readonly unknown[] {
  const number = Number(parameters.pull_number);
  const url = repositoryUrl(host, repository);
  const page = `${host.web}/${repository.owner}/${repository.name}/pull/${number}`;
  return repository.lineComments
    .filter(({ pull }) => pull === number)
    .map((comment: LineCommentSpec) => ({
      url: `${url}/pulls/comments/${comment.id}`,
      pull_request_review_id: comment.review,
      id: comment.id,
      node_id: nodeId('PRRC', comment.id),
      diff_hunk: '@@',
      path: comment.path,
      commit_id: comment.sha,
      original_commit_id: comment.sha,
      user: simpleUser(host, comment.author),
      body: comment.body,
      created_at: comment.createdAt,
      updated_at: comment.createdAt,
      html_url: `${page}#discussion_r${comment.id}`,
      pull_request_url: `${url}/pulls/${number}`,
      author_association: 'CONTRIBUTOR',
      _links: {
        self: { href: `${url}/pulls/comments/${comment.id}` },
        html: { href: `${page}#discussion_r${comment.id}` },
        pull_request: { href: `${url}/pulls/${number}` },
      },
      line: comment.line,
      start_line: comment.startLine ?? null,
      side: 'RIGHT',
    }));
}
