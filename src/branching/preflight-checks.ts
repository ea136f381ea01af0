import { byteWords } from '../byte-words.ts';
import { identifier, literal } from '../postgres/quote.ts';
import type { ServerState } from './preflight-facts.ts';
import { requiredSpace, STRATEGY_WORDS, shortage } from './space.ts';
import { type Chosen, copySize, type TemplateFacts } from './strategy.ts';

/** One thing that a copy of a baseline needs. `unknown`: this administrator, or this machine, cannot see it. */
export type PreflightCheck = {
  readonly name:
    | 'template'
    | 'sessions in the template'
    | 'prepared transactions'
    | 'collation version'
    | 'administrator'
    | 'connections'
    | 'free space'
    | 'free files';
  readonly status: 'ok' | 'problem' | 'unknown';
  /** One sentence with the numbers. */
  readonly detail: string;
  /** What to do about it: an imperative sentence. */
  readonly remedy?: string;
};

/** What is judged: the catalogs, the template's size and disk, and the way chosen to copy it. */
export type Preflight = {
  readonly state: ServerState;
  readonly facts: TemplateFacts;
  readonly chosen: Pick<Chosen, 'strategy'>;
};

type Judged = Omit<PreflightCheck, 'name'>;

const ok = (detail: string): Judged => ({ status: 'ok', detail });
const unknown = (detail: string, remedy?: string): Judged => ({
  status: 'unknown',
  detail,
  ...(remedy === undefined ? {} : { remedy }),
});
const problem = (detail: string, remedy: string): Judged => ({ status: 'problem', detail, remedy });

function template({ state: { template, administrator } }: Preflight): Judged {
  const { name } = template;
  if (template.invalid) {
    return problem(
      `${name} was left by an interrupted DROP DATABASE, so nothing can be copied from it.`,
      `DROP DATABASE ${identifier(name)}; then build the baseline again.`,
    );
  }
  if (!template.ours && !template.marked) {
    return problem(
      `${name} neither belongs to ${administrator.name} nor is marked as a template, so it may not copy it.`,
      `ALTER DATABASE ${identifier(name)} IS_TEMPLATE true.`,
    );
  }
  if (!template.open && template.marked)
    return ok(`${name} is marked as a template and closed to everybody.`);
  const lacks = template.open
    ? 'lets sessions in, which would hold up a copy'
    : 'is not marked as a template';
  return {
    ...ok(`${name} ${lacks}.`),
    remedy: `ALTER DATABASE ${identifier(name)} ALLOW_CONNECTIONS false IS_TEMPLATE true.`,
  };
}

function sessions({ state: { template, sessions } }: Preflight): Judged {
  if (sessions === 0) return ok(`Nobody is connected to ${template.name}.`);
  return problem(
    `${count(sessions, 'session')} in ${template.name}: Postgres copies no database that somebody uses.`,
    `End ${sessions === 1 ? 'it' : 'them'}: SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${literal(template.name)}; and close it: ALTER DATABASE ${identifier(template.name)} ALLOW_CONNECTIONS false.`,
  );
}

function prepared({ state: { template, prepared } }: Preflight): Judged {
  const [first] = prepared;
  if (first === undefined) return ok(`No prepared transaction is open in ${template.name}.`);
  return problem(
    `${count(prepared.length, 'prepared transaction')} in ${template.name}: Postgres copies no database that holds one.`,
    `In that database: ROLLBACK PREPARED ${literal(first)}${prepared.length > 1 ? ', and so for each of pg_prepared_xacts' : ''}, or COMMIT PREPARED it; a closed database must be opened for that.`,
  );
}

/** CREATE DATABASE refuses a template whose collation has another version now (src/backend/commands/dbcommands.c), for its indexes may be in the wrong order. */
function collation({ facts, state: { template } }: Preflight): Judged {
  const { name, collation } = template;
  if (!collation) {
    return ok(`Postgres ${facts.serverVersion} keeps no collation version of a database.`);
  }
  const { made, now } = collation;
  if (made === null) return ok(`The collation of ${name} has no version to differ.`);
  if (made === now) return ok(`The collation of ${name} has the version that it was made with, ${made}.`);
  return problem(
    `${name} was made with collation version ${made}, and the system now has ${now ?? 'none'}.`,
    `Build the baseline again; or open the database, REINDEX DATABASE ${identifier(name)} in it, ALTER DATABASE ${identifier(name)} REFRESH COLLATION VERSION, and close it.`,
  );
}

