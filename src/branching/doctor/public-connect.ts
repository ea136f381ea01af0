import type { Admin } from '../admin.ts';
import { roleNames } from '../identity.ts';
import { type Check, type DoctorContext, ok, type Remedy, remedy, warning } from './check.ts';
import type { SurveyedDatabase } from './survey.ts';
import { listed, listedNames, shown, sqlName } from './words.ts';

/** Databases of others that a branch's role gets into, because PUBLIC does. */
export function openToPublic({ survey }: Pick<DoctorContext, 'survey'>): readonly SurveyedDatabase[] {
  return survey.others.filter(
    ({ connectable, publicConnect, invalid }) => connectable && publicConnect && !invalid,
  );
}

/**
 * REVOKE by a role that is neither the owner nor a superuser takes nothing and only warns (docs: REVOKE, notes), so who
 * must run it is told.
 */
const OWNERS = `
  SELECT d.datname::text AS database, pg_get_userbyid(d.datdba)::text AS owner, current_user::text AS me,
         pg_has_role(d.datdba, 'USAGE') AS may, has_database_privilege(d.oid, 'TEMPORARY') AS temporary
  FROM pg_database d WHERE d.datname = ANY($1) ORDER BY d.datname COLLATE "C"`;

/** Whose sessions are there now; a superuser needs no right, and roles of branches are those that are to stay out. */
const GUESTS = `
  SELECT DISTINCT s.datname::text AS database, s.usename::text AS role
  FROM pg_stat_activity s JOIN pg_roles r ON r.oid = s.usesysid
  WHERE s.datname = ANY($1) AND s.usename <> current_user AND s.usename <> ALL($2) AND NOT r.rolsuper
    AND coalesce(shobj_description(r.oid, 'pg_authid'), '') NOT LIKE 'pullgres:%' ORDER BY 1, 2`;

/** Rights by name for whoever works there, the administrator first, and then none for PUBLIC. */
async function closing(admin: Admin, context: DoctorContext, open: readonly string[]): Promise<Remedy> {
  const branches = context.survey.branches.flatMap(({ database }) => Object.values(roleNames(database.name)));
  const owners = (await admin.query(OWNERS, [open])).rows;
  const guests = (await admin.query(GUESTS, [open, branches])).rows;
  const statements = owners.flatMap((row) => {
    const database = sqlName(String(row.database));
    const own = row.temporary === true ? 'CONNECT, TEMPORARY' : 'CONNECT';
    return [
      `GRANT ${own} ON DATABASE ${database} TO ${sqlName(String(row.me))}`,
      ...guests
        .filter((guest) => guest.database === row.database)
        .map((guest) => `GRANT CONNECT ON DATABASE ${database} TO ${sqlName(String(guest.role))}`),
      `REVOKE CONNECT ON DATABASE ${database} FROM PUBLIC`,
    ];
  });
  return remedy(
    `${whoRuns(owners)} Roles with sessions there now keep their way in; add a GRANT for every other role that needs one, and then run, in this order:`,
    ...statements,
  );
}

function whoRuns(owners: readonly Record<string, unknown>[]): string {
  const foreign = owners.filter(({ may }) => may !== true);
  const me = shown(String(owners[0]?.me));
  if (foreign.length === 0) return `${me} may run this.`;
  const whose = foreign.map(({ database, owner }) => `${shown(String(owner))} of ${shown(String(database))}`);
  return `${me} may not run this: a superuser must, or each database’s owner (${listed(whose)}).`;
}

export const publicConnect: Check = {
  id: 'public-connect',
  group: 'isolation',
  title: 'Branches’ roles get into no other database',
  run: async (admin, context) => {
    const open = openToPublic(context).map(({ name }) => name);
    if (open.length === 0) return ok('PUBLIC may connect to no database.');
    return warning(
      `PUBLIC may connect to ${listedNames(open)}, and so may every branch’s role.`,
      await closing(admin, context, open),
    );
  },
};
