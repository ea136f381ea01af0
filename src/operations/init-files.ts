import { POLICY_PATH } from '../policy/schema.ts';
import type { Hints } from './init-look.ts';
import { WORKFLOW_PATH } from './init-notes.ts';

/** What `pullgres init` knows when it writes. */
export type InitFacts = Hints & {
  readonly migrations: { readonly tool: string; readonly directory: string } | undefined;
  /** A sentence on a migration that is not read, where there is one. */
  readonly unread?: string | undefined;
  /** Whether branches live on a server that the team owns. */
  readonly server: boolean;
};

export type InitFile = { readonly path: string; readonly text: string };

/** The files that a repository needs to begin, as text. What is not certain stands there as a comment. */
export function initFiles(facts: InitFacts): readonly InitFile[] {
  return [
    { path: WORKFLOW_PATH, text: workflow(facts) },
    { path: POLICY_PATH, text: policy(facts) },
    ...(facts.server ? [{ path: '.github/workflows/pullgres-sweep.yml', text: SWEEP }] : []),
  ];
}

function workflow({ server, tests }: InitFacts): string {
  const lines = testLines(tests, server).join('\n');
  const head = server ? `${EVENTS}${SERVER_EVENTS}` : `${EVENTS}${JOB_EVENTS}`;
  return server
    ? `${head}${SERVER_JOB}${STEPS}${SERVER_INPUTS}\n${lines}\n${TEARDOWN}`
    : `${head}${JOB}${STEPS}${lines}\n`;
}

const EVENTS = `# Each pull request gets its own branch of Postgres, and its migrations are linted and rehearsed there.
# To pin an action, write a commit in place of the tag: uses: pullgres/pullgres@<40 hex digits> # v1.2.3
name: Pullgres
on:
  # No \`paths:\` here: a required check that never starts stays pending. Without new migrations the job is quick.
  pull_request:
`;

const JOB_EVENTS = `    types: [opened, synchronize, reopened, ready_for_review, edited, closed]
  merge_group:
    types: [checks_requested]
permissions:
  contents: read # read the migrations and the policy of the base branch
  pull-requests: write # write the one comment
concurrency:
  group: pullgres-\${{ github.event.pull_request.number || github.sha }}
  cancel-in-progress: \${{ github.event.action != 'closed' }}
`;

/** As examples/own-server.yml: a conflicted pull request starts no `pull_request: closed`, and a waiting teardown may be replaced. */
const SERVER_EVENTS = `    types: [opened, synchronize, reopened, ready_for_review, edited]
  merge_group:
    types: [checks_requested]
  # The end of a pull request. This event runs the workflow of the default branch, so that a pull request that is old,
  # in conflict or has edited this file is cleaned up too. It may read secrets: never check out or run anything of the
  # pull request under it.
  pull_request_target:
    types: [closed]
permissions: {}
concurrency:
  group: pullgres-\${{ github.event.pull_request.number || github.sha }}
  # Every run takes its turn: without this line GitHub keeps one that waits and drops the one that waited before, and
  # that may be the teardown.
  queue: max
`;

const JOB = `jobs:
  pullgres:
    runs-on: ubuntu-latest
    timeout-minutes: 30
`;

const SERVER_JOB = `jobs:
  pullgres:
    if: github.event_name != 'pull_request_target'
    runs-on: ubuntu-latest
    timeout-minutes: 30
    permissions:
      contents: read # read the migrations and the policy of the base branch
      pull-requests: write # write the one comment
`;

const STEPS = `    steps:
      - uses: actions/checkout@v6
        with:
          persist-credentials: false
      # Steps that install what your tests need go here.
      - uses: pullgres/pullgres@v1
`;

const TEARDOWN = `  teardown:
    if: github.event_name == 'pull_request_target'
    runs-on: ubuntu-latest
    timeout-minutes: 30
    permissions:
      pull-requests: write # say in the comment that the branch is gone
    steps:
      - uses: pullgres/pullgres/actions/teardown@v1
        with:
          server-url: \${{ secrets.PULLGRES_SERVER_URL }}
`;

