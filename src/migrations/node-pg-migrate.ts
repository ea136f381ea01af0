import { UserError } from '../errors.ts';
import { relativeTo } from './file-tree.ts';
import { versionTable } from './history-table.ts';
import { mentioned } from './manifest.ts';
import type { FileTree, History, Reading, Refusal, RehearsableTool, SourceFile } from './migration.ts';
import { obstacleOf, orByItself } from './obstacle.ts';
import { sqlFiles } from './sql-files.ts';
import { byteRange } from './text.ts';

const UP = /^\s*--[\s-]*up\s+migration/im;
const DOWN = /^\s*--[\s-]*down\s+migration/im;

/** The mark as its template writes it: a comment of a plain file may speak of an up migration too. */
const MARK = /^[\t ]*--[\t -]*up[\t ]+migration[\t\r ]*$/im;

/** Without an up marker all of the file is up, also what stands behind the down marker (src/sqlMigration.ts). */
function read({ path, text }: SourceFile): Reading {
  const [up, down] = [UP.exec(text)?.index, DOWN.exec(text)?.index];
  return {
    up: up === undefined ? byteRange(text, 0) : byteRange(text, up, endOf(up, down)),
    down: down === undefined ? undefined : { path, text, ...byteRange(text, down, endOf(down, up)) },
    // All pending migrations share one transaction: https://salsita.github.io/node-pg-migrate, --single-transaction.
    transaction: 'file',
  };
}

function endOf(start: number, other: number | undefined): number | undefined {
  return other !== undefined && other > start ? other : undefined;
}

/** Milliseconds since 1970, or any other number: 17 digits are a date in UTC (src/utils, getNumericPrefix). */
function timestamp(name: string): number {
  const digits = /^\d+/.exec(name)?.[0] ?? '';
  if (digits.length !== 17) return Number(digits);
  const [date, hours, minutes, seconds, rest] = [8, 10, 12, 14, 17].map((end, at) =>
    digits.slice([0, 8, 10, 12, 14][at], end),
  );
  const day = `${date?.slice(0, 4)}-${date?.slice(4, 6)}-${date?.slice(6)}`;
  return Date.parse(`${day}T${hours}:${minutes}:${seconds}.${rest}Z`);
}

/** By the number, then by the rest without punctuation (src/utils/comparators.ts). */
function byPrefix(a: string, b: string): number {
  const collation = { numeric: true, sensitivity: 'variant', ignorePunctuation: true } as const;
  return timestamp(a) - timestamp(b) || a.localeCompare(b, 'en', collation);
}

/** What stands before one that ran is refused, unless --no-check-order is given (src/runner.ts, checkOrder). */
function checkOrder(run: readonly string[], names: readonly string[]): void {
  const done = new Set(run);
  for (const name of names) {
    const later = done.has(name) ? undefined : run.find((other) => byPrefix(name, other) < 0);
    if (later === undefined) continue;
    throw new UserError(
      `${name} stands before ${later}, which ran already, and node-pg-migrate refuses it.`,
      {
        hint: orByItself('Give it a later number'),
      },
    );
  }
}

const rows = versionTable({
  table: 'public.pgmigrations',
  create:
    'create table public.pgmigrations (id serial primary key, name varchar(255) not null, run_on timestamp not null)',
  column: 'name',
  order: 'run_on, id',
  versionOf: ({ name }) => name,
});

/** The table as node-pg-migrate makes it (src/runner.ts, ensureMigrationsTable), under its usual name. */
const history: History = {
  ...rows,
  applied: async (db, migrations) => {
    const run = await rows.applied(db, migrations);
    checkOrder(
      run,
      migrations.map(({ name }) => name),
    );
    return run;
  },
  record: async (db, { name }) => {
    await db.query('insert into public.pgmigrations (name, run_on) values ($1, now())', [name]);
  },
};

/** Files of the folder itself that it would load as code. */
async function obstacle(tree: FileTree, directory: string): Promise<Refusal | undefined> {
  const code = (await tree.list(directory)).find((path) =>
    /^[^./][^/]*\.[cm]?[jt]s$/.test(relativeTo(directory, path)),
  );
  return code === undefined
    ? undefined
    : obstacleOf(
        `${code} is a migration in JavaScript or TypeScript, which Pullgres does not run.`,
        'Write it as a SQL file',
      );
}

const files = sqlFiles({
  name: 'node-pg-migrate',
  directories: ['migrations', 'db/migrations', 'database/migrations'],
  named: (relative) => {
    const [, version, rest] = /^((\d+)[-_.][^/]*)\.sql$/.exec(relative) ?? [];
    if (version === undefined || rest === undefined) return undefined;
    const name = version.replace(/\.(up|down)$/, '');
    return { version: name, name, direction: version.endsWith('.down') ? 'down' : 'up' };
  },
  order: (a, b) => byPrefix(a.name, b.name),
  read,
  bears: (text) => MARK.test(text),
  fits: async ({ tree, directory, first }) =>
    UP.test(first) || (await mentioned(tree, directory, 'package.json', /"node-pg-migrate"\s*:/)),
});

/**
 * https://github.com/salsita/node-pg-migrate, its SQL files, also as `.up.sql` and `.down.sql`. Seen with 9.0.0 in the log
 * of a server: one BEGIN before the first pending file and one COMMIT after the last, each file as one message. A SQL
 * file cannot leave the transaction: `pgm.noTransaction()` needs JavaScript.
 */
export const nodePgMigrate: RehearsableTool = { ...files, history, obstacle };
