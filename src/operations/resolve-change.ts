import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../errors.ts';
import { ensureCommit, findBase } from '../migrations/base.ts';
import type { Refusal } from '../migrations/migration.ts';
import { POLICY_PATH, type Policy } from '../policy/schema.ts';
import type { World } from '../runner/world.ts';
import { reasonOf } from './expected.ts';
import { type MigrationPlan, planMigrations } from './plan.ts';
import { type LoadedPolicy, loadPolicy, policyFromText } from './policy.ts';
import { migrationCommand } from './rehearse-command.ts';
import type { Setting } from './setting.ts';
import { unreadChange } from './unread-change.ts';

export type Change = {
  readonly loaded: LoadedPolicy;
  readonly plan: MigrationPlan | undefined;
  /** The commit against which "new" is judged; undefined where there is none. */
  readonly baseCommit: string | undefined;
  /** Why the migrations of this change cannot be read, as their tool would refuse them too. */
  readonly refusal: string | undefined;
  /** A migration of this change that is not read, and that no command of the policy runs. */
  readonly unread: Refusal | undefined;
};

/** What the workflow asks for; the policy answers where it is silent. */
export type ChangeWish = {
  readonly tool: Policy['migrations']['tool'] | undefined;
  readonly directory: string | undefined;
};

const NO_COMMIT = /^0*$/;

/**
 * The policy in force and the migrations that the change adds.
 * @throws UserError when the repository is not checked out, the base commit cannot be had, or the policy is wrong.
 */
export async function resolveChange(world: World, setting: Setting, wish: ChangeWish): Promise<Change> {
  const baseCommit = await baseCommitOf(world, setting);
  const loaded = await loadPolicy({ root: world.workspace, commit: await policyCommitOf(world, setting) });
  try {
    const options = {
      root: world.workspace,
      baseCommit,
      tool: wish.tool ?? loaded.policy.migrations.tool,
      directory: wish.directory ?? loaded.policy.migrations.directory,
      maskingProfile: loaded.policy.masking.profile,
    };
    const plan = await planMigrations(options);
    const isCovered = migrationCommand(loaded) !== undefined;
    const unread = isCovered ? undefined : await unreadChange(options, plan);
    const whole = plan && unread ? { ...plan, obstacle: unread } : plan;
    return { loaded, plan: whole, baseCommit, refusal: undefined, unread };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { loaded, plan: undefined, baseCommit, refusal: reasonOf(error), unread: undefined };
  }
}

/** The policy alone, for a report: evidence may come from another job, with no checkout in this one. */
export async function reportPolicy(world: World, setting: Setting): Promise<LoadedPolicy> {
  if (!existsSync(join(world.workspace, '.git'))) {
    const text = await setting.github?.readFile(POLICY_PATH, setting.subject.baseSha);
    return policyFromText(text, { commit: setting.subject.baseSha, editedHere: false });
  }
  return loadPolicy({ root: world.workspace, commit: await policyCommitOf(world, setting) });
}

function gitAccess(world: World, setting: Setting) {
  return {
    root: world.workspace,
    token: setting.token,
    serverUrl: world.environment.GITHUB_SERVER_URL ?? 'https://github.com',
    onProgress: world.debug,
  };
}

/** A first push of a branch and a manual run have no base: every migration is judged as new, from an empty schema. */
async function baseCommitOf(world: World, setting: Setting): Promise<string | undefined> {
  const { baseSha, headSha, kind } = setting.subject;
  if (NO_COMMIT.test(baseSha)) return undefined;
  const pullRequest = kind === 'pull-request';
  const mergeSha = world.environment.GITHUB_SHA;
  return findBase({ ...gitAccess(world, setting), headSha, eventBaseSha: baseSha, pullRequest, mergeSha });
}

/** What a change writes into the policy must not judge that same change, so it is the base branch's. */
async function policyCommitOf(world: World, setting: Setting): Promise<string | undefined> {
  const { baseSha, kind } = setting.subject;
  if (kind !== 'pull-request' && kind !== 'merge-group') return undefined;
  return ensureCommit(gitAccess(world, setting), baseSha);
}
