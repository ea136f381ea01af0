import { relativeTo } from './file-tree.ts';
import type { FileTree, Migration, Refusal } from './migration.ts';
import { obstacleOf } from './obstacle.ts';

/** What Liquibase does with a changeset besides sending its statements, or only where its command line says so. */
const WAYS_OF_ITS_OWN: readonly (readonly [RegExp, string])[] = [
  [/^\s*--\s*preconditions?\b/im, 'asks the database something before it runs'],
  [/^\s*--\s*property\s/im, 'sets properties'],
  [/\$\{[^}\n]+\}/, 'takes properties'],
  [/^\s*--\s*ignoreLines:/im, 'leaves lines out'],
  [/^\s*--\s*changeset\b.*\srunWith:(?!jdbc\b)/im, 'is run by a program of its own'],
  [/^\s*--\s*changeset\b.*\sendDelimiter:(?!"?;"?(\s|$))/im, 'is cut into statements at a text of its own'],
  [/^\s*--\s*changeset\b.*\s(context(Filter)?|labels):/im, 'runs in some contexts or under some labels only'],
];

type Changelog = { readonly path: string; readonly text: string };

/** Changelogs in XML, YAML and JSON, which say what is run and in which order. */
async function changelogs(tree: FileTree, directory: string): Promise<readonly Changelog[]> {
  const paths = (await tree.list(directory)).filter((path) => /\.(xml|ya?ml|json)$/i.test(path));
  const found = await Promise.all(
    paths.map(async (path) => ({ path, text: (await tree.read(path)).toString('utf8') })),
  );
  return found.filter(({ text }) => /databaseChangeLog/.test(text));
}

const CHANGESET = /<changeSet\b|^\s*-?\s*"?changeSet"?\s*:/m;
const INCLUDED = /\bfile["']?\s*[=:]\s*["']?([^"'\s,}>]+\.sql)\b/g;

/** What a changelog says that is not the order of the names, which is the one that is rehearsed. */
function orderObstacle(logs: readonly Changelog[], files: readonly string[]): Refusal | undefined {
  const included = logs.flatMap(({ text }) => [...text.matchAll(INCLUDED)].map(([, file = '']) => file));
  if (included.length === 0) return undefined;
  const positions = included.map((file) => files.findIndex((path) => isSame(path, file)));
  const left = files.find((path) => !included.some((file) => isSame(path, file)));
  const isIncludeAll = logs.some(({ text }) => /includeAll/.test(text));
  if (left !== undefined && !isIncludeAll) {
    return obstacleOf(`${left} is included by no changelog of its folder.`, 'Include it, or move it away');
  }
  const known = positions.filter((at) => at >= 0);
  if (known.every((at, index) => index === 0 || at > (known[index - 1] ?? -1))) return undefined;
  return obstacleOf(
    'The changelog includes the files in another order than that of their names.',
    'Name them in the order in which they run',
  );
}

function isSame(path: string, file: string): boolean {
  const bare = file.replace(/^(classpath:|\.?\/)+/, '');
  return path === bare || path.endsWith(`/${bare}`);
}

/** Why the changesets of a folder would not be run by Pullgres as Liquibase runs them; undefined when they would. */
export async function liquibaseObstacle(
  tree: FileTree,
  directory: string,
  migrations: readonly Migration[],
): Promise<Refusal | undefined> {
  for (const { path, name, text, up } of migrations) {
    const own = Buffer.from(text).toString('utf8', up.startByte, up.endByte);
    const way = WAYS_OF_ITS_OWN.find(([mark]) => mark.test(own));
    if (way) {
      return obstacleOf(
        `The changeset ${name} in ${path} ${way[1]}, which only Liquibase does.`,
        'Write it without',
      );
    }
  }
  const logs = await changelogs(tree, directory);
  const coded = logs.find(({ text }) => CHANGESET.test(text));
  if (coded !== undefined) {
    const where = relativeTo(directory, coded.path);
    return obstacleOf(`${where} holds changesets that are not SQL.`, 'Write them as formatted SQL');
  }
  return orderObstacle(logs, [...new Set(migrations.map(({ path }) => path))]);
}
