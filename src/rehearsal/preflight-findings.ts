import type { RehearsalRecord } from '../evidence/schema.ts';
import { fingerprint } from '../rules/fingerprint.ts';
import { OTHER_NAMES } from '../rules/other-names.ts';
import type { Finding } from '../rules/rule.ts';
import { code } from '../rules/words.ts';
import type { Preflight } from './preflight.ts';

const RULE = 'data-breaks-constraint';

type Observed = RehearsalRecord['migrations'][number]['statements'][number];

/** What the rows do, behind their number and relation. */
const DEEDS: Readonly<Record<Preflight['check'], (subject: string, isOne: boolean) => string>> = {
  nulls: (subject, isOne) => `${isOne ? 'has' : 'have'} no ${subject}`,
  duplicates: (subject, isOne) => `${isOne ? 'repeats' : 'repeat'} the ${subject} of another row`,
  orphans: (subject, isOne) => `${isOne ? 'refers' : 'refer'} by ${subject} to a row that is not there`,
  violations: (subject, isOne) => `${isOne ? 'breaks' : 'break'} ${subject}`,
  unconvertible: (subject, isOne) => `${isOne ? 'has' : 'have'} a ${subject} that the new type cannot hold`,
};

/** 3 rows of `public.users` have no `email`. */
function message({ check, relation, subject, rows = 0 }: Preflight): string {
  const number = rows === 1 ? '1 row' : `${rows.toLocaleString('en-US')} rows`;
  return `${number} of ${code(relation)} ${DEEDS[check](code(subject), rows === 1)}.`;
}

function help({ find }: Preflight): string {
  const mend = 'Mend them in an earlier migration, in batches';
  return find === undefined
    ? `${mend}, or give the column a default.`
    : `${mend}; they are found by ${code(find)}.`;
}

function complaint(statement: Observed, found: Preflight): Finding {
  const { relation, subject } = found;
  return {
    rule: RULE,
    severity: OTHER_NAMES[RULE]?.severity ?? 'error',
    place: statement.place,
    relation,
    message: message(found),
    help: help(found),
    fix: [],
    evidence: 'observed',
    fingerprint: fingerprint(RULE, relation, `${found.check} ${subject}`, statement.sql),
  };
}

/**
 * A finding for each count of rows that stood in the way of the statement at which a migration failed. A statement that
 * went through had none in its way: what was counted before it, it mended itself.
 */
export function preflightFindings(migrations: RehearsalRecord['migrations']): Finding[] {
  return migrations.flatMap(({ outcome, statements, problem }) => {
    const last = statements.at(-1);
    // A refusal of the history or of COMMIT has no line.
    if (outcome !== 'failed' || last === undefined || problem?.line === undefined) return [];
    const broken = (last.preflight ?? []).filter(({ rows = 0 }) => rows > 0);
    return broken.map((found) => complaint(last, found));
  });
}
