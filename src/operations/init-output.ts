import { commandLine } from '../command-line.ts';
import type { Begun } from './init.ts';

/** What was written or would be, and what to do next; `program` gives a command of ours as it was called. */
export function initOutput(begun: Begun, program = commandLine): string {
  return [
    ...found(begun),
    '',
    ...begun.files.flatMap((file) => told(file, begun)),
    '',
    ...steps(begun, program),
    '',
  ].join('\n');
}

/** Whether a file that says something else was left as it is. */
export function leftAsItWas({ files, dryRun }: Begun): boolean {
  return !dryRun && files.some(({ standing, written }) => standing === 'other' && !written);
}

/** Whether migrations stand here that no check can prove as the files are written. */
export function leavesUnproven({ facts }: Begun): boolean {
  return facts.unread !== undefined;
}

function found({ facts, notes }: Begun): readonly string[] {
  const { migrations, versions, tests, command, unread } = facts;
  const version = versions.map((one) => `${one.version} (${one.path})`).join(', ');
  return [
    migrations
      ? `Found migrations of ${migrations.tool} in ${migrations.directory}.`
      : 'Found no migrations that Pullgres reads.',
    ...(version === '' ? [] : [`Found images of Postgres ${version}.`]),
    ...(tests ? [`Found tests: ${tests.command} (${tests.path}). They are suggested, not switched on.`] : []),
    ...(unread ? [`WARNING: ${unread}`, UNPROVEN] : []),
    ...notes.map((note) => `WARNING: ${note}`),
    ...(command && (unread || !migrations)
      ? [`${command.path} tells of migrations that are code: ${command.command} is suggested in the policy.`]
      : []),
  ];
}

const UNPROVEN =
  "A pull request with such migrations is unproven, and fails a required check, until rehearsal.command in .github/pullgres.yml names the tool's own command.";

const DOCS = 'https://github.com/pullgres/pullgres/blob/v1/docs';

function told(
  { path, text, standing, written }: Begun['files'][number],
  { dryRun }: Begun,
): readonly string[] {
  if (written) return [`${standing === 'other' ? 'replaced' : 'wrote'}    ${path}`];
  if (standing === 'same') return [`unchanged ${path}`];
  const why =
    standing === 'new'
      ? `would write ${path}:`
      : dryRun
        ? `${path} is there and says something else; with --force it would become:`
        : `kept      ${path}: it is there and says something else. With --force it would become:`;
  return [
    why,
    '',
    ...text
      .trimEnd()
      .split('\n')
      .map((line) => `    ${line}`.trimEnd()),
    '',
  ];
}

function steps({ facts, dryRun }: Begun, program: typeof commandLine): readonly string[] {
  const all = [
    ...(dryRun ? ['Run it again without --dry-run.'] : []),
    ...(facts.migrations && !facts.unread
      ? []
      : [
          facts.command || facts.unread
            ? 'Take the # away before rehearsal and command in .github/pullgres.yml and check the command, or nothing is rehearsed.'
            : `Name the tool and the folder in .github/pullgres.yml, or nothing is judged: ${DOCS}/migration-tools.md`,
        ]),
    ...(facts.server
      ? [
          'Store the administrator’s URL as a secret: gh secret set PULLGRES_SERVER_URL',
          `Ask the server what branches need: PULLGRES_SERVER_URL=… ${program('doctor')}`,
        ]
      : []),
    'Commit the files on a branch and open a pull request: the job runs on it at once.',
    `Once it was green, make the job "pullgres" a required check: ${DOCS}/required-checks.md`,
  ];
  return ['Next:', ...all.map((step, at) => `  ${at + 1}. ${step}`)];
}
