import type * as z from 'zod';
import { MARKS, type Mark } from '../operations/commit-mark.ts';
import type { ProviderOptions } from '../operations/open-provider.ts';
import type { ReportOptions } from '../operations/report.ts';
import type { ChangeWish } from '../operations/resolve-change.ts';
import { TOOL_NAMES } from '../operations/terminal-options.ts';
import type { TestWish } from '../operations/test-options.ts';
import { choice, flag, path, secret, shortName, text, wholeNumber } from '../runner/input-blocks.ts';
import { givenInputs, type InputsSchema, parseInputs, readInput } from '../runner/inputs.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';
import type { PostgresVersion } from '../sql/effect.ts';

const token =
  'Token for reading the pull request and writing the comment. Without write permission the comment is left out and the verdict stays.';
const server =
  'Admin URL of a Postgres server that you own (a secret; its role needs CREATEDB, CREATEROLE and CREATE on its database). Branches then live as long as the pull request. Left out: a server is started in this job.';

/** Every input of every action; an action's schema picks from these. The words are those of action.yml, and a test keeps them equal. */
export const fields = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the runner's own expression, as action.yml has it
  'github-token': secret({ default: '${{ github.token }}' }).describe(token),
  'server-url': secret().describe(server),
  baseline: text().describe(
    'Id of a published baseline on the server to branch from. Left out: the schema of the base branch is built from its migrations.',
  ),
  'postgres-version': choice(['13', '14', '15', '16', '17', '18']).describe(
    "Major version of the local server, 13 to 18. Left out: the policy's `postgres`, else what the runner has.",
  ),
  'postgres-directory': text().describe(
    'Folder with initdb, pg_ctl and postgres for the local server. Left out: found on the runner, else the pinned package is fetched.',
  ),
  'migration-tool': choice(TOOL_NAMES).describe(
    "Which tool the migrations belong to: auto, or a name from docs/migration-tools.md. Left out: the policy's `migrations.tool`.",
  ),
  'migrations-directory': path().describe(
    "Folder of the migrations, relative to the repository's root. Left out: found.",
  ),
  schema: path().describe(
    "The schema before the change, as `pg_dump --schema-only` or any DDL writes it, relative to the repository's root. Left out: the base branch's migrations tell.",
  ),
  sarif: path().describe(
    "Where the findings are written as SARIF 2.1.0, relative to the repository's root, for github/codeql-action/upload-sarif. Left out: nowhere.",
  ),
  'test-command': text().describe(
    "Shell command that runs your tests, with DATABASE_URL and PG* set to the branch. Left out: the policy's `tests.command`; none, no tests.",
  ),
  'test-junit': path().describe(
    "JUnit XML file that the test command writes, relative to the repository's root. It must be there, whole and hold tests. With shards, `{shard}` in it stands for the shard's index.",
  ),
  shards: wholeNumber({ min: 1, max: 64 }).describe(
    "Copies of the migrated branch on which the test command runs, as many at once as there are cores, each with PULLGRES_SHARD_INDEX and PULLGRES_SHARD_COUNT. Left out: the policy's `tests.shards`; 1 is the branch itself.",
  ),
  'shard-index': wholeNumber({ min: 1, max: 64 }).describe(
    'The one shard that this job runs, from 1, for the legs of a matrix. Left out: this job runs all shards.',
  ),
  'old-code': choice(['true', 'false']).describe(
    "true also runs the base commit's own tests on a copy of the migrated branch, which tells whether the running version survives the deploy. Left out: the policy's `tests.old-code`.",
  ),
  'old-code-setup': text().describe(
    "Shell command that prepares the base commit's checkout for its tests, such as npm ci. Left out: the policy's `tests.old-code-setup`; none, nothing is prepared.",
  ),
  reset: flag(false).describe(
    'Exactly true brings the branch back to its baseline even if it could be kept; what is on it is lost.',
  ),
  comment: choice(['always', 'changes', 'problems', 'never']).describe(
    "When to comment: always, changes, problems or never. Left out: the policy's `comment`.",
  ),
  'comment-key': shortName({ default: 'default' }).describe(
    'Tells several Pullgres comments on one pull request apart: lower-case letters, digits and hyphens.',
  ),
  status: choice(MARKS, { default: 'none' }).describe(
    "How the verdict is marked on the pull request's head, besides the job's own result: status (a commit status `pullgres`; needs `statuses: write`), check (a check run `Pullgres verdict` with annotations; needs `checks: write`) or none.",
  ),
  suggestions: flag(false).describe(
    'Exactly true offers mechanical fixes as suggested changes on the changed lines, in one review, each once, at most 10 a run.',
  ),
  evidence: path().describe(
    'Evidence file to report on, as another job wrote it. Left out: what the earlier steps of this job recorded.',
  ),
};

