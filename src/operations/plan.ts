import { createHash } from 'node:crypto';
import { UserError } from '../errors.ts';
import type { MigrationsRecord } from '../evidence/schema.ts';
import { compareMigrations } from '../migrations/compare.ts';
import { type Duplicate, duplicates, refuseDuplicates } from '../migrations/duplicates.ts';
import { listedOnce, workingTree } from '../migrations/file-tree.ts';
import { gitTree } from '../migrations/git.ts';
import { legibleTree } from '../migrations/legible.ts';
import type { FileTree, History, Migration, MigrationTool, Refusal } from '../migrations/migration.ts';
import { type Detected, detectTool } from '../migrations/registry.ts';
import type { Policy } from '../policy/schema.ts';
import type { SqlProblem } from '../sql/statement.ts';
import { type ProfileChange, readProfileChange } from './profile-change.ts';

/** The repository's migrations at the base commit and now, and what the change adds to them. */
export type MigrationPlan = {
  readonly tool: MigrationTool;
  readonly directory: string;
  readonly base: readonly Migration[];
  /** The base's commit, where it is known. */
  readonly baseCommit?: string | undefined;
  readonly added: readonly Migration[];
  /** Every migration as the repository stands now; left out where no files are read. */
  readonly now?: readonly Migration[] | undefined;
  /** Merged ones that the tool would not take and the change leaves alone; only where the list is lenient. */
  readonly unread?: readonly Migration[] | undefined;
  /** Those of `added` that stand before a migration of the base. */
  readonly outOfOrder: readonly Migration[];
  /** Versions that more than one migration has, as the repository stands now. */
  readonly duplicates: readonly Duplicate[];
  /** Why the migrations can be judged and not rehearsed; not looked for where the plan is for judging alone. */
  readonly obstacle?: Refusal | undefined;
  /** The masking profile before and after the change, where the repository has one. */
  readonly masking?: ProfileChange | undefined;
  readonly record: MigrationsRecord;
};

export type PlanOptions = {
  readonly root: string;
  /** The commit against which "new" is judged; undefined judges every migration as new. */
  readonly baseCommit: string | undefined;
  readonly tool: Policy['migrations']['tool'];
  readonly directory: string | undefined;
  /** For judging alone: files that are not UTF-8 are read as far as they can be, and noted here by path; what the tool would refuse in a file is told in its migration. */
  readonly unlike?: Map<string, SqlProblem> | undefined;
  /** Where the masking profile stands. */
  readonly maskingProfile?: string | undefined;
};

/**
 * Lists the migrations of the base commit and of the working tree and compares them. Undefined when the
 * repository has none.
 * @throws UserError for what the tool itself would refuse, such as a file that is not UTF-8.
 */
export async function planMigrations(options: PlanOptions): Promise<MigrationPlan | undefined> {
  const { unlike } = options;
  const lenient = (tree: FileTree, notes: typeof unlike) => (notes ? legibleTree(tree, notes) : tree);
  const head = lenient(listedOnce(workingTree(options.root)), unlike);
  const baseTree = options.baseCommit
    ? lenient(listedOnce(gitTree(options.root, options.baseCommit)), unlike && new Map())
    : undefined;
  const wanted = { tool: options.tool, directory: options.directory };
  const before = baseTree && (await detectBefore(baseTree, wanted));
  const found = (await detectTool(head, wanted)) ?? before;
  if (!found) return undefined;
  if (before) refuseMove(before, found);
  const { tool, directory } = found;
  const lenience = unlike && 'lenient';
  const base = baseTree ? await tool.list(baseTree, directory, lenience) : [];
  const now = await tool.list(head, directory, lenience);
  const { added, edited, deleted, outOfOrder } = compareMigrations(base, now);
  const altered = [
    ...edited.map(({ path }) => ({ file: path, change: 'edited' as const })),
    ...deleted.map(({ path }) => ({ file: path, change: 'deleted' as const })),
  ];
  const record = {
    tool: tool.name,
    directory,
    added: paths(added),
    altered,
    base: base.length,
  };
  const unread = now.filter((migration) => migration.refusal && !added.includes(migration));
  return {
    tool,
    directory,
    base,
    baseCommit: options.baseCommit,
    added,
    now,
    unread,
    outOfOrder,
    duplicates: duplicates(now, tool),
    masking: await readProfileChange(options.root, options.baseCommit, options.maskingProfile),
    obstacle: unlike ? undefined : await tool.obstacle?.(head, directory),
    record,
  };
}

/** One file may hold several migrations. */
function paths(migrations: readonly Migration[]): readonly string[] {
  return [...new Set(migrations.map(({ path }) => path))];
}

/**
 * The table in which the tool notes what was applied, which every rehearsal needs.
 * @throws UserError for a tool that can only be linted, for a folder of which a rehearsal would leave something out, and
 * for two migrations with one version.
 */
export function historyOf(plan: Pick<MigrationPlan, 'tool' | 'duplicates' | 'obstacle'>): History {
  const { tool, duplicates, obstacle } = plan;
  refuseDuplicates(duplicates);
  if (obstacle) throw new UserError(obstacle.message, { hint: obstacle.hint });
  if (tool.history) return tool.history;
  throw new UserError(`Pullgres lints ${tool.name} migrations and cannot rehearse them yet.`, {
    hint: 'Use actions/lint or `pullgres lint`, and in the policy set required: [lint], so that the missing rehearsal is not asked for.',
  });
}

/**
 * A moved folder or another tool would make every merged migration look new, and so every table empty: nothing in it
 * could be judged.
 */
function refuseMove(before: Detected, now: Detected): void {
  if (before.directory === now.directory && before.tool.name === now.tool.name) return;
  const [from, to] = [before, now].map(({ tool, directory }) => `${directory} (${tool.name})`);
  throw new UserError(
    `The migrations move from ${from} to ${to}, so what is new among them cannot be judged.`,
    {
      hint: 'Move the merged migrations in a change of their own, without new ones, that a maintainer merges knowingly.',
    },
  );
}

/** Migrations that the change takes away altogether. A folder that waits for its first one need not have been there before. */
async function detectBefore(tree: FileTree, wanted: Parameters<typeof detectTool>[1]) {
  const { directory } = wanted;
  if (directory !== undefined && (await tree.list(directory)).length === 0) return undefined;
  return detectTool(tree, wanted);
}

/** Names the schema that a list of migrations makes: same list, same tool, same server version, same id. */
export function schemaBaselineId(plan: MigrationPlan, serverVersion: number): string {
  const hash = createHash('sha256').update(`${plan.tool.name}\0${serverVersion}\0`);
  for (const { version, checksum } of plan.base) hash.update(`${version}\0${checksum}\0`);
  return `schema_${hash.digest('hex').slice(0, 20)}`;
}
