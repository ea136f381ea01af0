import { UserError } from '../errors.ts';
import { durationMs } from '../policy/duration.ts';
import type { Policy } from '../policy/schema.ts';

/** What the workflow asks for; the policy answers where it is silent. */
export type TestWish = {
  readonly command?: string | undefined;
  readonly junit?: string | undefined;
  readonly shards?: number | undefined;
  /** From 1: this job is one leg of a matrix and runs this shard alone. */
  readonly shardIndex?: number | undefined;
  readonly oldCode?: boolean | undefined;
  readonly oldCodeSetup?: string | undefined;
};

export type TestOptions = {
  /** The team's own shell command. */
  readonly command: string;
  /** JUnit XML that the command writes, relative to the repository's root; `{shard}` in it stands for the index. */
  readonly junit: string | undefined;
  readonly timeoutMs: number;
  readonly shards: number;
  readonly shardIndex: number | undefined;
  /** Set when the running version's tests are wanted too; `setup` prepares its checkout. */
  readonly oldCode: { readonly setup: string | undefined } | undefined;
};

const PLACE = '{shard}';

/**
 * What the workflow asks for, else the policy.
 * @throws UserError when neither names a command, or when the shards asked for would get into each other's way.
 */
export function testOptions({ tests }: Policy, wish: TestWish): TestOptions {
  const command = wish.command ?? tests.command;
  if (command === undefined) {
    throw new UserError('There is no test command.', {
      hint: 'Give the input test-command, or tests.command in .github/pullgres.yml.',
    });
  }
  const options = {
    command,
    junit: wish.junit ?? tests.junit,
    timeoutMs: durationMs(tests.timeout),
    shards: wish.shards ?? tests.shards,
    shardIndex: wish.shardIndex,
    oldCode:
      (wish.oldCode ?? tests['old-code'])
        ? { setup: wish.oldCodeSetup ?? tests['old-code-setup'] }
        : undefined,
  };
  refuseClashes(options);
  return options;
}

function refuseClashes({ junit, shards, shardIndex }: TestOptions): void {
  if (shardIndex !== undefined && shardIndex > shards) {
    throw new UserError(`The shard ${shardIndex} is none of the ${shards} that there are.`, {
      hint: 'Give the input shards, or tests.shards in the policy, the number of the matrix’s legs.',
    });
  }
  if (shards === 1 || shardIndex !== undefined || junit === undefined || junit.includes(PLACE)) return;
  throw new UserError(`The ${shards} shards would all write the test report ${junit}.`, {
    hint: `Put ${PLACE} into its path, as in reports/${PLACE}.xml, and let the test command use PULLGRES_SHARD_INDEX there.`,
  });
}

/** The report of one shard. */
export function junitOf({ junit }: TestOptions, index: number): string | undefined {
  return junit?.replaceAll(PLACE, String(index));
}
