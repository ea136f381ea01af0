import { UserError } from '../errors.ts';
import { relativeTo, safePath } from './file-tree.ts';
import type { FileTree, Migration, MigrationTool, Reading, SourceFile } from './migration.ts';
import { wholeUp } from './sql-files.ts';
import { readSource } from './text.ts';

const DIRECTORIES = ['.', 'sqitch', 'db', 'database', 'db/sqitch', 'migrations', 'sql'];
const PLAN = 'sqitch.plan';

/** Each script by psql, which sends statement by statement: BEGIN and COMMIT are those of the script. */
function read(source: SourceFile): Reading {
  return wholeUp(source, 'none');
}

function below(directory: string, path: string): string {
  const top = safePath(directory);
  return top === '' ? path : `${top}/${path}`;
}

/**
 * The changes of a plan in its order (sqitch manual, sqitch-plan "Format"): a line is a name, then dependencies, date and
 * planner; `%` begins a pragma, `@` a tag, `#` a note. A name that comes again is a rework, whose earlier script is
 * kept as `name@tag.sql`.
 */
function changes(plan: string): readonly { readonly name: string; readonly script: string }[] {
  const found: { name: string; script: string; tag: string | undefined }[] = [];
  for (const line of plan.split(/\r?\n/)) {
    const word = /^\s*([^\s%#]\S*)/.exec(line)?.[1];
    if (word === undefined) continue;
    if (word.startsWith('@')) for (const change of found) change.tag ??= word;
    else {
      const before = found.findLast(({ name }) => name === word);
      if (before?.tag !== undefined) before.script = `${word}${before.tag}`;
      found.push({ name: word, script: word, tag: undefined });
    }
  }
  return found;
}

async function wholeFile(tree: FileTree, path: string): Promise<Migration['down']> {
  const { text, bytes } = await readSource(tree, path);
  return { path, text, startByte: 0, endByte: bytes };
}

async function list(tree: FileTree, directory: string): Promise<readonly Migration[]> {
  const { text: plan } = await readSource(tree, below(directory, PLAN));
  const files = new Set((await tree.list(directory)).map((path) => relativeTo(directory, path)));
  const planned = changes(plan);
  const missing = planned.find(({ script }) => !files.has(`deploy/${script}.sql`));
  if (missing !== undefined) {
    throw new UserError(
      `${below(directory, `deploy/${missing.script}.sql`)} is missing, and ${PLAN} names it.`,
      {
        hint: 'Commit the script, or take the change out of the plan.',
      },
    );
  }
  return Promise.all(
    planned.map(async ({ script }) => {
      const path = below(directory, `deploy/${script}.sql`);
      const source = await readSource(tree, path);
      const revert = `revert/${script}.sql`;
      const down = files.has(revert) ? await wholeFile(tree, below(directory, revert)) : undefined;
      const { text, checksum } = source;
      return { version: script, name: script, path, text, checksum, ...read(source), down };
    }),
  );
}

async function fits(tree: FileTree, directory: string): Promise<boolean> {
  const paths = await tree.list(directory);
  return (
    paths.includes(below(directory, PLAN)) &&
    paths.some((path) => relativeTo(directory, path).startsWith('deploy/'))
  );
}

async function detect(tree: FileTree, directories: readonly string[] = DIRECTORIES) {
  const answers = await Promise.all(directories.map((directory) => fits(tree, directory)));
  return directories.filter((_, at) => answers[at]);
}

/**
 * https://sqitch.org: deploy/ and revert/ scripts in the order of sqitch.plan. Seen with 1.3.1 in the log of a server: psql's
 * session holds the script's statements alone, without a BEGIN that does not stand in it.
 */
export const sqitch: MigrationTool = { name: 'sqitch', detect, list, read };
