import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '../errors.ts';
import type { Migration } from '../migrations/migration.ts';
import type { LintSummary } from '../report/linted.ts';
import { type Finding, SEVERITIES, type Severity } from '../rules/rule.ts';
import type { World } from '../runner/world.ts';
import { type Catalog, EMPTY_CATALOG } from '../sql/catalog.ts';
import type { Variables } from '../sql/meta-arguments.ts';
import { loadParser } from '../sql/parse.ts';
import { readScript } from '../sql/script.ts';
import type { SqlProblem } from '../sql/statement.ts';
import { duplicateFindings, historyFindings, weighed } from './history-findings.ts';
import { today } from './judged-by.ts';
import { replay } from './lint.ts';
import { type LintOutput, reporterOf } from './lint-output.ts';
import { readSchema, type SchemaSource } from './lint-schema.ts';
import { listedItems, namedSources } from './lint-sources.ts';
import { type StreamRequest, streamLint } from './lint-stream.ts';
import { type ChangeOptions, localChange } from './local-change.ts';
import { maskingFindings } from './masking-findings.ts';
import type { MigrationPlan } from './plan.ts';
import { type LoadedPolicy, loadPolicy } from './policy.ts';
import { checkRegularPath } from './regular-file.ts';
import { versionOf } from './terminal-options.ts';

export type LintHereOptions = ChangeOptions & {
  /** Files, folders, `-` for standard input; empty means the repository's migrations. */
  readonly paths: readonly string[];
  readonly postgres: string | undefined;
  /** A dump or any DDL, relative to the workspace. */
  readonly schema: string | undefined;
  readonly databaseUrl: SchemaSource['databaseUrl'];
  /** The weakest finding that is shown, and that fails; without it all are shown and the policy says what fails. */
  readonly severity: Severity | undefined;
  /** Over the policy's. */
  readonly rules: Readonly<Record<string, 'off' | Severity>>;
  /** Each file is a change of its own, merged before the next. */
  readonly apart: boolean;
  /** Values of psql's variables and of placeholders, by name. */
  readonly variables: Variables;
  readonly readStandardInput: () => Promise<Buffer>;
};

/**
 * Lints named files and folders as one change, or what the working tree's migrations add, and writes the result as it
 * comes. A file that cannot be judged is told of in the result.
 * @throws UserError, ProviderError for what cannot be read or reached; nothing has been written then.
 */
export async function lintHere(
  world: World,
  options: LintHereOptions,
  output: LintOutput,
): Promise<LintSummary['conclusion']> {
  const asked = await withFolder(world, options);
  const change =
    asked.paths.length > 0 ? await namedChange(world, asked) : await repositoryChange(world, asked);
  const { loaded } = change;
  const asPolicy = { asked: versionOf(options), policy: loaded.policy.postgres };
  const { catalog, version } = await readSchema(world, schemaSource(world, options), asPolicy);
  const reporter = await reporterOf(output, { postgres: version });
  const failOn = options.severity ?? loaded.facts.failOn;
  let head = reporter.begin();
  const before = catalog ?? (await change.schema());
  const masking = (await change.masking?.(before)) ?? [];
  const summary = await streamLint(
    {
      ...change,
      history: [...change.history, ...masking],
      catalog: before,
      version,
      severities: { ...loaded.policy.rules, ...options.rules },
      smallTable: loaded.policy['small-table'],
      apart: options.apart,
      variables: options.variables,
      today: today(world),
      weakest: options.severity ?? SEVERITIES[0],
      failOn,
      signal: world.signal,
    },
    async (file) => {
      const text = head + reporter.file(file);
      head = '';
      if (text !== '') await output.write(text);
    },
  );
  await output.write(head + reporter.end(summary));
  return summary.conclusion;
}

