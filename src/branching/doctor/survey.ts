import type { Admin } from '../admin.ts';
import { baselineName } from '../guards.ts';
import { branchName, leaseLock } from '../identity.ts';
import { parseLabel } from '../labels.ts';
import type { Baseline, BranchLabels } from '../provider.ts';

/** One row of pg_database, with what the checks ask of it. */
export type SurveyedDatabase = {
  readonly oid: number;
  readonly name: string;
  /** It belongs to the administrator, so that its comment may be a label. */
  readonly ours: boolean;
  readonly commented: boolean;
  readonly connectable: boolean;
  readonly template: boolean;
  readonly invalid: boolean;
  readonly publicConnect: boolean;
  /** As DatabaseRecord's. */
  readonly untouched: boolean;
};

export type SurveyedBaseline = { readonly database: SurveyedDatabase; readonly baseline: Baseline };
export type SurveyedBranch = { readonly database: SurveyedDatabase; readonly labels: BranchLabels };
export type Unfinished = {
  readonly database: SurveyedDatabase;
  readonly createdAt: string | undefined;
  /** The name that the job which makes it holds locked. */
  readonly lock: string;
  /** Whose it is; a baseline is of no repository. */
  readonly repository?: Pick<BranchLabels, 'repositoryId' | 'repository'>;
};

export type Surveyed = {
  readonly databases: readonly SurveyedDatabase[];
  readonly baselines: readonly SurveyedBaseline[];
  /** Finished branches. */
  readonly branches: readonly SurveyedBranch[];
  /** Branches and baselines in the making, or left so; without a date where no label was written yet. */
  readonly unfinished: readonly Unfinished[];
  /** Databases that are none of ours. */
  readonly others: readonly SurveyedDatabase[];
};

const DATABASES = `
  SELECT d.oid, datname::text AS name, c.description AS comment, coalesce(d.xmin = c.xmin, false) AS untouched,
         datdba = (SELECT oid FROM pg_roles WHERE rolname = current_user) AS ours,
         datallowconn AS connectable, datistemplate AS template, datconnlimit = -2 AS invalid,
         has_database_privilege('public', d.oid, 'CONNECT') AS public_connect
  FROM pg_database d LEFT JOIN pg_shdescription c ON c.objoid = d.oid AND c.classoid = 'pg_database'::regclass
  ORDER BY datname COLLATE "C"`;

/** Every database of the server, sorted by what its label says. As in databases.ts, only the owner's comment counts. */
export async function survey(admin: Admin): Promise<Surveyed> {
  const { rows } = await admin.query(DATABASES);
  const found = {
    databases: [] as SurveyedDatabase[],
    baselines: [] as SurveyedBaseline[],
    branches: [] as SurveyedBranch[],
    unfinished: [] as Unfinished[],
    others: [] as SurveyedDatabase[],
  };
  for (const row of rows) {
    const database = databaseOf(row);
    found.databases.push(database);
    place(database, typeof row.comment === 'string' ? row.comment : undefined, found);
  }
  return found;
}

function databaseOf(row: Record<string, unknown>): SurveyedDatabase {
  return {
    oid: Number(row.oid),
    name: String(row.name),
    ours: row.ours === true,
    commented: row.comment !== null,
    connectable: row.connectable === true,
    template: row.template === true,
    invalid: row.invalid === true,
    publicConnect: row.public_connect === true,
    untouched: row.untouched === true,
  };
}

type Lists = {
  readonly baselines: SurveyedBaseline[];
  readonly branches: SurveyedBranch[];
  readonly unfinished: Unfinished[];
  readonly others: SurveyedDatabase[];
};

function place(database: SurveyedDatabase, comment: string | undefined, lists: Lists): void {
  const label = database.ours ? parseLabel(comment) : undefined;
  if (!label) placeUnlabelled(database, comment, lists);
  else if ('baseline' in label) lists.baselines.push({ database, baseline: label.baseline });
  else if ('building' in label) {
    const { createdAt, baselineId } = label.building;
    lists.unfinished.push({ database, createdAt, lock: baselineName(baselineId) });
  } else if ('shard' in label) {
    const { createdAt, labels } = label.shard;
    lists.unfinished.push({ database, createdAt, lock: leaseLock(database.name), repository: labels });
  } else if ('branch' in label) {
    const { state, labels } = label.branch;
    if (state === 'ready') lists.branches.push({ database, labels });
    else {
      const { createdAt } = labels;
      lists.unfinished.push({ database, createdAt, lock: branchName(labels), repository: labels });
    }
  } else lists.others.push(database);
}

/** A closed database of ours in our kind of name without any comment is one whose first label was never written. */
function placeUnlabelled(database: SurveyedDatabase, comment: string | undefined, lists: Lists): void {
  const isOurs =
    database.ours &&
    comment === undefined &&
    (!database.connectable || database.invalid) &&
    OUR_NAME.test(database.name);
  if (isOurs) lists.unfinished.push({ database, createdAt: undefined, lock: database.name });
  else lists.others.push(database);
}

const OUR_NAME = /^pullgres_(\d|building_)/;

/** The baselines that the checks are about: all, or those of the id or name that was asked for. */
export function chosenBaselines(context: {
  readonly survey: Surveyed;
  readonly baselineId: string | undefined;
}): readonly SurveyedBaseline[] {
  const { survey, baselineId } = context;
  const isChosen = ({ id, name }: Baseline) => id === baselineId || name === baselineId;
  return survey.baselines.filter(({ baseline }) => baselineId === undefined || isChosen(baseline));
}
