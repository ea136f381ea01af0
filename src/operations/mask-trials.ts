import { randomBytes } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { Scrubbed } from '../masking/ddl/ddl-statement.ts';
import { scrubSections } from '../masking/ddl/scrub.ts';
import { findPersonal } from '../masking/detection/find-personal.ts';
import { maskKeys } from '../masking/keys.ts';
import type { MaskPlan, PlanProblem } from '../masking/mask-plan.ts';
import type { MaskingProfile } from '../masking/profile/profile.ts';
import type { RefreshSource } from '../refresh/source.ts';
import { openSourceSession } from '../refresh/source-session.ts';
import { triedDomains, tryChecks } from '../refresh/try-checks.ts';
import type { World } from '../runner/world.ts';
import { Secret } from '../secret.ts';

/** Tries the plan's masks on rows of the source, under the run's key or, where it has none, one of its own. */
export async function triedOnRows(
  world: World,
  source: RefreshSource,
  plan: MaskPlan,
  given: Secret | undefined,
): Promise<readonly PlanProblem[]> {
  world.info('Trying masks against CHECKs on a sample of the rows');
  const key = given ?? new Secret(randomBytes(32).toString('base64url'));
  const session = await openSourceSession(source, maskKeys(key, triedDomains(plan)), world.signal);
  try {
    return await tryChecks(session, plan);
  } finally {
    await session.close();
  }
}

/** The schema's text without what is personal, and what of it stands in the way. Throws UserError where there is no pg_dump. */
export async function scrubbedText(
  world: World,
  source: RefreshSource,
  profile: MaskingProfile,
): Promise<Scrubbed> {
  world.info('Reading the schema');
  return scrubSections(await source.sections(), {
    detect: findPersonal,
    keepComments: false,
    allow: allowedTexts(profile, world.now()),
  });
}

/** What a refresh would refuse of the schema's text; a note instead where nobody could read it. */
export async function textProblems(
  world: World,
  source: RefreshSource,
  profile: MaskingProfile,
): Promise<{ readonly problems: readonly PlanProblem[]; readonly notes: readonly string[] }> {
  try {
    return { problems: (await scrubbedText(world, source, profile)).problems, notes: [] };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const why = [error.message, error.hint].filter((part) => part !== undefined).join(' ');
    return { problems: [], notes: [`The schema’s text was not looked through, as a refresh does: ${why}`] };
  }
}

/** What a person has looked at, for as long as the entry says. */
function allowedTexts({ texts }: MaskingProfile, now: Date): ReadonlyMap<string, string> {
  const today = now.toISOString().slice(0, 10);
  return new Map(texts.filter(({ until }) => until > today).map(({ object, reason }) => [object, reason]));
}
