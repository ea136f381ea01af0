import { ProviderError } from '../../errors.ts';
import { asAdmin } from '../admin.ts';
import { roleNames } from '../identity.ts';
import {
  type Check,
  type DoctorContext,
  inside,
  type Outcome,
  ok,
  problem,
  remedy,
  unknown,
  warning,
} from './check.ts';
import { openToPublic, publicConnect } from './public-connect.ts';
import { ageWords, counted, listed, listedNames, shown, sqlName, sqlText } from './words.ts';

/** Sessions that one check may open, one after the other. */
const ENTERED = 20;

/** Whether PUBLIC may create in the schema public of that database; undefined when we do not get in. */
async function mayCreate({ server }: DoctorContext, database: string): Promise<boolean | undefined> {
  try {
    return await asAdmin(
      server,
      async (admin) => {
        const { rows } = await admin.query(
          "SELECT coalesce(has_schema_privilege('public', to_regnamespace('public'), 'CREATE'), false) AS may",
        );
        return rows[0]?.may === true;
      },
      { database },
    );
  } catch (error) {
    if (error instanceof ProviderError) return undefined;
    throw error;
  }
}

const publicCreate: Check = {
  id: 'public-create',
  group: 'isolation',
  title: 'Branches’ roles can make nothing in another database',
  run: async (_admin, context) => {
    const open = openToPublic(context).map(({ name }) => name);
    const writable: string[] = [];
    const unseen = open.slice(ENTERED);
    for (const name of open.slice(0, ENTERED)) {
      const may = await mayCreate(context, name);
      if (may === undefined) unseen.push(name);
      else if (may) writable.push(name);
    }
    if (writable.length > 0) {
      return problem(
        `PUBLIC may connect to ${listedNames(writable)} and create in the schema public there, as everybody could before Postgres 15: a branch’s role can leave objects for others to trip over.`,
        remedy(
          'As the schema’s owner or a superuser, in each of them:',
          ...writable.map((name) => inside(name, 'REVOKE CREATE ON SCHEMA public FROM PUBLIC')),
        ),
      );
    }
    if (unseen.length > 0)
      return unknown(
        `The schema public of ${listedNames(unseen)} was not seen: the administrator does not get in.`,
      );
    return ok(
      `PUBLIC may create in the schema public of none of the ${counted(open.length, 'database')} that it can enter.`,
    );
  },
};

const GRANTS = `
  SELECT d.datname::text AS database, CASE WHEN a.grantee = 0 THEN NULL ELSE pg_get_userbyid(a.grantee)::text END AS grantee,
         string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS rights
  FROM pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
  WHERE d.datname = ANY($1) AND a.grantee <> d.datdba GROUP BY 1, 2 ORDER BY 1, 2`;

const branchAccess: Check = {
  id: 'branch-access',
  group: 'isolation',
  title: 'Only its own role gets into a branch',
  run: async (admin, { survey }) => {
    const names = survey.branches.map(({ database }) => database.name);
    const { rows } = await admin.query(GRANTS, [names]);
    const foreign = rows.flatMap((row) => {
      const database = String(row.database);
      const grantee = row.grantee === null ? undefined : String(row.grantee);
      const own = Object.values(roleNames(database));
      return grantee !== undefined && own.includes(grantee)
        ? []
        : [
            {
              database,
              who: grantee === undefined ? 'PUBLIC' : sqlName(grantee),
              rights: String(row.rights),
            },
          ];
    });
    if (foreign.length === 0)
      return ok(
        `${counted(names.length, 'branch', 'branches')}, none of them open to PUBLIC or other roles.`,
      );
    const words = foreign.map(({ database, who, rights }) => `${who} has ${rights} on ${shown(database)}`);
    return problem(
      `${listed(words)}.`,
      remedy(
        'Take it away, as the administrator:',
        ...foreign.map(({ database, who }) => `REVOKE ALL ON DATABASE ${sqlName(database)} FROM ${who}`),
      ),
    );
  },
};

