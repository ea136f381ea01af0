import { homedir } from 'node:os';
import { join } from 'node:path';
import { createLocalProvider } from '../branching/local.ts';
import type { Provider } from '../branching/provider.ts';
import { UserError } from '../errors.ts';
import type { Evidence } from '../evidence/schema.ts';
import { decideVerdict } from '../evidence/verdict.ts';
import type { Draft } from '../operations/draft.ts';
import { lintChange } from '../operations/lint.ts';
import { localServerDirectory } from '../operations/open-provider.ts';
import { schemaBaselineId } from '../operations/plan.ts';
import { rehearsePlan } from '../operations/rehearse.ts';
import { catalogOf, today } from '../operations/serve.ts';
import { findBinaries } from '../postgres/binaries.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { parseServerUrl } from '../postgres/url.ts';
import { applyMigrations } from '../rehearsal/apply.ts';
import { renderText } from '../report/text.ts';
import type { World } from '../runner/world.ts';
import { Secret } from '../secret.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import { type LocalChange, localChange } from './change.ts';
import type { Command, ExitCode } from './main.ts';
import { oneOf, postgresVersion, readArguments } from './options.ts';
import { createTerminalWorld } from './terminal-world.ts';

const HELP = `Usage: pullgres rehearse [options]

Applies your new migrations to a real Postgres and measures what they lock, rewrite and scan,
and for how long.

  pullgres rehearse --changed-since origin/main
      builds the schema of origin/main on a local throw-away server and applies what is new

  DATABASE_URL=postgres://… pullgres rehearse
      applies what is pending there and KEEPS it: hand over a copy, never production

  --database-url URL       instead of DATABASE_URL (a URL in the arguments is seen by ps; prefer the variable)
  --changed-since COMMIT   judge only what the working tree adds to it
  --migrations DIRECTORY   where the migrations stand (found when left out)
  --tool TOOL              auto, sql, dbmate or prisma
  --postgres VERSION       13 to 18: version of the local server
  --format FORMAT          text or json

Exit codes: 0 clean, 1 a migration failed or a finding fails the policy, 2 could not judge.
`;

const OPTIONS = {
  'database-url': { type: 'string' },
  'changed-since': { type: 'string' },
  migrations: { type: 'string' },
  tool: { type: 'string' },
  postgres: { type: 'string' },
  format: { type: 'string' },
} as const;

async function run(args: readonly string[]): Promise<ExitCode> {
  const { values, positionals } = readArguments(args, OPTIONS);
  if (positionals.length > 0) {
    throw new UserError(`rehearse takes no files, but was given ${positionals.join(' ')}.`, {
      hint: 'Say where the migrations stand with --migrations DIRECTORY.',
    });
  }
  const format = oneOf('format', values.format, ['text', 'json']) ?? 'text';
  const version = postgresVersion(values.postgres);
  const { world, dispose } = await createTerminalWorld({ verbose: false });
  try {
    const change = await localChange(world, {
      tool: values.tool,
      migrations: values.migrations,
      changedSince: values['changed-since'],
    });
    const url = values['database-url'] ?? world.environment.DATABASE_URL;
    const draft = url
      ? await rehearseOn(world, parseServerUrl(new Secret(url)), change)
      : await rehearseLocally(world, change, version);
    const evidence: Evidence = { ...draft, verdict: decideVerdict(draft) };
    process.stdout.write(format === 'json' ? `${JSON.stringify(evidence, undefined, 2)}\n` : text(evidence));
    return exitCode(evidence);
  } finally {
    await dispose();
  }
}

async function rehearseOn(world: World, facts: ConnectionFacts, change: LocalChange): Promise<Draft> {
  world.mask(facts.password);
  const { plan, loaded, draft } = change;
  const { catalog, version } = await catalogOf(facts);
  const lint = await lintChange({
    plan,
    loaded,
    version: version as PostgresVersion,
    catalog,
    today: today(world),
  });
  const rehearsal = await rehearsePlan(world, facts, { plan, policy: loaded.policy, lint });
  return { ...draft, lint, rehearsal };
}

/** The base schema on a throw-away server, which is gone afterwards whatever happens. */
async function rehearseLocally(
  world: World,
  change: LocalChange,
  version: PostgresVersion | undefined,
): Promise<Draft> {
  const binaries = await findBinaries({
    version: version ?? change.loaded.policy.postgres,
    cacheDirectory: join(homedir(), '.cache', 'pullgres'),
    onProgress: world.info,
  });
  const provider = await createLocalProvider({
    binaries,
    directory: localServerDirectory(world),
    now: world.now,
    onProgress: world.debug,
    signal: world.signal,
  });
  try {
    return await rehearseOn(world, await localBranch(world, provider, change), change);
  } finally {
    await provider.close();
    await provider.stop();
  }
}

async function localBranch(
  world: World,
  provider: Provider,
  { plan }: LocalChange,
): Promise<ConnectionFacts> {
  const now = world.now();
  const id = schemaBaselineId(plan, await provider.serverVersion());
  await provider.ensureBaseline({ id, kind: 'schema', createdAt: now.toISOString() }, async (facts) => {
    const { signal } = world;
    await applyMigrations({
      facts,
      migrations: plan.base,
      history: plan.tool.history,
      signal,
      onProgress: world.info,
    });
  });
  const { branch } = await provider.create({
    identity: { repositoryId: 0, subject: { kind: 'run', runId: '0', attempt: 1 } },
    baselineId: id,
    headSha: '',
    baseRef: '',
    expiresAt: new Date(now.getTime() + 86_400_000).toISOString(),
  });
  return provider.connect(branch);
}

function text(evidence: Evidence): string {
  return renderText(evidence, { color: process.stdout.isTTY === true && !process.env.NO_COLOR });
}

function exitCode({ verdict }: Evidence): ExitCode {
  if (verdict.conclusion === 'unproven') return 2;
  return verdict.conclusion === 'fail' ? 1 : 0;
}

export const rehearseCommand: Command = {
  summary: 'Apply new migrations to a real Postgres and measure what they lock.',
  help: HELP,
  run,
};
