import { relative, resolve } from 'node:path';
import type { Detection } from '../masking/detection/detection.ts';
import type { MaskPlan, PlanProblem } from '../masking/mask-plan.ts';
import { planMasks } from '../masking/plan.ts';
import type { MaskingProfile } from '../masking/profile/profile.ts';
import { weakenedRules } from '../masking/profile/weakened.ts';
import type { RefreshSource } from '../refresh/source.ts';
import { maskCheckJson, maskCheckText } from '../report/mask-check.ts';
import { MASK_JSON_VERSION, type MaskCheck } from '../report/mask-json-schema.ts';
import type { World } from '../runner/world.ts';
import { Secret } from '../secret.ts';
import { today } from './judged-by.ts';
import { resolveCommit } from './local-change.ts';
import { tablesWithRows, withMaskSource } from './mask-source.ts';
import { textProblems, triedOnRows } from './mask-trials.ts';
import { loadPolicy } from './policy.ts';
import { profileAtCommit } from './profile-change.ts';
import { detectClear, detectIn } from './refresh-plan.ts';
import { loadProfile } from './refresh-wish.ts';

export type MaskCheckWish = {
  readonly sourceUrl: string | undefined;
  /** The policy's `masking.profile` when left out. */
  readonly profile: string | undefined;
  /** A commit to compare with. */
  readonly base: string | undefined;
};

/**
 * Plans every column of the source as a refresh would, with what a sample of the rows tells, tries masks against CHECKs,
 * and reads the schema's text; no row goes anywhere.
 * @throws UserError when the profile is not understood, or there is no source.
 */
export async function maskCheck(world: World, wish: MaskCheckWish): Promise<MaskCheck> {
  const { path, profile } = await profileHere(world, wish.profile);
  const weakened = wish.base === undefined ? null : await comparedWith(world, wish.base, path, profile);
  return withMaskSource(world, wish.sourceUrl, async (source) => {
    const planned = await planOf(world, source, profile);
    const tried = 'plan' in planned ? await triedOnRows(world, source, planned.plan, maskKeyOf(world)) : [];
    const text = await textProblems(world, source, profile);
    return {
      version: MASK_JSON_VERSION,
      profile: path,
      source: source.description,
      ...judged(planned, [...tried, ...text.problems], text.notes),
      weakened,
    };
  });
}

/** The profile that is named, or the policy's. */
export async function profileHere(
  world: World,
  named: string | undefined,
): Promise<{ readonly path: string; readonly profile: MaskingProfile }> {
  const { policy } = await loadPolicy({ root: world.workspace, commit: undefined });
  const path = named ?? policy.masking.profile;
  return { path, profile: await loadProfile(world, path) };
}

type Planned = ReturnType<typeof planMasks>;

/**
 * As a refresh plans. Where the profile alone already lacks something, every table is sampled, so that the lines to paste
 * say what the columns hold.
 */
async function planOf(world: World, source: RefreshSource, profile: MaskingProfile): Promise<Planned> {
  const { schema } = source;
  const plan = (detections?: ReadonlyMap<string, readonly Detection[]>): Planned =>
    planMasks({ profile, schema, today: today(world), detections });
  const first = plan();
  world.info('Looking through a sample of the rows');
  return plan(
    'plan' in first
      ? await detectClear(world, source, first.plan)
      : await detectIn(world, source, tablesWithRows(source)),
  );
}

type Judged = Omit<MaskCheck, 'version' | 'profile' | 'source' | 'weakened'>;

function judged(planned: Planned, others: readonly PlanProblem[], notes: readonly string[]): Judged {
  const problems = [...('plan' in planned ? [] : planned.problems), ...others];
  const made = 'plan' in planned && problems.length === 0 ? cleanly(planned.plan) : withProblems(problems);
  return { ...made, notes: [...made.notes, ...notes] };
}

/** The keys are another's secret: a run without one tries under its own. */
function maskKeyOf(world: World): Secret | undefined {
  const given = world.environment.PULLGRES_MASK_KEY;
  if (!given) return undefined;
  const key = new Secret(given);
  world.mask(key);
  return key;
}

function withProblems(problems: readonly PlanProblem[]): Judged {
  const told = problems.map(({ where, what, remedy }) => ({ where, what, remedy }));
  return { conclusion: 'problems', problems: told, tables: null, columns: null, risks: [], notes: [] };
}

function cleanly({ tables, risks, notes }: MaskPlan): Judged {
  const all = [...tables.values()];
  const copied = all.filter(({ rows }) => rows === 'copy');
  const kinds = copied.flatMap(({ columns }) => columns.map(({ mask }) => mask.kind));
  const number = (wanted: string) => kinds.filter((kind) => kind === wanted).length;
  return {
    conclusion: 'clean',
    problems: [],
    tables: { copied: copied.length, empty: all.length - copied.length },
    columns: { masked: number('masked'), clear: number('clear'), computed: number('computed') },
    risks: risks.map(({ probability, ...risk }) => ({ ...risk, probability: probability ?? null })),
    notes: [...notes],
  };
}

async function comparedWith(
  world: World,
  reference: string,
  path: string,
  profile: MaskingProfile,
): Promise<NonNullable<MaskCheck['weakened']>> {
  const root = world.workspace;
  const base = await resolveCommit(root, reference, '--base');
  const before = await profileAtCommit(root, base, relative(root, resolve(root, path)));
  if (before.kind === 'none') return { base, rules: [], unknown: `it has no ${path}` };
  if (before.kind === 'unreadable') return { base, rules: [], unknown: before.reason };
  return { base, rules: [...weakenedRules(before.profile, profile)], unknown: null };
}

export const maskCheckAsText = maskCheckText;
export const maskCheckAsJson = maskCheckJson;