const PREPARED = `
  SELECT p.gid, p.database::text AS database, p.owner::text AS owner, extract(epoch FROM now() - p.prepared) AS age
  FROM pg_prepared_xacts p WHERE p.database = ANY($1) OR p.owner = ANY($2) ORDER BY p.prepared`;

const preparedTransactions: Check = {
  id: 'prepared-transactions',
  group: 'isolation',
  title: 'No branch holds a prepared transaction',
  run: async (admin, { survey, settings }) => {
    const most = settings.number('max_prepared_transactions');
    if (most === 0) return ok('max_prepared_transactions is 0: there are none.');
    const names = survey.branches.map(({ database }) => database.name);
    const owners = names.flatMap((name) => Object.values(roleNames(name)));
    const { rows } = await admin.query(PREPARED, [names, owners]);
    if (rows.length === 0) {
      return ok(
        `None in ${counted(names.length, 'branch', 'branches')}; max_prepared_transactions is ${most}, and 0 is safest where branches alone are kept.`,
      );
    }
    const places = [...new Set(rows.map((row) => String(row.database)))];
    return warning(
      `${counted(rows.length, 'prepared transaction')} in ${listedNames(places)}, the oldest of ${ageWords(Number(rows[0]?.age))}: they keep locks and old rows of the whole server.`,
      remedy(
        'As the role that prepared them, or a superuser, in each database:',
        ...rows.map(({ gid, database }) =>
          inside(String(database), `ROLLBACK PREPARED ${sqlText(String(gid))}`),
        ),
      ),
    );
  },
};

const MEMBERS = `
  SELECT r.rolname::text AS role, array_agg(g.rolname::text ORDER BY g.rolname) AS groups, bool_or(r.rolsuper) AS superuser
  FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member JOIN pg_roles g ON g.oid = m.roleid
  WHERE r.rolname = ANY($1) AND g.rolname <> ALL($1) GROUP BY 1 ORDER BY 1`;

const POWERS = `
  SELECT rolname::text AS role, concat_ws(', ', CASE WHEN rolsuper THEN 'SUPERUSER' END,
         CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
         CASE WHEN rolreplication THEN 'REPLICATION' END, CASE WHEN rolbypassrls THEN 'BYPASSRLS' END) AS powers
  FROM pg_roles WHERE rolname = ANY($1)
    AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls) ORDER BY 1`;

const branchRoles: Check = {
  id: 'branch-roles',
  group: 'isolation',
  title: 'Branches’ roles have no right beyond their branch',
  run: async (admin, { survey }): Promise<Outcome> => {
    const own = survey.branches.flatMap(({ database }) => Object.values(roleNames(database.name)));
    const powers = (await admin.query(POWERS, [own])).rows;
    const members = (await admin.query(MEMBERS, [own])).rows;
    if (powers.length + members.length === 0)
      return ok(`${counted(own.length, 'role')} of branches, none with more.`);
    const words = [
      ...powers.map((row) => `${shown(String(row.role))} has ${row.powers}`),
      ...members.map(
        (row) => `${shown(String(row.role))} is a member of ${listedNames(row.groups as string[])}`,
      ),
    ];
    return problem(
      `${listed(words)}.`,
      remedy(
        'As a superuser, or a role that may:',
        ...powers.map(
          (row) =>
            `ALTER ROLE ${sqlName(String(row.role))} ${String(row.powers)
              .split(', ')
              .map((power) => `NO${power}`)
              .join(' ')}`,
        ),
        ...members.flatMap((row) =>
          (row.groups as string[]).map(
            (group) => `REVOKE ${sqlName(group)} FROM ${sqlName(String(row.role))}`,
          ),
        ),
      ),
    );
  },
};

export const isolationChecks: readonly Check[] = [
  branchAccess,
  branchRoles,
  publicConnect,
  publicCreate,
  preparedTransactions,
];
