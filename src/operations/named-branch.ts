import { UserError } from '../errors.ts';
import { durationMs } from '../policy/duration.ts';
import type { Policy } from '../policy/schema.ts';
import type { Secret } from '../secret.ts';

/** What the inputs say of a branch that is asked for by a name. */
export type NamedWish = {
  readonly name?: string | undefined;
  /** Milliseconds. */
  readonly ttl?: number | undefined;
  readonly 'server-url'?: Secret | undefined;
};

/** Throws UserError where the branch of this name could not outlive the job, or a life is asked for without a name. */
export function requireLasting({ name, ttl, 'server-url': serverUrl }: NamedWish): void {
  if (name === undefined && ttl !== undefined) {
    throw new UserError('The input `ttl` goes with `name`, and no name is given.', {
      hint: 'Branches of pull requests live for the policy’s branch.idle-ttl.',
    });
  }
  if (name === undefined || serverUrl !== undefined) return;
  throw new UserError(
    `The branch ${name} would die with this job: without server-url its server lives in the job.`,
    {
      hint: 'Give server-url, the admin URL of a Postgres server that you own, or leave `name` out.',
    },
  );
}

/** A life that would be cut in silence is refused. Throws UserError. */
export function requireLife({ ttl }: NamedWish, { branch }: Policy): void {
  const greatest = branch['absolute-ttl'];
  if (ttl === undefined || ttl <= durationMs(greatest)) return;
  throw new UserError(`The input \`ttl\` is beyond the greatest age of a branch, ${greatest}.`, {
    hint: `Give at most ${greatest}, or raise branch.absolute-ttl in .github/pullgres.yml.`,
  });
}
