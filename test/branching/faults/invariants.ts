import { roleNames, shortHash } from '../../../src/branching/identity.ts';
import { type Label, parseLabel } from '../../../src/branching/labels.ts';
import { openConnection } from '../../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import type { Secret } from '../../../src/secret.ts';
import { ask } from '../sql-conformance.ts';

type Database = {
  readonly name: string;
  readonly label: Label | undefined;
  readonly connectable: boolean;
  readonly invalid: boolean;
  readonly openToPublic: boolean;
};

type Role = {
  readonly name: string;
  readonly label: Label | undefined;
  readonly mighty: boolean;
  /** Database of the role's sessions and of what depends on it are not told apart here. */
  readonly canLogin: boolean;
};

/** What of ours is on a server. */
export type Survey = {
  readonly databases: readonly Database[];
  readonly roles: readonly Role[];
  /** Things in words that have to be gone once no run works: sessions, prepared transactions, slots, files. */
  readonly loose: readonly { readonly what: string; readonly database: string | undefined }[];
  /** Objects of the maintenance database's schema `pullgres` that PUBLIC has a right to. */
  readonly exposed: readonly string[];
};

const DATABASES = `
  SELECT datname::text AS name, shobj_description(oid, 'pg_database') AS comment, datallowconn AS connectable,
    datconnlimit = -2 AS invalid,
    EXISTS (SELECT FROM aclexplode(coalesce(datacl, acldefault('d', datdba))) a WHERE a.grantee = 0) AS public
  FROM pg_database ORDER BY 1`;

const ROLES = `
  SELECT rolname::text AS name, shobj_description(oid, 'pg_authid') AS comment, rolcanlogin AS login,
    rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS mighty
  FROM pg_roles ORDER BY 1`;

/** Files of a half-made copy stay when its backend is killed; nothing in SQL can remove them (see `orphanDirectories`). */
const LOOSE = `
  SELECT 'the session ' || pid || ' of ' || usename || ' (' || state || ': ' || left(query, 60) || ')' AS what, datname::text AS database
  FROM pg_stat_activity WHERE application_name = 'pullgres' AND pid <> pg_backend_pid()
  UNION ALL SELECT 'the prepared transaction ' || gid, database::text FROM pg_prepared_xacts
  UNION ALL SELECT 'the replication slot ' || slot_name, database::text FROM pg_replication_slots
  UNION ALL SELECT 'the temporary file ' || name, NULL FROM pg_ls_tmpdir()
  UNION ALL SELECT 'the subscription ' || subname, datname::text FROM pg_subscription JOIN pg_database d ON d.oid = subdbid
  UNION ALL SELECT 'settings of a role that is gone', d.datname::text FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
    WHERE s.setrole <> 0 AND s.setrole NOT IN (SELECT oid FROM pg_roles)`;

const EXPOSED = `
  SELECT 'schema pullgres' AS name FROM pg_namespace n, aclexplode(n.nspacl) a WHERE nspname = 'pullgres' AND a.grantee = 0
  UNION SELECT 'pullgres.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
  WHERE nspname = 'pullgres' AND a.grantee = 0`;

const labelOf = (comment: unknown) => parseLabel(typeof comment === 'string' ? comment : undefined);

type Rows = readonly Record<string, unknown>[];

/** One query after the other, in one session. */
async function readAll(facts: ConnectionFacts, queries: readonly string[]): Promise<readonly Rows[]> {
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    const found: Rows[] = [];
    for (const sql of queries) found.push((await connection.query(sql)).rows);
    return found;
  } finally {
    await connection.close();
  }
}

/** Reads it by a superuser's facts on the maintenance database. */
export async function survey(admin: ConnectionFacts): Promise<Survey> {
  const found = await readAll(admin, [DATABASES, ROLES, LOOSE, EXPOSED]);
  const [databaseRows = [], roleRows = [], looseRows = [], exposedRows = []] = found;
  const databases = databaseRows.map((row) => ({
    name: String(row.name),
    label: labelOf(row.comment),
    connectable: row.connectable === true,
    invalid: row.invalid === true,
    openToPublic: row.public === true,
  }));
  const roles = roleRows.map((row) => ({
    name: String(row.name),
    label: labelOf(row.comment),
    mighty: row.mighty === true,
    canLogin: row.login === true,
  }));
  const loose = looseRows.map(({ what, database }) => ({
    what: String(what),
    database: database === null ? undefined : String(database),
  }));
  const exposed = exposedRows.map(({ name }) => String(name));
  const isOurs = ({ name, label }: { name: string; label: Label | undefined }) =>
    name.startsWith('pullgres_') || label !== undefined;
  return { databases: databases.filter(isOurs), roles: roles.filter(isOurs), loose, exposed };
}

/** Branches of one repository, and all that belongs to one baseline: what one trial may have made. */
export type Scope = { readonly repositoryId: number; readonly baselineId?: string | undefined };

function ownName(name: string, { repositoryId, baselineId }: Scope): boolean {
  const hash = baselineId === undefined ? undefined : shortHash(baselineId);
  return (
    name.startsWith(`pullgres_${repositoryId}_`) ||
    (hash !== undefined && new RegExp(`^pullgres_(building|baseline)_.*${hash}`).test(name))
  );
}

