import type { Admin } from '../admin.ts';
import { baselineName } from '../guards.ts';
import { grantOptions, ownersFromOutside } from '../object-owners.ts';
import { type Check, inside, ok, problem, type RemedySql, remedy, unknown, warning } from './check.ts';
import { chosenBaselines, type SurveyedBaseline } from './survey.ts';
import { counted, listed, listedNames, shown, sqlName } from './words.ts';

const rights: Check = {
  id: 'administrator-rights',
  group: 'administrator',
  title: 'The administrator may make databases and roles',
  run: async (admin, { server }) => {
    const { rows } = await admin.query(
      `SELECT rolname::text AS name, rolsuper, rolcreatedb, rolcreaterole, rolname = session_user AS itself
       FROM pg_roles WHERE rolname = current_user`,
    );
    const row = rows[0] ?? {};
    const name = String(row.name);
    if (row.itself !== true) {
      return warning(
        `${shown(server.facts.user)} works as ${shown(name)}: what it makes belongs to that role.`,
        remedy('Log in as that role, so that every job is the same administrator.'),
      );
    }
    if (row.rolsuper === true) return ok(`${shown(name)} is a superuser.`);
    const missing = [...(row.rolcreatedb ? [] : ['CREATEDB']), ...(row.rolcreaterole ? [] : ['CREATEROLE'])];
    if (missing.length === 0) return ok(`${shown(name)} has CREATEDB and CREATEROLE, and is no superuser.`);
    return problem(
      `${shown(name)} lacks ${missing.join(' and ')}.`,
      remedy(
        'As a superuser, or a role that has these itself:',
        `ALTER ROLE ${sqlName(name)} ${missing.join(' ')}`,
      ),
    );
  },
};

const TABLES = `
  SELECT c.relname::text AS name, pg_get_userbyid(c.relowner)::text AS owner,
         c.relowner = (SELECT oid FROM pg_roles WHERE rolname = current_user) AS ours,
         ARRAY(SELECT DISTINCT CASE WHEN a.grantee = 0 THEN NULL ELSE pg_get_userbyid(a.grantee)::text END
               FROM aclexplode(c.relacl) a WHERE a.grantee <> c.relowner) AS grantees
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = 'pullgres' AND c.relname IN ('installation', 'notes') ORDER BY 1`;

const installation: Check = {
  id: 'installation',
  group: 'administrator',
  title: 'The secret of the installation is the administrator’s alone',
  run: async (admin, { server }) => {
    const { rows } = await admin.query(TABLES);
    if (rows.length === 0) return withoutInstallation(admin, server.facts.database);
    const me = sqlName(server.facts.user);
    const foreign = rows.filter((row) => row.ours !== true);
    if (foreign.length > 0) {
      return problem(
        `${listed(foreign.map((row) => `pullgres.${row.name} belongs to ${shown(String(row.owner))}`))}, not to ${shown(server.facts.user)}: every job must be the same administrator.`,
        remedy(
          'Put that role into the server’s URL; or, as a superuser, give it over (whoever had it has read the secret):',
          ...foreign.map((row) =>
            inside(server.facts.database, `ALTER TABLE pullgres.${row.name} OWNER TO ${me}`),
          ),
          inside(server.facts.database, `ALTER SCHEMA pullgres OWNER TO ${me}`),
        ),
      );
    }
    const granted = rows.flatMap((row) =>
      (row.grantees as (string | null)[]).map((grantee) => ({ table: String(row.name), grantee })),
    );
    if (granted.length === 0)
      return ok(`The schema pullgres in ${shown(server.facts.database)} is read by its owner only.`);
    const to = (grantee: string | null) => (grantee === null ? 'PUBLIC' : sqlName(grantee));
    return problem(
      `${listed(granted.map(({ table, grantee }) => `${to(grantee)} has rights on pullgres.${table}`))}, from which branches’ passwords can be derived.`,
      remedy(
        'Take them away, and drop the table if somebody may have read it (it is made anew; branches get new passwords at their next run):',
        ...granted.map(({ table, grantee }) =>
          inside(server.facts.database, `REVOKE ALL ON pullgres.${table} FROM ${to(grantee)}`),
        ),
      ),
    );
  },
};

