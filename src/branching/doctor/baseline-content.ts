import type { Admin } from '../admin.ts';
import { branchSetting } from '../database-settings.ts';
import { distrustOf } from '../guards.ts';
import { readPlaces } from '../trusted.ts';
import { type Check, type Outcome, ok, problem, remedy, unknown, warning } from './check.ts';
import { databaseNames, insideClosed, NONE, onBaselines } from './on-baselines.ts';
import { chosenBaselines } from './survey.ts';
import { ageWords, counted, isAre, listed, listedNames, shown, sqlName } from './words.ts';

/** Since 15 (docs: 23.2.3). C and POSIX have no version, nor have the builtin provider’s locales a changing one. */
const COLLATIONS = `
  SELECT datname::text AS name, datcollversion AS made, pg_database_collation_actual_version(oid) AS actual
  FROM pg_database WHERE datname = ANY($1) OR datname = 'template0' ORDER BY 1`;

const collation: Check = {
  id: 'collation',
  group: 'baselines',
  title: 'The baselines’ collations are the machine’s',
  run: async (admin, context) => {
    const baselines = chosenBaselines(context);
    if (baselines.length === 0) return NONE;
    const names = databaseNames(baselines);
    if (admin.serverVersion < 15) return olderCollations(admin, names);
    const { rows } = await admin.query(COLLATIONS, [names]);
    const stale = rows.filter(
      (row) => row.name !== 'template0' && row.made !== row.actual && row.made !== null,
    );
    if (stale.length === 0) {
      return ok(
        `The default collation of ${counted(names.length, 'baseline')} has the version that it was made with; other collations in them are not seen from outside.`,
      );
    }
    const words = stale.map(
      (row) =>
        `${shown(String(row.name))} was made with ${row.made}, the machine has ${row.actual ?? 'none'}`,
    );
    return problem(
      `${listed(words)}: Postgres refuses to copy it, and its indexes on text may be wrong.`,
      remedy(
        'Publish it anew, or build its indexes again:',
        ...stale.flatMap((row) => {
          const name = String(row.name);
          return insideClosed(
            name,
            `REINDEX DATABASE ${sqlName(name)}`,
            `ALTER DATABASE ${sqlName(name)} REFRESH COLLATION VERSION`,
          );
        }),
      ),
    );
  },
};

async function olderCollations(admin: Admin, names: readonly string[]): Promise<Outcome> {
  const { rows } = await admin.query(
    "SELECT datname::text AS name FROM pg_database WHERE datname = ANY($1) AND datcollate NOT IN ('C', 'POSIX') ORDER BY 1",
    [names],
  );
  if (rows.length === 0) return ok('Every baseline sorts by bytes (C), which never changes.');
  return unknown(
    `Postgres ${admin.serverVersion} does not record by which version of its collation ${listedNames(rows.map((row) => String(row.name)))} ${isAre(rows.length)} sorted (15 does).`,
  );
}

const SETTINGS = `
  SELECT d.datname::text AS database, c.entry
  FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c(entry)
  WHERE s.setrole = 0 AND d.datname = ANY($1) ORDER BY 1, 2`;

/** Values are not shown: an application's settings may hold anything. */
const settings: Check = {
  id: 'baseline-settings',
  group: 'baselines',
  title: 'No setting of a baseline hinders work in its copies',
  run: async (admin, context) => {
    const baselines = chosenBaselines(context);
    if (baselines.length === 0) return NONE;
    const { rows } = await admin.query(SETTINGS, [databaseNames(baselines)]);
    const found = rows.map((row) => {
      const database = String(row.database);
      return { database, ...branchSetting(database, String(row.entry)) };
    });
    const limits = found.filter(({ name }) => name === 'lock_timeout');
    if (limits.length > 0) {
      return warning(
        `${listedNames(limits.map(({ database }) => database))} ${limits.length === 1 ? 'has' : 'have'} a lock_timeout, which migrations and tests on branches meet as well.`,
        remedy(
          'Reset it, unless production has it too:',
          ...limits.map(({ database }) => `ALTER DATABASE ${sqlName(database)} RESET lock_timeout`),
        ),
      );
    }
    if (found.length === 0) return ok(`No setting stands on ${counted(baselines.length, 'baseline')}.`);
    const left = [...new Set(found.filter(({ sql }) => sql === undefined).map(({ name }) => name))];
    const tail = left.length === 0 ? '' : `, but for ${listedNames(left)}`;
    return ok(
      `${counted(found.length, 'setting')} of baselines go${found.length === 1 ? 'es' : ''} along to branches${tail}.`,
    );
  },
};

