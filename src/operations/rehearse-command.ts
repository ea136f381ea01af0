import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { LintRecord, RehearsalRecord } from '../evidence/schema.ts';
import type { Migration, MigrationTool } from '../migrations/migration.ts';
import { durationMs } from '../policy/duration.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { commandName, rehearseCommand } from '../rehearsal/recorded/rehearse-command.ts';
import { readSizes } from '../rehearsal/sizes.ts';
import type { LintSource } from '../rules/context.ts';
import type { World } from '../runner/world.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import { runCommand } from '../testing/run-command.ts';
import { limitsOf } from './beside.ts';
import { throughProxy } from './command-environment.ts';
import { today } from './judged-by.ts';
import { lintChange } from './lint.ts';
import type { MigrationPlan } from './plan.ts';
import type { LoadedPolicy } from './policy.ts';
import { loadManifest, ratesOf } from './production.ts';
import { rehearsalRecord } from './rehearsal-record.ts';
import type { RehearseOptions } from './rehearse.ts';

export type CommandOptions = Pick<RehearseOptions, 'loaded' | 'catalog' | 'serverVersion' | 'production'> & {
  /** The team's own shell command. */
  readonly command: string;
  /** The version by which the rules judge. */
  readonly version: PostgresVersion;
};

export type CommandRecords = { readonly lint: LintRecord; readonly rehearsal: RehearsalRecord };

/** What the command sent is judged as migrations are; no file is read for it. */
const COMMAND_TOOL: MigrationTool = {
  name: 'command',
  detect: async () => [],
  list: async () => [],
  read: () => ({ up: { startByte: 0, endByte: 0 }, down: undefined, transaction: 'none' }),
};

/**
 * Runs the team's command on the database, which keeps what it did; watches what it sends and judges that by the rules.
 * The statements are kept as `command.sql` in the run's temporary folder.
 * @throws UserError, ProviderError when the database cannot be watched at all; the signal's reason.
 */
export async function rehearseByCommand(
  world: World,
  facts: ConnectionFacts,
  options: CommandOptions,
): Promise<CommandRecords> {
  const { command, loaded, catalog, version, serverVersion } = options;
  const { workspace: directory, signal, info: onProgress } = world;
  const run = (proxy: ConnectionFacts) => {
    world.mask(proxy.password);
    return world.group(`Migrations: ${command}`, () =>
      runCommand({
        command,
        directory,
        environment: throughProxy(world.environment, facts, proxy),
        facts: proxy,
        timeoutMs: durationMs(loaded.policy.rehearsal['command-timeout']),
        signal,
        onLine: onProgress,
      }),
    );
  };
  const manifest = options.production ?? (await loadManifest(directory, loaded));
  const production = { manifest, sizes: await readSizes(facts), rates: ratesOf(manifest, catalog) };
  const result = await rehearseCommand({
    facts,
    command,
    limits: limitsOf(loaded),
    signal,
    onProgress,
    run,
  });
  await keepText(world, result.text);
  const plan = planOf(commandName(command), result.sources);
  const judging = { plan, loaded, version, catalog, today: today(world), ownSessions: true };
  const linted = await lintChange(judging);
  const lint = withProblems(linted, result.sources);
  const judged = { plan, loaded, lint, catalog, serverVersion };
  const compared = { result: { ...result, contention: NOT_PROBED }, findings: [], mustReset: false };
  return { lint, rehearsal: await rehearsalRecord(judged, compared, production, today(world)) };
}

/** Which tables it touches is known only when it has. */
const NOT_PROBED = {
  status: 'off' as const,
  reason: 'what a command touches is known only when it has run, so nobody was probed beside it',
  tables: [],
};

async function keepText({ temporary }: World, text: string): Promise<void> {
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  await writeFile(join(temporary, 'command.sql'), text, { mode: 0o600 });
}

/** Each session's part is judged as a migration that its tool sends statement by statement. */
function planOf(name: string, sources: readonly LintSource[]): MigrationPlan {
  const added = sources.map(
    ({ file, text, up, transaction }, at): Migration => ({
      version: String(at + 1),
      name: file,
      path: file,
      text,
      up,
      down: undefined,
      transaction,
      checksum: createHash('sha256').update(text).digest('hex'),
    }),
  );
  return {
    tool: COMMAND_TOOL,
    directory: '',
    base: [],
    added,
    outOfOrder: [],
    duplicates: [],
    record: { tool: COMMAND_TOOL.name, directory: '', added: [name], altered: [], base: 0 },
  };
}

/** What the server took and the grammar does not read was not judged. */
function withProblems(lint: LintRecord, sources: readonly LintSource[]): LintRecord {
  const problems = [...sources.flatMap(({ problem }) => problem ?? []), ...lint.problems];
  return problems.length === 0 ? lint : { ...lint, status: 'failed', problems };
}

/** The command that the policy names for migrations that are code. */
export function migrationCommand({ policy }: LoadedPolicy): string | undefined {
  return policy.rehearsal.command;
}
