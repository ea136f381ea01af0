import type { Admin } from '../admin.ts';
import { preflightChecks } from '../preflight.ts';
import type { PreflightCheck } from '../preflight-checks.ts';
import { chooseStrategy } from '../strategy.ts';
import { readTemplateFacts } from '../template-facts.ts';
import { type Check, type DoctorContext, type Outcome, ok, remedy, unknown } from './check.ts';
import { chosenBaselines } from './survey.ts';

/** The largest of the baselines, which needs most; without one, an empty database, as a schema is built in. */
async function largest(admin: Admin, context: DoctorContext): Promise<string> {
  const names = chosenBaselines(context)
    .filter(({ database }) => !database.invalid)
    .map(({ database }) => database.name);
  const { rows } = await admin.query(
    'SELECT name::text AS name FROM unnest($1::name[]) name ORDER BY pg_database_size(name) DESC LIMIT 1',
    [names],
  );
  return String(rows[0]?.name ?? 'template0');
}

/** What `branch` itself asks before it copies (preflight.ts). */
const preflight =
  (name: PreflightCheck['name']): Check['run'] =>
  async (admin, context): Promise<Outcome> => {
    const found = (await preflightChecks(admin, await largest(admin, context))).find(
      (check) => check.name === name,
    );
    if (!found) return unknown('The checks before a copy do not ask it.');
    const { status, detail } = found;
    return { status, detail, ...(found.remedy === undefined ? {} : { remedy: remedy(found.remedy) }) };
  };

const copies: Check = {
  id: 'copies',
  group: 'disk',
  title: 'How branches are copied is known',
  run: async (admin, context) => {
    const facts = await readTemplateFacts(admin, await largest(admin, context));
    const { why } = chooseStrategy(facts);
    return facts.reflink === 'unknown' && admin.serverVersion >= 18 ? unknown(why) : ok(why);
  },
};

export const diskChecks: readonly Check[] = [
  {
    id: 'free-space',
    group: 'disk',
    title: 'The disk has room for one more branch, its WAL included',
    run: preflight('free space'),
  },
  {
    id: 'free-files',
    group: 'disk',
    title: 'The filesystem has room for its files',
    run: preflight('free files'),
  },
  copies,
];
