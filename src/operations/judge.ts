import type { Provider } from '../branching/provider.ts';
import type { LintRecord } from '../evidence/schema.ts';
import type { Refusal } from '../migrations/migration.ts';
import type { World } from '../runner/world.ts';
import { withoutSizes } from '../sql/catalog-edit.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import type { OpenBranch } from './branch.ts';
import { type Draft, saveDraft } from './draft.ts';
import { NEWEST, today } from './judged-by.ts';
import { lintChange } from './lint.ts';
import { catalogOf } from './live-catalog.ts';
import type { MigrationPlan } from './plan.ts';
import type { LoadedPolicy } from './policy.ts';
import { withoutRefuted } from './refute.ts';
import { rehearseChange, unproven } from './rehearse.ts';
import { migrationCommand, rehearseByCommand } from './rehearse-command.ts';

/** A change and what is recorded of it so far. */
export type Judgeable = {
  readonly draft: Draft;
  readonly plan: MigrationPlan | undefined;
  readonly loaded: LoadedPolicy;
  /** A migration of this change that is not read, and that no command of the policy runs. */
  readonly unread: Refusal | undefined;
};

/** Lints against the branch's own schema, then rehearses; each is saved as soon as it is known. */
export async function judgeMigrations(
  world: World,
  provider: Provider,
  open: OpenBranch,
  { draft, plan, loaded, unread }: Judgeable,
): Promise<Draft> {
  const command = migrationCommand(loaded);
  if (command !== undefined) return judgeCommand(world, provider, open, { draft, loaded, command });
  if (!plan) return withoutMigrations(draft, unread);
  const { policy } = loaded;
  const { catalog: shown, version } = await before(open);
  // Only masked production data is as large as production's; an empty table of a schema baseline says nothing of it.
  const catalog = open.record.baseline.kind === 'masked' ? shown : withoutSizes(shown);
  const judgedAs = policy.postgres ?? (version as PostgresVersion);
  const lint = await lintChange({ plan, loaded, version: judgedAs, catalog, today: today(world) });
  await saveDraft(world, { ...draft, lint });
  const rehearsal = await world.group('Rehearsal', () =>
    rehearseChange(world, provider, open, { plan, loaded, lint, catalog, serverVersion: version }),
  );
  const rehearsed = { ...draft, lint: withoutRefuted(lint, rehearsal, loaded), rehearsal };
  await saveDraft(world, rehearsed);
  return rehearsed;
}

/** The command says what there is to judge, so it runs first; always on the baseline itself. */
async function judgeCommand(
  world: World,
  provider: Provider,
  open: OpenBranch,
  { draft, loaded, command }: Pick<Judgeable, 'draft' | 'loaded'> & { readonly command: string },
): Promise<Draft> {
  const branch = open.earlier
    ? (await provider.reset(open.branch, open.branch.labels.baselineId)).branch
    : open.branch;
  const { catalog: shown, version: serverVersion } = await catalogOf(open.facts);
  const catalog = open.record.baseline.kind === 'masked' ? shown : withoutSizes(shown);
  const version = loaded.policy.postgres ?? (serverVersion as PostgresVersion);
  await provider.touch(branch);
  const options = { command, loaded, catalog, serverVersion, version };
  const { lint, rehearsal } = await rehearseByCommand(world, open.facts, options);
  const rehearsed = { ...draft, lint: withoutRefuted(lint, rehearsal, loaded), rehearsal };
  await saveDraft(world, rehearsed);
  return rehearsed;
}

/** The schema before the change: of a branch that an earlier push migrated, as that push found it. */
async function before({ facts, earlier, record }: OpenBranch) {
  return earlier ? { catalog: earlier.catalog, version: record.postgresVersion } : catalogOf(facts);
}

/** What can be said without a database: what the text predicts. */
export async function judgeText(world: World, { draft, plan, loaded, unread }: Judgeable): Promise<Draft> {
  if (migrationCommand(loaded) !== undefined) return unknownStatements(draft);
  if (!plan) return withoutMigrations(draft, unread);
  const version = loaded.policy.postgres ?? NEWEST;
  const lint = await lintChange({ plan, loaded, version, catalog: undefined, today: today(world) });
  return {
    ...draft,
    lint: withUnread(lint, unread),
    rehearsal: unread
      ? unproven(refusalWords(unread))
      : { status: 'passed', reason: 'no new migrations', migrations: [], findings: [] },
  };
}

const NO_MIGRATIONS = 'the repository has no migrations';

const nothingLinted = {
  postgresVersion: NEWEST,
  files: [],
  statements: [],
  findings: [],
  accepted: [],
  problems: [],
} as const satisfies Omit<LintRecord, 'status'>;

const noMigrationsLint: LintRecord = { ...nothingLinted, status: 'passed', reason: NO_MIGRATIONS };

/** The lint of a repository without migrations that are read: proved only when the change has none that are not. */
export function lintWithout(unread: Refusal | undefined): LintRecord {
  return withUnread(noMigrationsLint, unread);
}

/** What was judged stands; that it passed does not, when a migration beside it was not read. */
export function withUnread(lint: LintRecord, unread: Refusal | undefined): LintRecord {
  if (unread === undefined || lint.status !== 'passed') return lint;
  return { ...lint, status: 'unproven', reason: refusalWords(unread) };
}

function refusalWords({ message, hint }: Refusal): string {
  return `${message} ${hint}`;
}

function withoutMigrations(draft: Draft, unread: Refusal | undefined): Draft {
  if (unread) return { ...draft, lint: lintWithout(unread), rehearsal: unproven(refusalWords(unread)) };
  const rehearsal = { status: 'passed' as const, reason: NO_MIGRATIONS, migrations: [], findings: [] };
  return { ...draft, lint: noMigrationsLint, rehearsal };
}

/** Without a database nobody knows what a command would send. */
function unknownStatements(draft: Draft): Draft {
  const reason = 'what the migration command sends is known only when it runs on a branch';
  return { ...draft, lint: { ...nothingLinted, status: 'unproven', reason }, rehearsal: unproven(reason) };
}

/** The migrations themselves are not what their tool would take: that is the change's failure. */
export function refused(draft: Draft, reason: string): Draft {
  return {
    ...draft,
    lint: { ...nothingLinted, status: 'failed', reason },
    rehearsal: unproven('the migrations could not be read'),
  };
}
