import { fstatSync } from 'node:fs';
import { UserError } from '../errors.ts';
import { type LintHereOptions, lintHere } from '../operations/lint-here.ts';
import { LINT_FORMATS } from '../operations/lint-output.ts';
import { readLimited } from '../operations/read-limited.ts';
import { CODE_TOOL_NAMES, TOOL_NAMES } from '../operations/terminal-options.ts';
import { Secret } from '../secret.ts';
import type { Command, ExitCode } from './command.ts';
import {
  changeOptions,
  FINDING_SEVERITIES,
  oneOf,
  RULE_SEVERITIES,
  readArguments,
  terminalStyle,
  toolList,
} from './options.ts';
import { keepHeapSmall } from './small-heap.ts';
import { inTerminal, writeOut } from './terminal-world.ts';

const HELP = `Usage: pullgres lint [options] [PATH ...]

Finds the statements of your migrations that would lock, rewrite or scan a table in use, and says
what that does to the running application and what to write instead. Needs no database. What every
statement locks, also without a finding, is in --format json.

  pullgres lint                                 every migration of this repository
  pullgres lint --changed-since origin/main     only what this branch adds
  pullgres lint db/migrations/0042_index.sql    these files, as one change to an unknown schema
  pullgres lint --schema schema.sql 0042.sql    … to this schema
  cat 0042.sql | pullgres lint -                standard input

A folder is that of a migration tool, or stands for the .sql files below it, in the order of their
names (node_modules and names that begin with a dot left out). A file is read as the tool of --tool
reads it, else as the one whose mark or name it bears (docs/migration-tools.md); any other as psql -f
runs it, each statement by itself: \\set is obeyed, the rows of COPY … FROM stdin are passed over, and
\\i is not followed, which is said. What cannot be read is told of, and everything beside it is judged
all the same.

Which migrations
  --changed-since REF      judge only what the working tree adds to it; the rest is the schema
  --migrations DIRECTORY   where the migrations stand (found when left out)
  --tool TOOL              ${toolList(TOOL_NAMES)};
                           of these only the SQL, from files or standard input, as they would send it:
                           ${toolList(CODE_TOOL_NAMES)}
  --define NAME=VALUE      a value for :NAME, :'NAME', :"NAME" (as psql -v), \${NAME} and {{ NAME }}; may
                           be given again
  --each                   each file is a change of its own, merged before the next: what would have
                           been found on the way, where otherwise all tables of the change are new

The schema before the change
  --schema FILE            what pg_dump --schema-only wrote, or any DDL
  --database-url URL       a live database, only read (ps shows a URL in the arguments …)
  --database-url-env NAME  … so it may come from this environment variable
  --postgres VERSION       13 to 18; default the policy's, else the schema's, else 18

What is shown, and what fails
  --severity SEVERITY      error, warning or notice: the weakest finding that is shown, and that fails.
                           Left out: all are shown, and the policy's fail-on decides (default error)
  --rule NAME=SEVERITY     error, warning, notice or off, over the policy's; may be given again
  --format FORMAT          text, json (docs/lint.schema.json), sarif (2.1.0), github (annotations)
  --color WHEN             auto, always or never

Accepting a finding: \`-- pullgres:allow RULE reason="why" owner=WHO until=2027-01-31\` before the statement or
behind it on its line, \`pullgres:allow-file\` for the whole file, or \`exceptions\` in the policy.

A statement that is *not seen* (dynamic SQL, unknown code) is counted and shown, and does not fail by itself: the
rehearsal sees what it does. Exit codes: 0 clean, 1 a finding of the failing severity, 2 something could not be judged.
\`pullgres explain RULE\` prints a rule's page.
`;

const OPTIONS = {
  'changed-since': { type: 'string' },
  migrations: { type: 'string' },
  tool: { type: 'string' },
  each: { type: 'boolean' },
  schema: { type: 'string' },
  'database-url': { type: 'string' },
  'database-url-env': { type: 'string' },
  postgres: { type: 'string' },
  severity: { type: 'string' },
  rule: { type: 'string', multiple: true },
  define: { type: 'string', multiple: true },
  format: { type: 'string' },
  color: { type: 'string' },
} as const;

const EXIT_CODES = { clean: 0, findings: 1, 'could not judge': 2 } as const satisfies Record<
  string,
  ExitCode
>;

async function run(args: readonly string[]): Promise<ExitCode> {
  keepHeapSmall();
  const { values, positionals } = readArguments(args, OPTIONS);
  const options: LintHereOptions = {
    ...changeOptions(values),
    paths: positionals,
    schema: values.schema,
    databaseUrl: databaseUrl(values),
    severity: oneOf('severity', values.severity, FINDING_SEVERITIES),
    rules: ruleSeverities(values.rule ?? []),
    apart: values.each ?? false,
    variables: definitions(values.define ?? []),
    readStandardInput: standardInput,
  };
  const format = oneOf('format', values.format, LINT_FORMATS) ?? 'text';
  // Late, so that only this format loads the actions' toolkit.
  const annotate =
    format === 'github' ? (await import('../runner/annotations.ts')).annotationPrinter() : () => {};
  const output = { format, ...terminalStyle(values.color), write: writeOut, annotate };
  return EXIT_CODES[await inTerminal((world) => lintHere(world, options, output))];
}

function databaseUrl(values: {
  readonly 'database-url'?: string | undefined;
  readonly 'database-url-env'?: string | undefined;
}): Secret | undefined {
  const { 'database-url': url, 'database-url-env': name } = values;
  if (name === undefined) return url === undefined ? undefined : new Secret(url);
  if (url !== undefined) {
    throw new UserError('The database is named twice.', {
      hint: 'Give --database-url or --database-url-env, not both.',
    });
  }
  const value = process.env[name];
  if (value !== undefined && value !== '') return new Secret(value);
  throw new UserError(`The environment variable ${name} is not set.`, {
    hint: 'Name the one that holds the URL of the database.',
  });
}

function ruleSeverities(given: readonly string[]): LintHereOptions['rules'] {
  return Object.fromEntries(
    given.map((text) => {
      const [, name, severity] = /^([^=]+)=(.*)$/.exec(text) ?? [];
      if (name === undefined || severity === undefined) {
        throw new UserError(`--rule does not take ${JSON.stringify(text)}.`, {
          hint: 'Write it as --rule drop-column=off.',
        });
      }
      return [name, oneOf(`rule ${name}`, severity, RULE_SEVERITIES) ?? 'off'];
    }),
  );
}

/** A folder as standard input would read as if it were empty. */
async function standardInput(): Promise<Buffer> {
  if (fstatSync(process.stdin.fd).isDirectory())
    throw new UserError('Standard input is a folder.', { hint: 'Name the folder instead of -.' });
  return readLimited(process.stdin, 'standard input');
}

function definitions(given: readonly string[]): LintHereOptions['variables'] {
  return new Map(
    given.map((text): [string, string] => {
      const [, name, value] = /^([\w.:-]+)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined) {
        throw new UserError(`--define does not take ${JSON.stringify(text)}.`, {
          hint: 'Write it as --define schema=app: a name of letters, digits, _ . : -, and its value.',
        });
      }
      return [name, value];
    }),
  );
}

export const lintCommand: Command = {
  help: HELP,
  run,
};