/** Sessions that one create opens beside those that it has. */
const SESSIONS = 2;

function administrator({ state: { administrator } }: Preflight): Judged {
  const { name, mayCreate, limit, sessions } = administrator;
  if (!mayCreate)
    return problem(`The role ${name} may not make databases.`, `ALTER ROLE ${identifier(name)} CREATEDB.`);
  if (limit === undefined) return ok(`The role ${name} may make databases, and no limit binds its sessions.`);
  const told = `The role ${name} has ${sessions} of ${count(limit, 'session')} open`;
  if (limit - sessions >= SESSIONS) return ok(`${told}.`);
  return problem(
    `${told}, and a branch needs ${SESSIONS} more.`,
    `ALTER ROLE ${identifier(name)} CONNECTION LIMIT ${limit + 10}, or end sessions of it.`,
  );
}

function connections({ state: { connections } }: Preflight): Judged {
  const { used, usable } = connections;
  const told = `${used} of ${usable} connections are in use`;
  if (usable - used >= SESSIONS) return ok(`${told}.`);
  return problem(
    `${told}, and a branch needs ${SESSIONS} more.`,
    'Raise max_connections on the server, or end idle sessions.',
  );
}

function freeSpace({ facts, chosen: { strategy } }: Preflight): Judged {
  if (!facts.space) {
    return unknown(
      `How much is free cannot be told: ${facts.reflinkWhy}.`,
      `Keep ${byteWords(2 * facts.bytes)} free on the server for each branch.`,
    );
  }
  const need = requiredSpace(strategy, copySize(facts));
  const short = shortage(facts.space, need);
  const { data, wal } = facts.space;
  if (!short) {
    const log = wal
      ? `, and ${byteWords(need.wal)} of the ${byteWords(wal.freeBytes)} on the log’s volume`
      : '';
    const files = wal ? need.data : need.data + need.wal;
    return ok(
      `${STRATEGY_WORDS[strategy]} needs ${byteWords(files)} of the ${byteWords(data.freeBytes)} that are free${log}.`,
    );
  }
  const missing = short.needed + short.reserve - short.free;
  return problem(
    `${STRATEGY_WORDS[strategy]} needs ${byteWords(short.needed)} on the ${short.volume} volume, of which ${byteWords(short.free)} are free and ${byteWords(short.reserve)} stay in reserve: a server whose disk is full stops for everybody.`,
    `Free ${byteWords(missing)} there: remove stale branches, or enlarge the volume.`,
  );
}

/** Left over for the server's own. */
const FILES_RESERVE = 1000;

function freeFiles({ facts }: Preflight): Judged {
  if (!facts.space) return unknown(`How many files may be made cannot be told: ${facts.reflinkWhy}.`);
  const { freeFiles } = facts.space.data;
  if (freeFiles === undefined) return ok('The filesystem has no limit of files.');
  const { files } = copySize(facts);
  const told = `A copy makes ${files} files, and the filesystem has room for ${freeFiles}`;
  if (freeFiles >= files + FILES_RESERVE) return ok(`${told}.`);
  return problem(`${told}.`, 'Remove stale branches, or enlarge the volume: df -i shows its inodes.');
}

const CHECKS: Readonly<Record<PreflightCheck['name'], (preflight: Preflight) => Judged>> = {
  template,
  'sessions in the template': sessions,
  'prepared transactions': prepared,
  'collation version': collation,
  administrator,
  connections,
  'free space': freeSpace,
  'free files': freeFiles,
};

/** Each check, in the order in which a problem would be told. */
export function judgePreflight(preflight: Preflight): readonly PreflightCheck[] {
  return Object.entries(CHECKS).map(([name, judge]) => ({
    name: name as PreflightCheck['name'],
    ...judge(preflight),
  }));
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