/** Where the branch is made, for the actions that may make one. */
export const serverFields = {
  'server-url': fields['server-url'],
  baseline: fields.baseline,
  'postgres-version': fields['postgres-version'],
  'postgres-directory': fields['postgres-directory'],
};

/** The team's own tests, and on what they run. */
export const testFields = {
  'test-command': fields['test-command'],
  'test-junit': fields['test-junit'],
  shards: fields.shards,
  'shard-index': fields['shard-index'],
  'old-code': fields['old-code'],
  'old-code-setup': fields['old-code-setup'],
};

/** Where a verdict is said besides the job's summary. */
export const reportFields = {
  comment: fields.comment,
  'comment-key': fields['comment-key'],
  status: fields.status,
  suggestions: fields.suggestions,
};

/** Which migrations are meant. */
export const changeFields = {
  'migration-tool': fields['migration-tool'],
  'migrations-directory': fields['migrations-directory'],
};

/**
 * This step's inputs, secrets masked before anything can print them.
 * @throws UserError that lists every problem at once.
 */
export function readInputs<Schema extends InputsSchema>(world: World, schema: Schema): z.output<Schema> {
  return parseInputs(schema, readInput, { given: givenInputs(world.environment), mask: world.mask });
}

type ServerInputs = {
  readonly 'server-url'?: Secret | undefined;
  readonly 'postgres-version'?: `${PostgresVersion}` | undefined;
  readonly 'postgres-directory'?: string | undefined;
};

export function serverOptions(given: ServerInputs): ProviderOptions {
  return {
    serverUrl: given['server-url'],
    postgresVersion: versionOf(given['postgres-version']),
    postgresDirectory: given['postgres-directory'],
  };
}

export function versionOf(given: `${PostgresVersion}` | undefined): PostgresVersion | undefined {
  return given === undefined ? undefined : (Number(given) as PostgresVersion);
}

type TestInputs = {
  readonly 'test-command'?: string | undefined;
  readonly 'test-junit'?: string | undefined;
  readonly shards?: number | undefined;
  readonly 'shard-index'?: number | undefined;
  readonly 'old-code'?: 'true' | 'false' | undefined;
  readonly 'old-code-setup'?: string | undefined;
};

export function testWish(given: TestInputs): TestWish {
  const oldCode = given['old-code'];
  return {
    command: given['test-command'],
    junit: given['test-junit'],
    shards: given.shards,
    shardIndex: given['shard-index'],
    oldCode: oldCode === undefined ? undefined : oldCode === 'true',
    oldCodeSetup: given['old-code-setup'],
  };
}

type ChangeInputs = {
  readonly 'migration-tool'?: ChangeWish['tool'];
  readonly 'migrations-directory'?: string | undefined;
};

export function changeWish(given: ChangeInputs): ChangeWish {
  return { tool: given['migration-tool'], directory: given['migrations-directory'] };
}

type ReportInputs = {
  readonly comment?: ReportOptions['comment'] | undefined;
  readonly 'comment-key': string;
  readonly status: Mark;
  readonly suggestions: boolean;
};

/** `comment` answers where the workflow is silent: the policy's. */
export function reportOptions(given: ReportInputs, comment: ReportOptions['comment']): ReportOptions {
  return {
    comment: given.comment ?? comment,
    key: given['comment-key'],
    mark: given.status,
    suggestions: given.suggestions,
  };
}