function ownLabel(label: Label | undefined, { repositoryId, baselineId }: Scope): boolean {
  if (!label) return false;
  if ('branch' in label) return label.branch.labels.repositoryId === repositoryId;
  if ('baseline' in label) return label.baseline.id === baselineId;
  return 'building' in label && label.building.baselineId === baselineId;
}

/** The part of a survey that the scope covers. */
export function within(whole: Survey, scope: Scope): Survey {
  const databases = whole.databases.filter(
    ({ name, label }) => ownName(name, scope) || ownLabel(label, scope),
  );
  const names = new Set(databases.map(({ name }) => name));
  return {
    databases,
    roles: whole.roles.filter(
      ({ name, label }) =>
        ownName(name, scope) || (label && 'role' in label && names.has(label.role.database)),
    ),
    loose: whole.loose.filter(({ database }) => database !== undefined && names.has(database)),
    exposed: whole.exposed,
  };
}

/** What may never be, not even in the middle of things. */
export function alwaysWrong({ databases, roles, exposed }: Survey): readonly string[] {
  return [
    ...databases.flatMap(({ name, label, connectable, invalid, openToPublic }) => [
      ...(connectable && !label && !invalid ? [`the database ${name} is open and has no owner label`] : []),
      ...(connectable && openToPublic ? [`the database ${name} is open to PUBLIC`] : []),
    ]),
    ...roles.flatMap(({ name, label, mighty }) => [
      ...(label ? [] : [`the role ${name} has no label`]),
      ...(mighty ? [`the role ${name} may do more than a branch's role should`] : []),
    ]),
    ...exposed.map((name) => `${name} is open to PUBLIC`),
  ];
}

/** What may not be once a run went well: everything whole, and each role with its database. */
export function unsettled(found: Survey): readonly string[] {
  const wanted = new Set(
    found.databases.flatMap(({ name, label }) => {
      const { login, group } = roleNames(name);
      if (label && 'branch' in label) return [login, group];
      return label && 'baseline' in label ? [group] : [];
    }),
  );
  return [
    ...alwaysWrong(found),
    ...found.databases.flatMap(({ name, label, invalid }) => {
      if (invalid) return [`the database ${name} is half dropped`];
      if (!label) return [`the database ${name} has no owner label`];
      if ('building' in label) return [`the database ${name} is a baseline half built`];
      return 'branch' in label && label.branch.state === 'making' ? [`the branch ${name} is half made`] : [];
    }),
    ...found.roles.flatMap(({ name }) => (wanted.has(name) ? [] : [`the role ${name} has no branch`])),
  ];
}

/** Everything that is there, when nothing should be. */
export function left({ databases, roles, loose }: Survey): readonly string[] {
  return [
    ...databases.map(({ name }) => `the database ${name} is left`),
    ...roles.map(({ name }) => `the role ${name} is left`),
    ...loose.map(({ what }) => `${what} is left`),
  ];
}

/** Rows of all tables of people, and of one database's entry in pg_database, as one text each. */
export type Fingerprint = { readonly content: string; readonly entry: string };

/** Tables by name with their count and the md5 of their rows, in a database that one can enter. */
export async function contentOf(facts: ConnectionFacts): Promise<string> {
  const [tables = []] = await readAll(facts, [
    // Not a sequence's log_cnt: a checkpoint between two nextval() changes it.
    `SELECT c.oid::regclass::text AS name, CASE relkind WHEN 'S' THEN 't.last_value, t.is_called' ELSE 't.*' END AS columns FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'S') AND nspname !~ '^pg_' AND nspname <> 'information_schema' ORDER BY 1`,
  ]);
  const sums = await readAll(
    facts,
    tables.map(
      ({ name, columns: c }) =>
        `SELECT count(*)::int AS n, md5(string_agg(ROW(${c})::text, chr(10) ORDER BY ROW(${c})::text)) AS md5 FROM ${name} t`,
    ),
  );
  return tables.map(({ name }, at) => `${name} ${sums[at]?.[0]?.n} ${sums[at]?.[0]?.md5}`).join('\n');
}

/** The database's row in pg_database without the horizons that vacuum moves. */
export async function entryOf(admin: ConnectionFacts, database: string): Promise<string> {
  const rows = await ask(
    admin,
    `SELECT to_jsonb(d) - 'datfrozenxid' - 'datminmxid' AS entry, shobj_description(oid, 'pg_database') AS comment
     FROM pg_database d WHERE datname = '${database.replaceAll("'", "''")}'`,
  );
  return JSON.stringify(rows);
}

/** Directories of databases that are not there: a copy whose backend was killed leaves one, and SQL cannot remove it. */
export async function orphanDirectories(admin: ConnectionFacts): Promise<readonly string[]> {
  const rows = await ask(
    admin,
    `SELECT name FROM pg_ls_dir('base') name WHERE name ~ '^\\d+$' AND name NOT IN (SELECT oid::text FROM pg_database)`,
  );
  return rows.map(({ name }) => String(name));
}

/** Which of the secrets stand in the text, by name: as they are, percent-encoded, or in Base64. */
export function leaks(text: string, secrets: Readonly<Record<string, Secret>>): readonly string[] {
  return Object.entries(secrets).flatMap(([name, secret]) => {
    const clear = secret.reveal();
    const forms = [
      clear,
      encodeURIComponent(clear),
      encodeURI(clear),
      Buffer.from(clear).toString('base64').replace(/=+$/, ''),
    ];
    return forms.some((form) => text.includes(form)) ? [`the ${name} can be read`] : [];
  });
}