function schemaSource(world: World, { schema, databaseUrl }: LintHereOptions): SchemaSource {
  const read = async () => {
    const full = resolve(world.workspace, schema ?? '');
    await checkRegularPath(full, schema ?? '');
    return readFile(full);
  };
  return { file: schema === undefined ? undefined : { path: schema, read }, databaseUrl };
}

type Change = Pick<StreamRequest, 'items' | 'history'> & {
  readonly loaded: LoadedPolicy;
  /** The schema before it, as far as the migrations themselves tell. */
  readonly schema: () => Promise<Catalog>;
  /** What the masking profile lacks, given that schema; only of a repository's change. */
  readonly masking?: (before: Catalog) => Promise<readonly Finding[]>;
};

async function namedChange(world: World, options: LintHereOptions): Promise<Change> {
  const { paths, tool, readStandardInput } = options;
  const loaded = await loadPolicy({ root: world.workspace, commit: undefined });
  const wish = { root: world.workspace, paths, tool: tool ?? 'auto', readStandardInput };
  const { items, duplicates } = await namedSources(wish);
  const { policy } = asAsked(loaded, options);
  const history = weighed(duplicateFindings(duplicates), policy);
  return { loaded, items, history, schema: async () => EMPTY_CATALOG };
}

async function repositoryChange(world: World, options: LintHereOptions): Promise<Change> {
  const unlike = new Map<string, SqlProblem>();
  const { plan, loaded } = await localChange(world, options, unlike);
  // A schema that is given holds what they made.
  const isKnown = options.schema !== undefined || options.databaseUrl !== undefined;
  const unread = isKnown ? [] : (plan.unread ?? []);
  return {
    loaded,
    items: listedItems([...unread.map(merged), ...plan.added], plan.tool.name, unlike),
    history: historyFindings(plan, asAsked(loaded, options)),
    masking: (before) => maskingOf(plan, before, world, options, asAsked(loaded, options)),
    schema: async () => {
      await loadParser();
      return replay(plan.base, options.variables);
    },
  };
}

/** The files are judged one by one as they are read, so what they make together is looked at before. */
async function maskingOf(
  { masking: change, added }: MigrationPlan,
  before: Catalog,
  world: World,
  { variables }: LintHereOptions,
  policy: Pick<LoadedPolicy, 'policy'>,
): Promise<readonly Finding[]> {
  if (change === undefined) return [];
  await loadParser();
  const statements = added.flatMap(
    ({ text, path, up: range }) => readScript(text, path, { range, variables }).statements,
  );
  return maskingFindings({ change, before, statements, today: today(world) }, policy);
}

/** What is merged is not edited any more, whatever its tool says of it. */
function merged(migration: Migration): Migration {
  const { refusal } = migration;
  return { ...migration, refusal: refusal && { ...refusal, hint: MERGED } };
}

const MERGED =
  'It is merged, so leave it as it stands. What it makes is not known here: give the schema before the change with --schema or --database-url.';

/** The policy with what `--rule` says over it. */
function asAsked(loaded: LoadedPolicy, { rules }: LintHereOptions): Pick<LoadedPolicy, 'policy'> {
  return { policy: { ...loaded.policy, rules: { ...loaded.policy.rules, ...rules } } };
}

/** One folder beside --changed-since is the folder of the migrations. */
async function withFolder(world: World, options: LintHereOptions): Promise<LintHereOptions> {
  const { paths, changedSince, migrations } = options;
  if (paths.length === 0) return options;
  if (migrations !== undefined) {
    throw new UserError('--migrations and paths were both given.', {
      hint: 'Name the folder of the migrations one way.',
    });
  }
  if (changedSince === undefined) return options;
  const [path = ''] = paths;
  const facts = await stat(resolve(world.workspace, path)).catch(() => undefined);
  if (paths.length === 1 && facts?.isDirectory()) return { ...options, paths: [], migrations: path };
  throw new UserError('--changed-since compares a folder of migrations, not single files.', {
    hint: 'Name that folder, or leave the paths out.',
  });
}
