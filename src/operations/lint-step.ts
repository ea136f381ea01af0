import type { Evidence } from '../evidence/schema.ts';
import { renderAnnotations } from '../report/annotations.ts';
import type { World } from '../runner/world.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import type { Begun } from './begin.ts';
import { saveDraft } from './draft.ts';
import { noMigrationsLint } from './judge.ts';
import { NEWEST, today } from './judged-by.ts';
import { lintChange } from './lint.ts';

/** Lints without a database, records it in the job's evidence and annotates the changed files. */
export async function lintStep(
  world: World,
  { loaded, plan, draft }: Begun,
  wanted: PostgresVersion | undefined,
): Promise<Evidence> {
  const version = wanted ?? loaded.policy.postgres ?? NEWEST;
  const lint = plan
    ? await lintChange({ plan, loaded, version, catalog: undefined, today: today(world) })
    : noMigrationsLint;
  const evidence = await saveDraft(world, { ...draft, lint });
  for (const annotation of renderAnnotations(evidence)) world.annotate(annotation);
  return evidence;
}
