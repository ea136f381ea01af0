import { byBytes } from './file-tree.ts';
import type { MigrationTool, Reading, SourceFile } from './migration.ts';
import { type Named, sqlFiles, wholeUp } from './sql-files.ts';
import { statementsThat } from './statement-scan.ts';

/** `V1__x.sql`, `V1.1__x.sql`, `V1_1__x.sql`; `U1__x.sql` undoes; `R__x.sql` is run again whenever it changes. */
const VERSIONED = /^(?:[^/]+\/)*([VU])(\d+(?:[._]\d+)*)__[^/]*\.sql$/;
const REPEATABLE = /^(?:[^/]+\/)*R__([^/]*)\.sql$/;

function named(relative: string): Named | undefined {
  const name = relative.replace(/\.sql$/, '');
  const [, prefix, version] = VERSIONED.exec(relative) ?? [];
  if (version !== undefined)
    return { version: plain(version), name, direction: prefix === 'U' ? 'down' : 'up' };
  const repeatable = REPEATABLE.exec(relative)?.[1];
  if (repeatable === undefined) return undefined;
  return { version: `R__${repeatable}`, name, direction: 'up', repeatable: true };
}

/** 1, 01, 1.0 and 1_0 are one version (MigrationVersion). */
function plain(version: string): string {
  return version
    .split(/[._]/)
    .map((part) => String(BigInt(part)))
    .join('.')
    .replace(/(\.0)+$/, '');
}

/** Versioned ones by their numbers, then the repeatable ones by description. */
function order(a: Named, b: Named): number {
  const repeatable = [a, b].map(({ version }) => version.startsWith('R__'));
  if (repeatable[0] !== repeatable[1]) return repeatable[0] ? 1 : -1;
  return repeatable[0] ? byBytes(a.version, b.version) : byParts(a.version, b.version);
}

function byParts(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(BigInt));
  for (let at = 0; at < Math.max(left?.length ?? 0, right?.length ?? 0); at++) {
    const [one, other] = [left?.[at] ?? 0n, right?.[at] ?? 0n];
    if (one !== other) return one < other ? -1 : 1;
  }
  return 0;
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

/**
 * https://documentation.red-gate.com/flyway: a file in a transaction, each statement by itself when all of them refuse one
 * or when `executeInTransaction=false` stands in `V1__x.sql.conf` (script configuration files).
 */
export const flyway: MigrationTool = sqlFiles({
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
