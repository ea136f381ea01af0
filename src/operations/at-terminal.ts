import { homedir } from 'node:os';
import { join } from 'node:path';
import { createLocalProvider, type LocalProvider } from '../branching/local.ts';
import { UserError } from '../errors.ts';
import type { Evidence } from '../evidence/schema.ts';
import { decideVerdict } from '../evidence/verdict.ts';
import { findBinaries } from '../postgres/binaries.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { parseServerUrl } from '../postgres/url.ts';
import { applyMigrations } from '../rehearsal/apply.ts';
import { renderHtml } from '../report/html/page.ts';
import { rehearseJson } from '../report/rehearse-json.ts';
import { renderText } from '../report/text.ts';
import type { World } from '../runner/world.ts';
import { Secret } from '../secret.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import type { Draft } from './draft.ts';
import { today } from './judged-by.ts';
import { lintChange } from './lint.ts';
import { catalogOf } from './live-catalog.ts';
import { type LocalChange, localChange, localDraft } from './local-change.ts';
import { localServerDirectory } from './open-provider.ts';
import { historyOf, schemaBaselineId } from './plan.ts';
import { loadPolicy } from './policy.ts';
import { manifestAt } from './production.ts';
import { withoutRefuted } from './refute.ts';
import { type RehearseOptions, rehearsePlan } from './rehearse.ts';
import { type CommandOptions, migrationCommand, rehearseByCommand } from './rehearse-command.ts';
import { starredEvidence } from './starred-evidence.ts';
import { type TerminalOptions, versionOf } from './terminal-options.ts';

/** The whole evidence as text for a terminal. */
export function asText(evidence: Evidence, color: boolean): string {
  return renderText(evidence, { color });
}

/** The whole evidence as one HTML file. */
export function asHtml(evidence: Evidence): string {
  return renderHtml(evidence);
}

/** The rehearsal as its documented JSON (docs/rehearse.schema.json). */
export function asJson(evidence: Evidence): string {
  return rehearseJson(evidence);
}

/**
 * Applies the working tree's new migrations to the database of `url` and keeps them there, or, without a URL, to
 * the base schema on a server that is started for this and gone afterwards.
 * @throws UserError, ProviderError when the database cannot be had.
 */
export async function rehearseHere(
  world: World,
  url: string | undefined,
  options: TerminalOptions & {
    /** The team's own command, instead of the files. */
    readonly command?: string | undefined;
  },
): Promise<Evidence> {
  const loaded = await loadPolicy({ root: world.workspace, commit: undefined });
  const command = options.command ?? migrationCommand(loaded);
  const production = await namedManifest(world, options);
  if (command !== undefined) return conclude(await commandHere(world, url, { loaded, command, production }));
  const local = await localChange(world, options);
  historyOf(local.plan);
  const change = { ...local, production };
  const draft = url
    ? await rehearseOn(world, parseServerUrl(new Secret(url)), change)
    : await rehearseOnThrowAway(world, change, versionOf(options));
  return conclude(draft);
}

function conclude(draft: Draft): Evidence {
  return starredEvidence({ ...draft, verdict: decideVerdict(draft) });
}

type Rehearsed = LocalChange & Pick<RehearseOptions, 'production'>;

async function namedManifest(world: World, { production }: TerminalOptions) {
  return production === undefined ? undefined : manifestAt(world.workspace, production);
}

/** Runs the command on the database of `url`, which keeps what it does. */
async function commandHere(
  world: World,
  url: string | undefined,
  given: Pick<CommandOptions, 'loaded' | 'command' | 'production'>,
): Promise<Draft> {
  if (!url) {
    throw new UserError('A command is rehearsed on a database, and none is named.', {
      hint: 'Set DATABASE_URL to a copy of production: the command is given a way to it that is watched. What it does there stays.',
    });
  }
  const facts = parseServerUrl(new Secret(url));
  world.mask(facts.password);
  const { catalog, version: serverVersion } = await catalogOf(facts);
  const version = serverVersion as PostgresVersion;
  const options = { ...given, catalog, version, serverVersion };
  const { loaded } = given;
  const { lint, rehearsal } = await rehearseByCommand(world, facts, options);
  return { ...localDraft(world, loaded), lint: withoutRefuted(lint, rehearsal, loaded), rehearsal };
}

async function rehearseOn(world: World, facts: ConnectionFacts, change: Rehearsed): Promise<Draft> {
  world.mask(facts.password);
  const { plan, loaded, draft, production } = change;
  const { catalog, version } = await catalogOf(facts);
  const judgedAs = version as PostgresVersion;
  const lint = await lintChange({ plan, loaded, version: judgedAs, catalog, today: today(world) });
  const judged = { plan, loaded, lint, catalog, serverVersion: version, production };
  const rehearsal = await rehearsePlan(world, facts, judged);
  return { ...draft, lint: withoutRefuted(lint, rehearsal, loaded), rehearsal };
}

async function rehearseOnThrowAway(
  world: World,
  change: Rehearsed,
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
  provider: LocalProvider,
  { plan }: LocalChange,
): Promise<ConnectionFacts> {
  const { signal, info: onProgress } = world;
  const now = world.now();
  const id = schemaBaselineId(plan, await provider.serverVersion());
  const history = historyOf(plan);
  await provider.ensureBaseline({ id, kind: 'schema', createdAt: now.toISOString() }, (facts) =>
    applyMigrations({ facts, migrations: plan.base, history, signal, onProgress }),
  );
  const { branch } = await provider.create({
    identity: { repositoryId: 0, subject: { kind: 'run', runId: '0', attempt: 1 } },
    baselineId: id,
    headSha: '',
    baseRef: '',
    expiresAt: new Date(now.getTime() + 86_400_000).toISOString(),
  });
  return provider.connect(branch);
}
