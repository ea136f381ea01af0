import { relativeTo, safePath } from './file-tree.ts';
import type { Migration, Refusal } from './migration.ts';
import { obstacleOf } from './obstacle.ts';
import { codeMigration, languageOf } from './unread-code.ts';

/** The files that a change touches, and what the reader made of the folder. */
export type Touched = {
  /** Paths that the change adds, edits or deletes. */
  readonly paths: readonly string[];
  /** The folder that was read, or that was asked for; undefined when there is none. */
  readonly directory: string | undefined;
  readonly tool: string | undefined;
  /** The migrations of the base and of the head. */
  readonly migrations: readonly Migration[];
  /** Nobody named the folder, so a migration elsewhere may be meant as well. */
  readonly everywhere: boolean;
  /** A file's text now, or before where it is deleted; undefined for one that cannot be read. */
  readonly textOf: (path: string) => Promise<string | undefined>;
};

/**
 * Why a change cannot be judged whole: the first of its files that is a migration by place and name, and that the reader
 * passed over. Undefined when there is none.
 */
export async function unreadMigration(touched: Touched): Promise<Refusal | undefined> {
  const read = new Set(touched.migrations.flatMap(({ path, down }) => [path, down?.path]));
  for (const path of touched.paths.filter((one) => !read.has(one) && !isHarmless(one))) {
    const relative = withinDirectory(touched, path);
    if (relative === undefined && !touched.everywhere) continue;
    if (relative !== undefined && isPassedOver(touched.tool, relative)) return refusalOf(path);
    if (await codeMigration(path, touched.textOf)) return refusalOf(path);
    if (relative === undefined && SQL_ELSEWHERE.test(path) && isVersioned(path)) return refusalOf(path);
  }
  return undefined;
}

/** Names that say which migration it is: 0003_b, V3__b, R__b, Version2026…, Migration2026…, m20260131_… */
const VERSIONED = /^(?:\d|V\d|[UB]\d[\d._]*__|R__|Version\d|Migration\d|m\d{8}_)/;

const SQL_ELSEWHERE = /(?:^|\/)migrations?\/.+\.sql$/i;

/** Tests, ways back and data, which no tool applies by itself. */
const HARMLESS_FOLDER =
  /(?:^|\/)(?:\.[^/]+|node_modules|vendor|tests?|__tests__|specs?|testdata|examples?|fixtures|seeds?|down|rollbacks?|reverts?|undo|verify)\//i;
const HARMLESS_FILE =
  /(?:^|\/)(?:\.[^/]*|__init__\.py|conftest\.py|test_[^/]*\.py|[^/]*(?:[._-](?:test|spec)|\.d)\.[^/.]+|[^/]*\.down\.sql|[^/]*\.Designer\.cs)$/i;

function isHarmless(path: string): boolean {
  return HARMLESS_FOLDER.test(path) || HARMLESS_FILE.test(path);
}

function isVersioned(path: string): boolean {
  return VERSIONED.test(path.slice(path.lastIndexOf('/') + 1));
}

/** The path below the folder; undefined for one outside of it. */
function withinDirectory({ directory }: Touched, path: string): string | undefined {
  if (directory === undefined) return undefined;
  const top = safePath(directory);
  return top === '' || path.startsWith(`${top}/`) ? relativeTo(directory, path) : undefined;
}

/** These run what a list of their own names, so that any other SQL file is none of theirs. */
const LISTED: readonly (string | undefined)[] = ['sqitch', 'liquibase'];

function isPassedOver(tool: string | undefined, relative: string): boolean {
  // It loads every file of the folder itself: as SQL, or else as code (node-pg-migrate, src/migration.ts).
  if (tool === 'node-pg-migrate' && /^[^/]+\.(?:[cm]?[jt]s|sql)$/i.test(relative)) return true;
  if (languageOf(relative) !== undefined) return isVersioned(relative);
  if (!/\.sql$/i.test(relative) || LISTED.includes(tool)) return false;
  return isVersioned(relative) || (tool === 'sql' && /^\d[^/]*\//.test(relative));
}

function refusalOf(path: string): Refusal {
  const language = languageOf(path);
  if (language !== undefined) {
    return obstacleOf(
      `${path} is a migration in ${language}, which Pullgres does not run.`,
      'Write it as a SQL file',
    );
  }
  return {
    message: `${path} has the name of a migration and was not read as one, so it was not judged.`,
    hint: "Name it as the merged ones, in their own folder (`.sql` in small letters), or name its folder as migrations.directory, or name the tool's own command as rehearsal.command in the policy.",
  };
}