async function withoutInstallation(admin: Admin, database: string) {
  const { rows } = await admin.query(
    `SELECT has_database_privilege(current_database(), 'CREATE') OR has_schema_privilege(to_regnamespace('pullgres'), 'CREATE') AS may,
            current_user::text AS me`,
  );
  if (rows[0]?.may === true) return ok(`None is there yet; it is made in ${shown(database)} at first use.`);
  return problem(
    `${shown(String(rows[0]?.me))} may not create its schema in ${shown(database)}, where the secret of the installation goes.`,
    remedy(
      'As the database’s owner or a superuser:',
      `GRANT CREATE ON DATABASE ${sqlName(database)} TO ${sqlName(String(rows[0]?.me))}`,
    ),
  );
}

const baselineOwners: Check = {
  id: 'baseline-owners',
  group: 'administrator',
  title: 'The administrator can hand over what stands in the baselines',
  run: async (admin, context) => {
    const baselines = chosenBaselines(context);
    if (baselines.length === 0) return ok('There is no baseline yet.');
    if (admin.superuser)
      return ok(`A superuser hands over whatever stands in ${counted(baselines.length, 'baseline')}.`);
    const rows = await ownersFromOutside(
      admin,
      baselines.map(({ database }) => database.name),
    );
    const strange = rows.filter((row) => row.inherits !== true);
    if (strange.length > 0) return strangeOwners(admin, strange, context.server.facts.user);
    const published = baselines.filter(isPublished);
    if (published.length === 0)
      return ok(
        `It has the rights of all ${new Set(rows.map((row) => row.owner)).size} roles that own something there.`,
      );
    return unknown(
      `It has the rights of every owner that can be seen. What the bootstrap superuser owns in ${listedNames(published.map(({ database }) => database.name))} cannot be seen from outside.`,
      remedy(
        'Make a branch of it: it says what could not be handed over. Restore such a database with pg_restore --no-owner as the administrator.',
      ),
    );
  },
};

/** A database that people filled and published; what ensureBaseline built belongs to a group of ours. */
function isPublished({ database, baseline }: SurveyedBaseline): boolean {
  return database.name !== baselineName(baseline.id);
}

function strangeOwners(admin: Admin, rows: readonly Record<string, unknown>[], user: string) {
  const owners = [...new Set(rows.map((row) => String(row.owner)))];
  const superusers = new Set(rows.filter((row) => row.superuser === true).map((row) => String(row.owner)));
  const options = grantOptions(admin.serverVersion);
  const sql: (string | RemedySql)[] = owners
    .filter((owner) => !superusers.has(owner))
    .map((owner) => `GRANT ${sqlName(owner)} TO ${sqlName(user)}${options}`);
  const others =
    superusers.size === 0
      ? ''
      : ` What ${listedNames([...superusers])} own${superusers.size === 1 ? 's' : ''} must be given to another role before the database is published (REASSIGN OWNED), for nobody should be a member of a superuser.`;
  return problem(
    `${listedNames(owners)} own${owners.length === 1 ? 's' : ''} objects in a baseline, and ${shown(user)} has not their rights, so that branches’ roles could not use them.`,
    remedy(`As a superuser, or a role with ADMIN OPTION on them.${others}`, ...sql),
  );
}

const TIMEOUTS = [
  'statement_timeout',
  'lock_timeout',
  'transaction_timeout',
  'idle_in_transaction_session_timeout',
  'idle_session_timeout',
] as const;

/** admin.ts lifts them all, so that this is told and never wrong; what a person runs by hand as this role is not spared. */
const timeouts: Check = {
  id: 'administrator-timeouts',
  group: 'administrator',
  title: 'No time limit ends the administrator’s own work',
  run: (_admin, { settings }) => {
    const set = TIMEOUTS.filter((name) => (settings.number(name) ?? 0) > 0);
    if (set.length === 0) return ok('None is set for its role, its database or the server.');
    const words = set.map((name) => `${name} is ${settings.number(name)} ms`);
    return ok(`${listed(words)}; Pullgres lifts that for its own sessions.`);
  },
};

export const administratorChecks: readonly Check[] = [rights, installation, baselineOwners, timeouts];
