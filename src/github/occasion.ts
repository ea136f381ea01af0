import * as z from 'zod';
import { UserError } from '../errors.ts';
import type { Environment, Repository } from './event.ts';
import type { Run } from './run.ts';

/** Events that happen to a repository as a whole: nobody outside can cause them, and no commit is asked about. */
const OCCASIONS: readonly string[] = ['schedule', 'workflow_dispatch', 'repository_dispatch'];

/**
 * The repository that a scheduled run, or one by hand, works for. From the runner's variables, since the payload of
 * `schedule` promises nothing (docs: "Events that trigger workflows", schedule). Throws UserError for another event.
 */
export function readOccasion(name: string, environment: Environment): Repository {
  if (!OCCASIONS.includes(name)) {
    throw new UserError(
      'A sweep works for the whole repository, so it runs on a schedule or by hand, not on this event.',
      { hint: "Put `schedule: [{ cron: '17 * * * *' }]` and `workflow_dispatch:` into `on:`." },
    );
  }
  const [, owner, repository] = /^([\w.-]+)\/([\w.-]+)$/.exec(environment.GITHUB_REPOSITORY ?? '') ?? [];
  const id = /^[1-9]\d{0,14}$/.exec(environment.GITHUB_REPOSITORY_ID ?? '')?.[0];
  if (owner === undefined || repository === undefined || id === undefined) {
    throw new UserError('GITHUB_REPOSITORY or GITHUB_REPOSITORY_ID is not set to a repository.', {
      hint: 'Inside a GitHub Actions job the runner sets them.',
    });
  }
  return { id: Number(id), owner, name: repository };
}

const withDefaultBranch = z.object({ repository: z.object({ default_branch: z.string().min(1) }) });

/**
 * Passes where the checkout is of the default branch, whose files were reviewed. `schedule` and `repository_dispatch`
 * always run there (docs: "Events that trigger workflows").
 * @throws UserError for any other event, and for a run by hand on another branch.
 */
export function requireReviewed({ eventName, payload }: Run, { GITHUB_REF: ref }: Environment): void {
  if (eventName === 'schedule' || eventName === 'repository_dispatch') return;
  if (eventName !== 'workflow_dispatch') {
    throw new UserError(`A refresh does not run on \`${eventName}\`.`, {
      hint: 'Policy and profile would be those of a change that nobody reviewed. Run it on `schedule` or `workflow_dispatch`.',
    });
  }
  const known = withDefaultBranch.safeParse(payload);
  const branch = known.success ? known.data.repository.default_branch : undefined;
  if (branch !== undefined && ref === `refs/heads/${branch}`) return;
  throw new UserError('A refresh runs on the default branch alone.', {
    hint: `What is masked is decided by reviewed files. Run the workflow on ${branch ?? 'that branch'}.`,
  });
}
