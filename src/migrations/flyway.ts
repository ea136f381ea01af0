import { byBytes, relativeTo, safePath } from './file-tree.ts';
import { byParts, flywayHistory, plainVersion } from './flyway-history.ts';
import { mentioned } from './manifest.ts';
import type { FileTree, Reading, Refusal, RehearsableTool, SourceFile } from './migration.ts';
import { obstacleOf } from './obstacle.ts';
import { type Named, sqlFiles, wholeUp } from './sql-files.ts';
import { statementsThat } from './statement-scan.ts';

/** `V1__x.sql`, `V1.1__x.sql`, `V1_1__x.sql`; `U1__x.sql` undoes; `R__x.sql` is run again whenever it changes. */
const VERSIONED = /^(?:[^/]+\/)*([VU])(\d+(?:[._]\d+)*)__[^/]*\.sql$/;
const REPEATABLE = /^(?:[^/]+\/)*R__([^/]*)\.sql$/;

function named(relative: string): Named | undefined {
  const name = relative.replace(/\.sql$/, '');
  const [, prefix, version] = VERSIONED.exec(relative) ?? [];
  if (version !== undefined)
    return { version: plainVersion(version), name, direction: prefix === 'U' ? 'down' : 'up' };
  const repeatable = REPEATABLE.exec(relative)?.[1];
  if (repeatable === undefined) return undefined;
  return { version: `R__${repeatable}`, name, direction: 'up', repeatable: true };
}

/** Versioned ones by their numbers, then the repeatable ones by description. */
function order(a: Named, b: Named): number {
  const repeatable = [a, b].map(({ version }) => version.startsWith('R__'));
  if (repeatable[0] !== repeatable[1]) return repeatable[0] ? 1 : -1;
  return repeatable[0] ? byBytes(a.version, b.version) : byParts(a.version, b.version);
}

/** What Flyway itself knows to refuse a transaction (PostgreSQLParser.java); not DETACH CONCURRENTLY, not REINDEX INDEX. */
const NON_TRANSACTIONAL =
  /^((create|drop)\s+(unique\s+)?index\s+concurrently|(create|drop)\s+(database|tablespace|subscription)|alter\s+system|reindex\s+(verbose\s+)?(schema|database|system)|vacuum|discard\s+all)\b/i;

/** One such statement beside others is refused, unless `mixed` is set: such a file is judged as one in a transaction. */
async function read(source: SourceFile, beside = ''): Promise<Reading> {
  const isOff = /^\s*(flyway\.)?executeInTransaction\s*[=:]\s*false\b/m.test(beside);
  const alone = isOff || (await statementsThat(NON_TRANSACTIONAL, source)) === 'all';
  return wholeUp(source, alone ? 'none' : 'file');
}

/** Scripts that Flyway runs at its own events (api/callback/Event.java), and baseline migrations, which stand for others. */
const CALLBACK = /^(?:[^/]+\/)*((before|after)[A-Z]\w*|createSchema)(__[^/]*)?\.sql$/;
const BASELINE = /^(?:[^/]+\/)*B\d[\d._]*__[^/]*\.sql$/;
const CODE = /^(?:[^/]+\/)*[VUR][^/]*__[^/]*\.(java|kt|groovy|scala)$/;

/** Where a project of Maven or Gradle keeps the migrations in code that belong to these: beside the resources. */
function codeDirectories(directory: string): readonly string[] {
  const place = safePath(directory);
  if (!/(^|\/)src\/main\/resources\//.test(place)) return [place];
  return [place, ...['java', 'kotlin'].map((name) => place.replace('/main/resources/', `/main/${name}/`))];
}

async function codeObstacle(tree: FileTree, directory: string): Promise<Refusal | undefined> {
  const lists = await Promise.all(codeDirectories(directory).map((place) => tree.list(place)));
  const code = lists.flat().find((path) => CODE.test(path));
  return code === undefined
    ? undefined
    : obstacleOf(`${code} is a migration in code, which Pullgres does not run.`, 'Write it as a SQL file');
}

/** `${name}` is replaced unless the settings say no. */
async function placeholderObstacle(tree: FileTree, directory: string): Promise<Refusal | undefined> {
  const settings = [
    'flyway.conf',
    'flyway.toml',
    'application.properties',
    'application.yml',
    'application.yaml',
  ];
  const off = /placeholder-?replacement"?\s*[=:]\s*"?false/i;
  for (const file of settings) if (await mentioned(tree, directory, file, off)) return undefined;
  for (const { path, text } of await files.list(tree, directory, 'lenient')) {
    const placeholder = /\$\{[^}]+\}/.exec(text)?.[0];
    if (placeholder === undefined) continue;
    return obstacleOf(
      `${path} takes ${placeholder} from the settings of Flyway, which Pullgres does not read.`,
      'Write it without the placeholder',
    );
  }
  return undefined;
}

/** Both kinds in one file: Flyway refuses it, or, where `mixed` is set, runs all of it without a transaction. */
async function mixedObstacle(tree: FileTree, directory: string): Promise<Refusal | undefined> {
  for (const { path, text, transaction } of await files.list(tree, directory, 'lenient')) {
    if (transaction === 'none' || (await statementsThat(NON_TRANSACTIONAL, { path, text })) !== 'some')
      continue;
    return obstacleOf(
      `${path} holds a statement that refuses a transaction beside others, which Flyway takes only with the setting mixed.`,
      'Move it into a file of its own',
    );
  }
  return undefined;
}

async function obstacle(tree: FileTree, directory: string): Promise<Refusal | undefined> {
  const relatives = (await tree.list(directory)).map((path) => relativeTo(directory, path));
  const callback = relatives.find((relative) => CALLBACK.test(relative));
  if (callback !== undefined) {
    return obstacleOf(
      `${callback} is a callback of Flyway, which Pullgres does not run.`,
      'Move what changes the schema into a migration',
    );
  }
  const baseline = relatives.find((relative) => BASELINE.test(relative));
  if (baseline !== undefined) {
    return obstacleOf(
      `${baseline} is a baseline migration: Flyway runs it in the place of others where the database is new.`,
      'Keep it in a location of its own',
    );
  }
  return (
    (await codeObstacle(tree, directory)) ??
    (await placeholderObstacle(tree, directory)) ??
    (await mixedObstacle(tree, directory))
  );
}

const files = sqlFiles({
  name: 'flyway',
  directories: [
    'src/main/resources/db/migration',
    'db/migration',
    'db/migrations',
    'migrations',
    'sql',
    'flyway/sql',
    'sql/migrations',
  ],
  named,
  order,
  settingsOf: (relative) => `${relative}.conf`,
  read,
  fits: () => true,
});

/**
 * https://documentation.red-gate.com/flyway: a file in a transaction with the row that notes it, each statement by itself
 * when all of them refuse one or when `executeInTransaction=false` stands in `V1__x.sql.conf` (script configuration files).
 * A repeatable migration is run again when its checksum changed.
 */
export const flyway: RehearsableTool = { ...files, history: flywayHistory, obstacle };
