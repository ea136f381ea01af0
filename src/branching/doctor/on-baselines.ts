import { type Check, type DoctorContext, inside, type Outcome, ok } from './check.ts';
import { chosenBaselines, type SurveyedBaseline } from './survey.ts';
import { listed, sqlName } from './words.ts';

/** What every check on baselines says where there is none. */
export const NONE = ok('There is no baseline yet; one of kind schema is built at first use.');

/** A check that has nothing to say where there is no baseline. */
export const onBaselines =
  (judge: (baselines: readonly SurveyedBaseline[], context: DoctorContext) => Outcome): Check['run'] =>
  (_admin, context) => {
    const baselines = chosenBaselines(context);
    return baselines.length === 0 ? NONE : judge(baselines, context);
  };

/** Their databases’ names. */
export const databaseNames = (baselines: readonly SurveyedBaseline[]) =>
  baselines.map(({ database }) => database.name);
/** Their ids, as a sentence shows them. */
export const ids = (baselines: readonly SurveyedBaseline[]) =>
  listed(baselines.map(({ baseline }) => JSON.stringify(baseline.id)));

/** A closed database must be opened for what can only be done inside of it; nobody else is let in by that for long. */
export const insideClosed = (database: string, ...statements: readonly string[]) => [
  `ALTER DATABASE ${sqlName(database)} ALLOW_CONNECTIONS true`,
  ...statements.map((statement) => inside(database, statement)),
  `ALTER DATABASE ${sqlName(database)} ALLOW_CONNECTIONS false`,
];
