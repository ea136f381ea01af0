import type { Obstacle } from './split.ts';

const PSQL_ONLY = 'A server does not understand it, and migration tools do not run psql.';

/** What to write instead of a psql meta-command (psql's documentation, section Meta-Commands). */
const META_COMMANDS: Readonly<Record<string, string>> = {
  connect: 'Remove the line: the database is chosen by the connection.',
  c: 'Remove the line: the database is chosen by the connection.',
  i: 'Put the statements of the included file here, or make them a migration of their own.',
  ir: 'Put the statements of the included file here, or make them a migration of their own.',
  include: 'Put the statements of the included file here, or make them a migration of their own.',
  copy: 'Write INSERT statements, or load the data with a script outside the migration.',
  set: 'Write the value itself where the variable stands.',
  if: 'Write a DO block, or split the migration.',
  gexec: 'Write a DO block with EXECUTE.',
  echo: 'Remove the line, or write a comment.',
};

/** Message and hint for what stopped the splitter. */
export function explainObstacle(obstacle: Obstacle): { message: string; hint: string } {
  if (obstacle.kind === 'nul byte')
    return {
      message: 'the text holds a NUL byte, which Postgres never takes',
      hint: 'Save the file as UTF-8 text; a file in UTF-16 is full of NUL bytes.',
    };
  if (obstacle.kind === 'copy data')
    return {
      message: 'COPY … FROM stdin waits for rows that only psql can send from a file',
      hint: 'Write INSERT statements, or load the rows with a script outside the migration.',
    };
  const advice = META_COMMANDS[obstacle.name] ?? 'Remove the line, or write it as SQL.';
  return {
    message: `\\${obstacle.name} is a psql meta-command, not SQL`,
    hint: `${advice} ${PSQL_ONLY}`,
  };
}

const WORDS: readonly { readonly pattern: RegExp; readonly hint: string }[] = [
  { pattern: /^[<>=]{7}/, hint: 'A merge conflict was left in the file.' },
  { pattern: /^(delimiter|go)\b/i, hint: 'A command of another database’s client: remove the line.' },
  { pattern: /^`/, hint: 'Postgres quotes names with double quotes.' },
];

const MESSAGES: readonly { readonly pattern: RegExp; readonly hint: string }[] = [
  {
    pattern: /^nested too deeply/,
    hint: 'Split the expression: the parser’s stack does not reach so deep.',
  },
  { pattern: /^unterminated/, hint: 'Close it; everything behind this place was read as part of it.' },
];

/** A hint for the grammar's refusal, from its message and the text at its place. */
export function explainRefusal(message: string, textAtPlace: string): string {
  const known =
    WORDS.find(({ pattern }) => pattern.test(textAtPlace)) ??
    MESSAGES.find(({ pattern }) => pattern.test(message));
  if (known !== undefined) return known.hint;
  if (/end of input$/.test(message)) return 'The text ends in the middle of a statement.';
  return 'Postgres 18’s own grammar refuses it here; look at the word before, too.';
}
