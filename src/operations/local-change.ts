import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { UserError } from '../errors.ts';
import { EVIDENCE_VERSION } from '../evidence/schema.ts';
import { findBase } from '../migrations/base.ts';
import type { ToolName } from '../migrations/registry.ts';
import { type AnyToolName, isCodeTool, transactionModels } from '../migrations/transaction-models.ts';
import type { World } from '../runner/world.ts';
import type { SqlProblem } from '../sql/statement.ts';
import { version } from '../version.ts';
import type { Draft } from './draft.ts';
import { codeHint } from './lint-sources.ts';
import { type MigrationPlan, planMigrations } from './plan.ts';
import { type LoadedPolicy, loadPolicy } from './policy.ts';
import { migrationCommand } from './rehearse-command.ts';
import { unreadChange } from './unread-change.ts';

const run = promisify(execFile);

export type ChangeOptions = {
  readonly tool: AnyToolName | 'auto' | undefined;
  readonly migrations: string | undefined;
  readonly changedSince: string | undefined;
};

export type LocalChange = {
  readonly plan: MigrationPlan;
  readonly loaded: LoadedPolicy;
  readonly draft: Draft;
};

/**
 * The migrations that this working tree adds to `changedSince`; without it, every migration is judged as new.
 * The policy is the working tree's own: the person at the terminal is trusted.
 * @throws UserError when there are no migrations, their tool keeps them as code, or the commit is unknown.
 */
export async function localChange(
  world: World,
  options: ChangeOptions,
  unlike?: Map<string, SqlProblem>,
): Promise<LocalChange> {
  const root = world.workspace;
  const loaded = await loadPolicy({ root, commit: undefined });
  const baseCommit = options.changedSince ? await mergeBase(world, options.changedSince) : undefined;
  const tool = readable(options.tool ?? loaded.policy.migrations.tool);
  const directory = options.migrations ?? loaded.policy.migrations.directory;
  const maskingProfile = loaded.policy.masking.profile;
  const plan = await planMigrations({ root, baseCommit, tool, directory, unlike, maskingProfile });
  if (!plan) {
    throw new UserError('There are no migrations here.', {
      hint: 'Run this at the root of the repository, or say where they stand with --migrations DIRECTORY.',
    });
  }
  if (baseCommit && plan.added.length === 0)
    await refuseUnread({ root, baseCommit, directory }, plan, loaded);
  return { plan, loaded, draft: { ...localDraft(world, loaded, baseCommit), migrations: plan.record } };
}

/** A change of nothing but migrations that are not read is not one without migrations. */
async function refuseUnread(
  place: Parameters<typeof unreadChange>[0],
  plan: MigrationPlan,
  loaded: LoadedPolicy,
): Promise<void> {
  if (migrationCommand(loaded) !== undefined) return;
  const unread = await unreadChange(place, plan);
  if (unread) throw new UserError(unread.message, { hint: unread.hint });
}

/** A tool whose files are read. */
function readable(tool: AnyToolName | 'auto'): ToolName | 'auto' {
  if (tool === 'auto' || !isCodeTool(tool)) return tool;
  throw new UserError(`Pullgres does not read the migrations of ${transactionModels[tool].title}.`, {
    hint: `\`pullgres rehearse --command 'COMMAND'\` runs your own command and watches what it sends. ${codeHint(tool)}`,
  });
}

async function mergeBase(world: World, reference: string): Promise<string> {
  const root = world.workspace;
  const commit = await resolveCommit(root, reference);
  return findBase({
    root,
    headSha: await resolveCommit(root, 'HEAD'),
    eventBaseSha: commit,
    pullRequest: false,
    serverUrl: 'https://github.com',
    onProgress: world.debug,
  });
}

/** The full hash of a commit. Throws UserError for one that git does not know; `option` is how it was named. */
export async function resolveCommit(
  root: string,
  reference: string,
  option = '--changed-since',
): Promise<string> {
  const args = ['rev-parse', '--verify', '--quiet', '--end-of-options', `${reference}^{commit}`];
  try {
    return (await run('git', args, { cwd: root })).stdout.trim();
  } catch (cause) {
    const { code } = cause as { code?: unknown };
    if (code === 'ENOENT')
      throw new UserError('git is not installed here.', { hint: withoutGit(option), cause });
    // Git's own number for "not a git repository", and for one that it does not trust.
    if (code === 128)
      throw new UserError(`git does not work here: ${gitWords(cause)}`, { hint: withoutGit(option), cause });
    throw new UserError(`git knows no commit ${JSON.stringify(reference)} here.`, {
      hint: `Name a branch, tag or commit: ${option} origin/main.`,
      cause,
    });
  }
}

function withoutGit(option: string): string {
  const files = option === '--changed-since' ? 'name the files to judge' : 'run it';
  return `Run this inside the repository, or ${files} without ${option}.`;
}

function gitWords(cause: unknown): string {
  const { stderr } = cause as { stderr?: unknown };
  const [line = ''] = String(stderr ?? '')
    .trim()
    .split('\n');
  return `${line.replace(/^fatal: /, '').slice(0, 300)}.`;
}

/** The evidence of a run at a terminal, before anything is known. */
export function localDraft(world: World, loaded: LoadedPolicy, baseCommit?: string): Draft {
  const now = world.now().toISOString();
  return {
    version: EVIDENCE_VERSION,
    tool: { name: 'pullgres', version },
    run: { id: '0', attempt: 1, startedAt: now, finishedAt: now },
    subject: { kind: 'manual', repository: 'local', repositoryId: 0, headSha: '', baseSha: baseCommit ?? '' },
    policy: loaded.facts,
  };
}
