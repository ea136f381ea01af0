import { commandLine } from '../../command-line.ts';
import { type Check, ok, problem, remedy } from './check.ts';
import { databaseNames, ids, insideClosed, NONE, onBaselines } from './on-baselines.ts';
import { chosenBaselines } from './survey.ts';
import { counted, isAre, listed, listedNames, shown, sqlName, sqlText } from './words.ts';

const present: Check = {
  id: 'baseline-present',
  group: 'baselines',
  title: 'The baseline is there, once',
  run: (_admin, context) => {
    const { survey, baselineId } = context;
    const found = chosenBaselines(context);
    if (baselineId !== undefined && found.length === 0) {
      const there = survey.baselines.length === 0 ? 'none' : ids(survey.baselines);
      return problem(
        `No database is labelled as the baseline ${JSON.stringify(baselineId)}; there is ${there}.`,
        remedy(
          `Check its spelling, or publish a database under that id: ${commandLine('baseline publish --database DATABASE --name ID --kind schema|synthetic')}`,
        ),
      );
    }
    const twice = found.filter(
      ({ baseline }) => found.filter((each) => each.baseline.id === baseline.id).length > 1,
    );
    if (twice.length > 0) {
      return problem(
        `${listedNames(databaseNames(twice))} all claim to be ${ids(twice.slice(0, 1))}: no branch is made from it.`,
        remedy(
          'Keep the first comment and clear the others, or choose otherwise:',
          ...databaseNames(twice)
            .slice(1)
            .map((name) => `COMMENT ON DATABASE ${sqlName(name)} IS NULL`),
        ),
      );
    }
    const invalid = found.filter(({ database }) => database.invalid);
    if (invalid.length > 0) {
      return problem(
        `${listedNames(databaseNames(invalid))} ${isAre(invalid.length)} half dropped and can only be dropped again.`,
        remedy(
          'Drop it and publish it anew:',
          ...databaseNames(invalid).flatMap((name) => [
            `ALTER DATABASE ${sqlName(name)} IS_TEMPLATE false`,
            `DROP DATABASE ${sqlName(name)}`,
          ]),
        ),
      );
    }
    return found.length === 0 ? NONE : ok(`${counted(found.length, 'baseline')}: ${ids(found)}.`);
  },
};

const closed: Check = {
  id: 'baseline-closed',
  group: 'baselines',
  title: 'Nobody can enter a baseline',
  run: onBaselines((baselines) => {
    const open = databaseNames(baselines.filter(({ database }) => database.connectable));
    if (open.length === 0)
      return ok(`ALLOW_CONNECTIONS is false for ${counted(baselines.length, 'baseline')}.`);
    return problem(
      `${listedNames(open)} let${open.length === 1 ? 's' : ''} people in: whoever is in it stops every copy, and may change it.`,
      remedy('Close it:', ...open.map((name) => `ALTER DATABASE ${sqlName(name)} ALLOW_CONNECTIONS false`)),
    );
  }),
};

const template: Check = {
  id: 'baseline-template',
  group: 'baselines',
  title: 'No baseline can be dropped by mistake',
  run: onBaselines((baselines) => {
    const plain = databaseNames(baselines.filter(({ database }) => !database.template));
    if (plain.length === 0) return ok(`IS_TEMPLATE is true for ${counted(baselines.length, 'baseline')}.`);
    return problem(
      `${listedNames(plain)} ${isAre(plain.length)} no template: one DROP DATABASE ends it.`,
      remedy('Mark it:', ...plain.map((name) => `ALTER DATABASE ${sqlName(name)} IS_TEMPLATE true`)),
    );
  }),
};

const SESSIONS = `
  SELECT datname::text AS database, count(*) AS n, array_agg(pid) AS pids,
         array_agg(DISTINCT backend_type) FILTER (WHERE backend_type <> 'client backend') AS workers
  FROM pg_stat_activity WHERE datname = ANY($1) AND backend_type <> 'autovacuum worker' GROUP BY 1 ORDER BY 1`;

const sessions: Check = {
  id: 'baseline-sessions',
  group: 'baselines',
  title: 'Nobody is in a baseline',
  run: async (admin, context) => {
    const baselines = chosenBaselines(context);
    if (baselines.length === 0) return NONE;
    const { rows } = await admin.query(SESSIONS, [databaseNames(baselines)]);
    if (rows.length === 0) return ok(`No session in ${counted(baselines.length, 'baseline')}.`);
    const workers = rows.flatMap((row) => (row.workers as string[] | null) ?? []);
    const who = rows.map((row) => `${counted(Number(row.n), 'session')} in ${shown(String(row.database))}`);
    const tail = workers.length === 0 ? '' : `, among them ${listed(workers)}`;
    return problem(
      `${listed(who)}${tail}: no copy can be made while they last.`,
      remedy(
        'End them; what comes back is an extension’s background worker, whose extension must be dropped from the database or set to another one:',
        ...rows.map(
          (row) =>
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${sqlText(String(row.database))}`,
        ),
      ),
    );
  },
};

const prepared: Check = {
  id: 'baseline-prepared',
  group: 'baselines',
  title: 'No prepared transaction is open in a baseline',
  run: async (admin, context) => {
    const baselines = chosenBaselines(context);
    if (baselines.length === 0) return NONE;
    const { rows } = await admin.query(
      `SELECT database::text AS database, gid FROM pg_prepared_xacts WHERE database = ANY($1) ORDER BY 1, 2`,
      [databaseNames(baselines)],
    );
    if (rows.length === 0) return ok(`None in ${counted(baselines.length, 'baseline')}.`);
    const places = [...new Set(rows.map((row) => String(row.database)))];
    return problem(
      `${counted(rows.length, 'prepared transaction')} in ${listedNames(places)}: no copy can be made while one is open.`,
      remedy(
        'End them, by COMMIT PREPARED where their work is wanted:',
        ...places.flatMap((place) => {
          const own = rows.filter((row) => row.database === place);
          return insideClosed(place, ...own.map(({ gid }) => `ROLLBACK PREPARED ${sqlText(String(gid))}`));
        }),
      ),
    );
  },
};

/** That a baseline can be copied: it is there, and nobody is in it. */
export const baselineChecks: readonly Check[] = [present, closed, template, sessions, prepared];
