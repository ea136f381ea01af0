import { UserError } from '../errors.ts';
import type { Refusal } from '../migrations/migration.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';
import { type Draft, openDraft } from './draft.ts';
import type { MigrationPlan } from './plan.ts';
import type { LoadedPolicy } from './policy.ts';
import { type ChangeWish, resolveChange } from './resolve-change.ts';
import { readSetting, type Setting } from './setting.ts';

export type Begun = {
  readonly setting: Setting;
  readonly loaded: LoadedPolicy;
  readonly plan: MigrationPlan | undefined;
  readonly baseCommit: string | undefined;
  readonly draft: Draft;
  /** A migration of this change that is not read, and that no command of the policy runs. */
  readonly unread: Refusal | undefined;
};

/**
 * What every single-purpose action starts with: the event, the policy, the change, the job's evidence so far.
 * @throws UserError for an event that cannot be served or migrations that cannot be read.
 */
export async function begin(
  world: World,
  token: Secret | undefined,
  wish: ChangeWish & { readonly name?: string | undefined },
): Promise<Begun> {
  const setting = await readSetting(world, { token, name: wish.name });
  const { event } = setting;
  if (event.kind === 'pull-request' && event.action === 'closed') {
    throw new UserError('The pull request is closed, so there is nothing to do on its branch.', {
      hint: 'Use actions/teardown for the event `closed`, and leave this step to the others.',
    });
  }
  const { loaded, plan, baseCommit, refusal, unread } = await resolveChange(world, setting, wish);
  if (refusal) throw new UserError(refusal);
  const draft = await openDraft(world, setting, loaded.facts);
  return { setting, loaded, plan, baseCommit, unread, draft: { ...draft, migrations: plan?.record } };
}
