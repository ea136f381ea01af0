import { UserError } from '../errors.ts';
import { relativeTo, safePath } from './file-tree.ts';
import { mentioned } from './manifest.ts';
import type { FileTree, Migration, Reading, Refusal, RehearsableTool, SourceFile } from './migration.ts';
import { obstacleOf } from './obstacle.ts';
import { deployRows, sqitchHistory } from './sqitch-history.ts';
import { type Plan, readPlan } from './sqitch-plan.ts';
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

async function wholeFile(tree: FileTree, path: string): Promise<Migration['down']> {
  const { text, bytes } = await readSource(tree, path);
  return { path, text, startByte: 0, endByte: bytes };
}

async function planOf(tree: FileTree, directory: string): Promise<Plan> {
  const { text, path } = await readSource(tree, below(directory, PLAN));
  return readPlan(text, path);
}

async function list(tree: FileTree, directory: string): Promise<readonly Migration[]> {
  const plan = await planOf(tree, directory);
  const files = new Set((await tree.list(directory)).map((path) => relativeTo(directory, path)));
  const planned = plan.changes;
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
    planned.map(async (change) => {
      const { script } = change;
      const path = below(directory, `deploy/${script}.sql`);
      const source = await readSource(tree, path);
      const revert = `revert/${script}.sql`;
      const down = files.has(revert) ? await wholeFile(tree, below(directory, revert)) : undefined;
      const { text, checksum } = source;
      const historyRows = deployRows(plan, change, text);
      return { version: script, name: script, path, text, checksum, historyRows, ...read(source), down };
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

/** A registry of another name, changes of other projects, and what psql alone understands. */
async function obstacle(tree: FileTree, directory: string): Promise<Refusal | undefined> {
  if (await mentioned(tree, directory, 'sqitch.conf', /^\s*registry\s*=\s*(?!sqitch\s*$)\S/m)) {
    return obstacleOf(
      'sqitch.conf names a registry of its own.',
      'Use the usual registry, the schema sqitch',
    );
  }
  const { changes } = await planOf(tree, directory);
  const foreign = changes
    .flatMap(({ dependencies }) => dependencies)
    .find(({ kind, project }) => kind === 'require' && project !== undefined);
  if (foreign !== undefined) {
    return obstacleOf(
      `The plan depends on ${foreign.name}, a change of another project.`,
      'Rehearse against a baseline that both projects are deployed to, with sqitch itself',
    );
  }
  const psql = (await list(tree, directory)).find(({ text }) => /^\s*\\(?!(un)?restrict\b)/m.test(text));
  return psql === undefined
    ? undefined
    : obstacleOf(
        `${psql.path} holds a meta-command of psql, which Pullgres does not run.`,
        'Write it in SQL',
      );
}

/**
 * https://sqitch.org: deploy/ and revert/ scripts in the order of sqitch.plan. Seen with 1.3.1 in the log of a server: psql's
 * session holds the script's statements alone, without a BEGIN that does not stand in it; the registry is written
 * afterwards, in a transaction of its own.
 */
export const sqitch: RehearsableTool = {
  name: 'sqitch',
  detect,
  list,
  read,
  history: sqitchHistory,
  obstacle,
};