const SERVER_INPUTS = `        with:
          # The administrator's URL; \`pullgres doctor\` asks the server for all that branches need.
          server-url: \${{ secrets.PULLGRES_SERVER_URL }}
          # A published parent with production-like data. Left out, branches have the schema and no rows.
          # baseline: shop`;

function testLines(tests: InitFacts['tests'], server: boolean): readonly string[] {
  const command = scalar(tests?.command ?? 'npm test');
  const why = tests === undefined ? '' : ` (${tests.path} tells of this one)`;
  if (server) {
    return [`          # Your tests on the migrated branch${why}:`, `          # test-command: ${command}`];
  }
  return [
    `        # Your tests on the migrated branch${why}:`,
    '        # with:',
    `        #   test-command: ${command}`,
  ];
}

function policy(facts: InitFacts): string {
  return [
    '# yaml-language-server: $schema=https://raw.githubusercontent.com/pullgres/pullgres/v1/docs/policy.schema.json',
    '# What Pullgres demands of a pull request. It is read from the base branch: an edit counts after the merge.',
    '# Keys behind a # show the default. All of them: https://github.com/pullgres/pullgres/blob/v1/docs/policy.md',
    'version: 1',
    ...migrationLines(facts.migrations),
    ...versionLines(facts.versions),
    '# fail-on: error # error, warning or never: the weakest finding that fails the check',
    '# required: [lint, rehearsal] # what must be proved; a check that could not run does not pass',
    '# rules: {} # severity by rule, such as drop-column: error',
    '# exceptions: [] # accepted risks, each with rule, reason, owner and until',
    '# comment: changes # always, changes, problems or never',
    '# rehearsal:',
    '#   statement-timeout: 10m',
    '#   lock-timeout: 5s',
    '#   down: try # off, try or required',
    ...commandLines(facts),
    ...(facts.server ? ['# branch:', '#   idle-ttl: 72h', '#   absolute-ttl: 14d'] : []),
    '',
  ].join('\n');
}

function migrationLines(migrations: InitFacts['migrations']): readonly string[] {
  if (migrations === undefined) return ['# migrations:', '#   tool: auto', '#   directory: db/migrations'];
  return ['migrations:', `  tool: ${migrations.tool}`, `  directory: ${scalar(migrations.directory)}`];
}

function versionLines(versions: InitFacts['versions']): readonly string[] {
  const [first, ...others] = versions;
  if (first === undefined) return ["# postgres: 16 # production's major version"];
  if (others.length === 0)
    return [`postgres: ${first.version} # as in ${shown(first.path)}; write production's major version`];
  const all = versions.map(({ version, path }) => `${version} in ${shown(path)}`).join(', ');
  return [`# postgres: ${versions.at(-1)?.version} # several are named here (${all}); write production's`];
}

function commandLines({ command, migrations, unread }: InitFacts): readonly string[] {
  if (unread === undefined && (command === undefined || migrations !== undefined)) return [];
  const warning = [
    `#   # ${shown(unread ?? '')}`,
    '#   # A change of such migrations is unproven until their own command is named here:',
  ];
  return [
    ...(unread === undefined ? [] : warning),
    '#   # Migrations that are code are rehearsed by their own command. Its tools must be installed in the job.',
    `#   command: ${scalar(command?.command ?? 'npm run migrate')}`,
  ];
}

/** Paths are other people's text, and this is a comment: one line, no control characters. */
function shown(path: string): string {
  return path.replace(/\p{C}/gu, '?');
}

/** As YAML takes it: plain where that is safe, else in double quotes, whose escapes JSON shares. */
function scalar(text: string): string {
  return /^[A-Za-z_][\w./ @+-]*$/.test(text) && text === text.trim() ? text : JSON.stringify(text);
}

const SWEEP = `# Removes branches that a cancelled job, a crash or a lost event left on the server.
# The first sweep only shows its plan in the job summary; the next one carries its own out.
name: Pullgres sweep
on:
  schedule:
    - cron: '17 4 * * *'
  workflow_dispatch:
permissions:
  contents: read
  pull-requests: write # read is enough without comments
concurrency: pullgres-sweep
jobs:
  sweep:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    steps:
      - uses: pullgres/pullgres/actions/sweep@v1
        with:
          server-url: \${{ secrets.PULLGRES_SERVER_URL }}
`;
