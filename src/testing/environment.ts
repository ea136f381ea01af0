import type { ConnectionFacts } from '../postgres/facts.ts';
import { libpqEnvironment } from '../postgres/url.ts';

/** Names that the command must not see, and why. */
const WITHHELD: readonly { readonly names: RegExp; readonly why: string }[] = [
  {
    names: /^(INPUT|STATE|PULLGRES)_/i,
    why: 'this action’s own inputs, state and settings hold server URLs',
  },
  { names: /^ACTIONS_/, why: 'the runner’s tokens for the cache, artifacts and OIDC' },
  { names: /^(GITHUB|GH)_(.*_)?(TOKEN|PAT)$/, why: 'tokens for GitHub’s API' },
  {
    names: /^GITHUB_(OUTPUT|ENV|PATH|STATE|STEP_SUMMARY|ARTIFACTS)$/,
    why: 'this action’s command files: whoever writes them forges its verdict or its post step',
  },
  { names: /^PG[A-Z]/, why: 'a PGHOSTADDR or PGSERVICE of the job would lead to another database' },
];

/**
 * The environment of the team's command: the job's own with `DATABASE_URL` and libpq's `PG*` set to `facts`.
 * Left out are `INPUT_*`, `STATE_*`, `PULLGRES_*`, `ACTIONS_*`, every `GITHUB_…TOKEN` and `GH_…TOKEN` (also
 * `_PAT`), the runner's command files (`GITHUB_OUTPUT`, `GITHUB_ENV`, `GITHUB_PATH`, `GITHUB_STATE`,
 * `GITHUB_STEP_SUMMARY`, `GITHUB_ARTIFACTS`) and the job's own `PG*`.
 */
export function commandEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  facts: ConnectionFacts,
): Record<string, string> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !WITHHELD.some(({ names }) => names.test(entry[0])),
  );
  return { ...Object.fromEntries(kept), ...libpqEnvironment(facts) };
}
