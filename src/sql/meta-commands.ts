/**
 * What a psql meta-command does to the judgement of the statements beside it (psql's documentation, Meta-Commands).
 * - `nothing`: it only shows or formats.
 * - `sends`: it sends the statement before it, as a semicolon does.
 * - `sends unseen`: so it does, and what comes of it cannot be known.
 * - `sets`, `unsets`: a variable.
 * - `unseen`: something is done, or not done, that cannot be known.
 */
export type MetaCommand = {
  readonly does: 'nothing' | 'sends' | 'sends unseen' | 'sets' | 'unsets' | 'unseen';
  /** What is not judged, when something is not. */
  readonly message: string;
  readonly hint: string;
};

const QUIET: MetaCommand = { does: 'nothing', message: '', hint: '' };
const SENDS: MetaCommand = { ...QUIET, does: 'sends' };

function unseen(message: string, hint: string, does: MetaCommand['does'] = 'unseen'): MetaCommand {
  return { does, message, hint };
}

const CONNECT = unseen(
  'the statements behind it run in another database; they are judged as if to this one’s schema',
  'Put them in a file of their own, and judge that against its own --schema.',
);
const INCLUDE = unseen(
  'the file that it runs is not followed, so what that does is neither judged nor known from here on',
  'Name that file as well, at its place among the others: pullgres lint FIRST.sql INCLUDED.sql.',
);
const BRANCH = unseen(
  'which branch runs is not known, so the statements of all branches are judged, one after the other',
  'Judge each case as a file of its own, or write the condition into a DO block.',
);
const ENVIRONMENT = unseen(
  'what the variable does to the connections and programs behind it is not judged',
  'Set it before psql starts.',
);
/** A program runs. */
export const SHELL = unseen('what the shell does is not judged', 'Run programs outside the migration.');

const COMMANDS: Readonly<Record<string, MetaCommand>> = {
  ...named('a C cd conninfo copyright echo encoding errverbose f H h help html l o p print', QUIET),
  ...named('password pset q? qecho s sf sv t T timing warn x z restrict unrestrict ? else elif', QUIET),
  ...named('endif parse bind bind_named close_prepared gdesc', QUIET),
  ...named('g gx gset crosstabview ;', SENDS),
  set: { ...QUIET, does: 'sets' },
  ...named('unset getenv prompt', { ...QUIET, does: 'unsets' }),
  ...named('c connect', CONNECT),
  ...named('i ir include include_relative', INCLUDE),
  setenv: ENVIRONMENT,
  if: BRANCH,
  '!': SHELL,
  gexec: unseen(
    'the statements that this query’s rows hold are run, and they are not known',
    'Write those statements out, or let a rehearsal run them.',
    'sends unseen',
  ),
  watch: unseen('the statement is run again and again', 'Run it once.', 'sends unseen'),
  copy: unseen(
    'the copy itself is not judged: it reads the table (AccessShareLock) or writes its rows (RowExclusiveLock)',
    'Write COPY … FROM stdin with the rows behind it, and it is judged.',
  ),
  q: unseen('psql ends here; what stands behind it is judged as if it ran', 'Remove what stands behind it.'),
  r: unseen('the statement before it is thrown away; it is judged as a part of what follows', 'Remove both.'),
};

const UNKNOWN = unseen('what it does is not known', 'Remove the line, or write it as SQL.');

/** The command of this name; those that describe objects (`\dt+`) all begin with d. */
export function metaCommand(name: string): MetaCommand {
  if (Object.hasOwn(COMMANDS, name)) return COMMANDS[name] as MetaCommand;
  return /^d[A-Za-z]*[+S]*$/.test(name) ? QUIET : UNKNOWN;
}

function named(names: string, command: MetaCommand): Readonly<Record<string, MetaCommand>> {
  return Object.fromEntries(names.split(' ').map((name) => [name, command]));
}
