const TYPES = 'types: [opened, synchronize, reopened, ready_for_review, edited, closed]';

/** Why an event is refused, where there is more to say than that it is not served. */
const reasons: Readonly<Record<string, string>> = {
  pull_request_target:
    'Pullgres refuses pull_request_target, because it would run code from the pull request beside the secrets of the repository',
  issue_comment: 'A comment (issue_comment) names no commit to test',
  workflow_run: 'A workflow_run names no pull request that can be trusted',
  schedule: 'A schedule has no migrations to judge',
};

const remedies: Readonly<Record<string, string>> = {
  pull_request: `put \`pull_request: { ${TYPES} }\` into \`on:\``,
  merge_group: 'put `merge_group: { types: [checks_requested] }` into `on:`',
  push: 'put `push: { branches: [main] }` into `on:`, with the names of your branches',
};

/** One sentence about an event that Pullgres does not serve, with what to put into `on:`. */
export function unsupportedEvent(name: string): string {
  const reason = Object.hasOwn(reasons, name) ? reasons[name] : undefined;
  return `${reason ?? `Pullgres does not serve the event ${quoted(name)}`}; ${remedies.pull_request}.`;
}

/** One sentence about an action of a served event, for instance `labeled`. */
export function unsupportedAction(event: 'pull_request' | 'merge_group', action: string): string {
  return `Pullgres has nothing to do when a ${event} is ${quoted(action)}; ${remedies[event]}.`;
}

/** One sentence when a push is not to an existing branch, else nothing. */
export function unsupportedPush(ref: string, deleted: boolean): string | undefined {
  if (deleted) return `The push deleted ${quoted(ref)}, so there is nothing to test; ${remedies.push}.`;
  if (!ref.startsWith('refs/heads/')) {
    return `The push was to ${quoted(ref)}, which is not a branch; ${remedies.push}.`;
  }
  return undefined;
}

/** Names come from outside: on one line, short, and without control characters. */
function quoted(text: string): string {
  const plain = text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');
  return `"${plain.length > 100 ? `${plain.slice(0, 99)}…` : plain}"`;
}
