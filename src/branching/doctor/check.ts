import type { Admin, Server } from '../admin.ts';
import type { Settings } from './settings.ts';
import type { Surveyed } from './survey.ts';

/** `unknown`: it could not be seen, so nothing is proved. A warning costs something or may hurt later; a problem stops or endangers branches. */
export type CheckStatus = 'ok' | 'warning' | 'problem' | 'unknown';

/** One statement of a remedy. */
export type RemedySql = {
  /** The database to run it in; undefined: any, such as the administrator's. */
  readonly database: string | undefined;
  readonly statement: string;
};

export type Remedy = {
  /** An imperative sentence. */
  readonly text: string;
  /** To be run in this order, each by itself; empty where SQL cannot mend it. */
  readonly sql: readonly RemedySql[];
};

export type Outcome = {
  readonly status: CheckStatus;
  /** One sentence with the number. */
  readonly detail: string;
  readonly remedy?: Remedy;
};

export const CHECK_GROUPS = [
  'server',
  'administrator',
  'baselines',
  'isolation',
  'capacity',
  'disk',
  'remains',
] as const;
export type CheckGroup = (typeof CHECK_GROUPS)[number];

/** What was read once for all checks. */
export type DoctorContext = {
  readonly server: Server;
  readonly settings: Settings;
  /** Every database, and which of them are branches and baselines. */
  readonly survey: Surveyed;
  /** The id of the baseline that was asked for: the checks on baselines are about this one alone. */
  readonly baselineId: string | undefined;
};

export type Check = {
  readonly id: string;
  readonly group: CheckGroup;
  /** What is in order when the status is ok. */
  readonly title: string;
  /** Changes nothing. What the server refuses with 42501 becomes `unknown` (examine.ts). */
  readonly run: (admin: Admin, context: DoctorContext) => Promise<Outcome> | Outcome;
};

export const ok = (detail: string): Outcome => ({ status: 'ok', detail });
export const unknown = (detail: string, remedy?: Remedy): Outcome => outcome('unknown', detail, remedy);
export const warning = (detail: string, remedy?: Remedy): Outcome => outcome('warning', detail, remedy);
export const problem = (detail: string, remedy?: Remedy): Outcome => outcome('problem', detail, remedy);

function outcome(status: CheckStatus, detail: string, remedy: Remedy | undefined): Outcome {
  return { status, detail, ...(remedy === undefined ? {} : { remedy }) };
}

/** A remedy in words, with the statements that carry it out; a plain text runs in any database. */
export function remedy(text: string, ...sql: readonly (string | RemedySql)[]): Remedy {
  return {
    text,
    sql: sql.map((each) => (typeof each === 'string' ? { database: undefined, statement: each } : each)),
  };
}

/** A statement that must run in that database. */
export const inside = (database: string, statement: string): RemedySql => ({ database, statement });
