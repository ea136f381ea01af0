/** What `pg_restore --list` says of a dump before and in its table of contents. */
export type DumpHeader = {
  /** `2026-11-22 03:01:51`: the clock of the machine that ran pg_dump, whose zone the format does not keep (pg_backup_archiver.c, ReadHead). */
  readonly createdAt: string | undefined;
  readonly database: string | undefined;
  /** Major versions. */
  readonly serverVersion: number | undefined;
  readonly dumpVersion: number | undefined;
  readonly format: string | undefined;
  /** False when a flipped bit of a row cannot be seen by decompressing. */
  readonly compressed: boolean;
  readonly entries: readonly DumpEntry[];
};

export type DumpEntry = {
  /** The whole line, which `pg_restore --use-list` takes back. */
  readonly line: string;
  /** `TABLE DATA`, `FK CONSTRAINT`, `EXTENSION` … */
  readonly kind: string;
  /** Schema, name and whatever else stands there, without the owner. */
  readonly what: string;
};

/** Kinds of two or more words begin with capitals, as no name in lower case does; names in capitals are told apart by this list (pg_dump.c). */
const KINDS =
  /^(?:[A-Z]+ )*?(?:ACL LANGUAGE|MATERIALIZED VIEW DATA|MATERIALIZED VIEW|TABLE DATA|TABLE ATTACH|INDEX ATTACH|FK CONSTRAINT|CHECK CONSTRAINT|CONSTRAINT|DEFAULT ACL|DEFAULT|EVENT TRIGGER|TRIGGER|FOREIGN DATA WRAPPER|FOREIGN TABLE|FOREIGN SERVER|USER MAPPING|SEQUENCE OWNED BY|SEQUENCE SET|SEQUENCE|PUBLICATION TABLES IN SCHEMA|PUBLICATION TABLE|PUBLICATION|SUBSCRIPTION TABLE|SUBSCRIPTION|ROW SECURITY|SECURITY LABEL|TEXT SEARCH [A-Z]+|OPERATOR CLASS|OPERATOR FAMILY|OPERATOR|ACCESS METHOD|LARGE OBJECT|BLOB METADATA|BLOBS|BLOB|SHELL TYPE|PROCEDURAL LANGUAGE|STATISTICS DATA|[A-Z]+)(?= )/;

/** Reads pg_restore's list. Lines that are no entry are left out. */
export function parseDumpList(text: string): DumpHeader {
  const lines = text.split('\n');
  const header = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`;     ${name}: `))?.slice(`;     ${name}: `.length);
  const major = (name: string): number | undefined => {
    const found = /^(\d+)/.exec(header(name) ?? '')?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const compression = header('Compression');
  return {
    createdAt: /^; Archive created at (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)/m.exec(text)?.[1],
    database: header('dbname'),
    serverVersion: major('Dumped from database version'),
    dumpVersion: major('Dumped by pg_dump version'),
    format: header('Format'),
    compressed: compression !== '0' && compression !== 'none',
    entries: lines.flatMap(parseEntry),
  };
}

/** `3361; 2606 16391 FK CONSTRAINT public orders orders_customer_fkey postgres` */
function parseEntry(line: string): readonly DumpEntry[] {
  const rest = /^\d+; \d+ \d+ (.+)$/.exec(line)?.[1];
  if (rest === undefined) return [];
  const kind = KINDS.exec(rest)?.[0];
  if (kind === undefined) return [];
  const words = rest.slice(kind.length + 1).trimEnd();
  const owner = words.lastIndexOf(' ');
  return [{ line, kind, what: rest.endsWith(' ') || owner < 0 ? words : words.slice(0, owner) }];
}

/** The moment at which clocks of a zone showed this time. Throws RangeError for a zone that nobody knows. */
export function momentIn(zone: string, wall: string): Date {
  const asUtc = Date.parse(`${wall.replace(' ', 'T')}Z`);
  // Twice, because the first guess may lie on the other side of a change of the offset.
  const first = asUtc - offsetMs(zone, asUtc);
  return new Date(asUtc - offsetMs(zone, first));
}

function offsetMs(zone: string, at: number): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, value]));
  const shown = `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}:${part.second}Z`;
  return Date.parse(shown) - Math.floor(at / 1000) * 1000;
}

const NAME = String.raw`(?:"(?:[^"]|"")+"|[a-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;
const POLICY = new RegExp(
  `^CREATE POLICY ${NAME} ON ${NAME}\\.${NAME}(?: AS \\w+)?(?: FOR \\w+)? TO (${NAME}(?:, ${NAME})*)`,
  'gm',
);

/** Roles, as SQL, that the policies of a schema name: a cluster of its own has none of them, and a policy is refused without its role. */
export function policyRoles(schemaSql: string): readonly string[] {
  const lists = [...schemaSql.matchAll(POLICY)].map(([, list = '']) => list);
  const roles = lists.flatMap((list) => list.match(new RegExp(NAME, 'g')) ?? []);
  return [...new Set(roles)].filter((role) => !['public', 'current_user', 'session_user'].includes(role));
}

/** The statement that made the dumped database, without its place on disk; undefined when the dump has none. */
export function createDatabaseStatement(sql: string): string | undefined {
  const statement = /^CREATE DATABASE .+;$/m.exec(sql)?.[0];
  return statement?.replace(/ TABLESPACE = (?:"(?:[^"]|"")+"|\w+)/, '');
}

const QUALIFIED = `${NAME}(?:\\.${NAME})?`;
/** How a refused statement begins; nothing of it beyond names is taken, since a default or a view may hold values. */
const COMMAND = new RegExp(`^Command was: ((?:CREATE|ALTER) (?:[A-Z]+ )+)(${QUALIFIED})`);
const ADDED = new RegExp(`^\\s+ADD CONSTRAINT (${NAME})`);

/**
 * What pg_restore's errors are about, without the server's words, which may quote rows. With several jobs it tells the
 * refused statement only, with one job the entry of the table of contents too.
 */
export function failedObjects(errors: string): readonly string[] {
  const lines = errors.split('\n');
  const found = lines.flatMap((line, at) => {
    const entry = /^pg_restore: (?:error: |warning: )?from TOC entry (.+)$/.exec(line)?.[1];
    const parsed = entry === undefined ? undefined : parseEntry(entry)[0];
    if (parsed !== undefined) return [`${parsed.kind} ${parsed.what}`];
    const table = /^pg_restore: error: COPY failed for table "((?:[^"]|"")+)"/.exec(line)?.[1];
    return table === undefined ? refusedStatement(line, lines[at + 1] ?? '') : [`TABLE DATA ${table}`];
  });
  return [...new Set(found)];
}

function refusedStatement(line: string, next: string): readonly string[] {
  const [, verb = '', name = ''] = COMMAND.exec(line) ?? [];
  if (name === '') return [];
  const constraint = ADDED.exec(next)?.[1];
  return [constraint === undefined ? `${verb}${name}` : `CONSTRAINT ${constraint} of ${name}`];
}
