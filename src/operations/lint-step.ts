import type { Evidence } from '../evidence/schema.ts';
import { workingTree } from '../migrations/file-tree.ts';
import { renderAnnotations } from '../report/annotations.ts';
import type { World } from '../runner/world.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import type { Begun } from './begin.ts';
import { saveDraft } from './draft.ts';
import { lintWithout, withUnread } from './judge.ts';
import { today } from './judged-by.ts';
import { lintChange } from './lint.ts';
import { readSchema } from './lint-schema.ts';
import { writeSarif } from './sarif-file.ts';

export type LintStepOptions = {
  readonly version: PostgresVersion | undefined;
  /** A dump of the schema before the change; without it the base migrations tell. Relative to the workspace. */
  readonly schema: string | undefined;
  /** Where SARIF goes, relative to the workspace. */
  readonly sarif: string | undefined;
};

/** Lints without a database, records it in the job's evidence and annotates the changed files. */
export async function lintStep(
  world: World,
  { loaded, plan, draft, unread }: Begun,
  options: LintStepOptions,
): Promise<Evidence> {
  const versions = { asked: options.version, policy: loaded.policy.postgres };
  const file = options.schema === undefined ? undefined : schemaFile(world, options.schema);
  const { catalog, version } = await readSchema(world, { file, databaseUrl: undefined }, versions);
  const lint = plan
    ? withUnread(await lintChange({ plan, loaded, version, catalog, today: today(world) }), unread)
    : lintWithout(unread);
  const evidence = await saveDraft(world, { ...draft, lint });
  if (options.sarif !== undefined) {
    const migrations = plan?.added ?? [];
    await writeSarif(world, options.sarif, lint, { migrations, failOn: loaded.facts.failOn });
  }
  for (const annotation of renderAnnotations(evidence)) world.annotate(annotation);
  return evidence;
}

/** Read without following links: the pull request chose what stands there. */
function schemaFile(world: World, path: string) {
  return { path, read: () => workingTree(world.workspace).read(path) };
}