const OLD_DAYS = 30;

const age: Check = {
  id: 'baseline-age',
  group: 'baselines',
  title: 'The baselines are recent',
  run: onBaselines((baselines, { server }) => {
    const now = server.now().getTime();
    const aged = baselines.map((each) => ({
      ...each,
      seconds: (now - Date.parse(each.baseline.createdAt)) / 1000,
    }));
    const old = aged.filter(
      ({ baseline, seconds }) => baseline.kind !== 'schema' && seconds > OLD_DAYS * 86_400,
    );
    const oldest = Math.max(...aged.map(({ seconds }) => seconds));
    if (old.length === 0) return ok(`The oldest was made ${ageWords(Math.max(0, oldest))} ago.`);
    const words = old.map(
      ({ baseline, seconds }) => `${JSON.stringify(baseline.id)} was made ${ageWords(seconds)} ago`,
    );
    return warning(
      `${listed(words)}: its data drift from production’s.`,
      remedy('Publish a newer one under a new id.'),
    );
  }),
};

const masking: Check = {
  id: 'baseline-masking',
  group: 'baselines',
  title: 'No baseline claims a masking that is not proved',
  run: async (admin, context) => {
    const baselines = chosenBaselines(context);
    if (baselines.length === 0) return NONE;
    const masked = baselines.filter(({ baseline }) => baseline.kind === 'masked');
    if (masked.length === 0)
      return ok(`${counted(baselines.length, 'baseline')} of kind schema or synthetic.`);
    const placeOf = await readPlaces(admin);
    const distrusted = masked.flatMap(({ baseline, database }) => {
      const { oid, connectable, untouched } = database;
      const found = { baseline, place: placeOf(oid), connectable, untouched };
      const distrust = distrustOf(found, context.server.trust);
      return distrust ? [{ id: JSON.stringify(baseline.id), ...distrust }] : [];
    });
    const [first] = distrusted;
    if (!first) return ok(`The policy trusts the proof of ${counted(masked.length, 'masked baseline')}.`);
    const outcome = context.baselineId === undefined ? warning : problem;
    return outcome(
      `${listed(distrusted.map(({ id }) => id))} ${isAre(distrusted.length)} said to be masked and not proved, so no branch is made from ${distrusted.length === 1 ? 'it' : 'them'}. ${first.id}: ${first.why}`,
      remedy(first.hint),
    );
  },
};

/** Libraries whose background workers sit in databases. */
const RESIDENTS = ['timescaledb', 'pg_cron', 'pg_partman_bgw', 'pglogical', 'pg_squeeze'];

const preload: Check = {
  id: 'preload',
  group: 'baselines',
  title: 'No preloaded library works in a baseline',
  run: async (admin, context) => {
    const names = databaseNames(chosenBaselines(context));
    const { rows } = await admin.query("SELECT current_setting('cron.database_name', true) AS cron");
    const cron = String(rows[0]?.cron ?? '');
    if (names.includes(cron)) {
      return problem(
        `pg_cron works in ${shown(cron)} (cron.database_name): its launcher stops every copy.`,
        remedy('Set cron.database_name to another database and restart the server.'),
      );
    }
    const libraries = context.settings.text('shared_preload_libraries');
    if (libraries === undefined) {
      return unknown(
        'shared_preload_libraries cannot be read by this administrator.',
        remedy('As a superuser:', `GRANT pg_read_all_settings TO ${sqlName(context.server.facts.user)}`),
      );
    }
    const found = RESIDENTS.filter((each) =>
      libraries.split(',').some((library) => library.trim().includes(each)),
    );
    if (found.length === 0) return ok(libraries === '' ? 'None is preloaded.' : `Preloaded: ${libraries}.`);
    return warning(
      `${listed(found)} ${isAre(found.length)} preloaded: background workers may enter databases that have the extension, and a copy waits for them.`,
      remedy(
        'Drop the extension in a baseline before it is published, or stop its workers there; baseline-sessions shows them when they are in.',
      ),
    );
  },
};

const inner: Check = {
  id: 'baseline-contents',
  group: 'baselines',
  title: 'What stands in the baselines cannot reach out',
  run: onBaselines((baselines) =>
    unknown(
      `${counted(baselines.length, 'baseline')} ${isAre(baselines.length)} closed, also to this check: foreign servers, passwords in user mappings, cron jobs and triggers in them are not seen from outside. Each copy is made harmless when it is made, and the branch’s evidence lists what was found.`,
    ),
  ),
};

/** What is in a baseline, as far as it shows outside. */
export const baselineContentChecks: readonly Check[] = [collation, settings, age, masking, preload, inner];
