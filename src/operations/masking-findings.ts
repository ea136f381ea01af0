import { detect } from '../masking/detection/detect.ts';
import { type NewColumn, newColumns } from '../masking/profile/new-columns.ts';
import type { MaskingProfile } from '../masking/profile/profile.ts';
import { type Weakening, weakenedRules } from '../masking/profile/weakened.ts';
import { fingerprint, meaning } from '../rules/fingerprint.ts';
import type { MASKING_RULES } from '../rules/names.ts';
import { OTHER_NAMES } from '../rules/other-names.ts';
import { type Finding, SEVERITIES, type Severity } from '../rules/rule.ts';
import { code } from '../rules/words.ts';
import type { Catalog } from '../sql/catalog.ts';
import type { Place, Statement } from '../sql/statement.ts';
import { columnMakers } from './column-makers.ts';
import { weighed } from './history-findings.ts';
import type { LoadedPolicy } from './policy.ts';
import type { ProfileChange, ProfileSide } from './profile-change.ts';
import { entryPlaces, topOf } from './profile-places.ts';

type MaskingRule = (typeof MASKING_RULES)[number];

export type MaskingInput = {
  readonly change: ProfileChange | undefined;
  /** The schema before the change. */
  readonly before: Catalog;
  /** All that the change runs, in order. */
  readonly statements: readonly Statement[];
  /** ISO 8601 day. */
  readonly today: string;
};

const MOST_WEAKENED = 50;
/** Patterns × entries: each pattern may be tried on each name, and a pull request writes both. */
const MOST_COMPARISONS = 4_000_000;

/**
 * What the masking profile of the change does not cover of its own columns, and what it masks less than the base's.
 * Nothing where the repository has no profile.
 */
export function maskingFindings(
  input: MaskingInput,
  { policy }: Pick<LoadedPolicy, 'policy'>,
): readonly Finding[] {
  const { change } = input;
  if (change === undefined) return [];
  const { path, base, head } = change;
  const { rules } = policy;
  if (head.kind === 'none') return weighed([gone(path)], policy);
  const tooMuch = head.kind === 'read' ? tooManyPatterns(head.profile, input.before) : undefined;
  const reason = head.kind === 'unreadable' ? head.reason : tooMuch;
  if (head.kind === 'unreadable' || reason !== undefined)
    return weighed([unread(path, reason ?? '', rules)], policy);
  return weighed(
    [...unmaskedColumns(path, head.profile, input), ...weakened(path, base, head, rules)],
    policy,
  );
}

function tooManyPatterns({ tables }: MaskingProfile, { relations }: Catalog): string | undefined {
  const patterns = tables.filter(({ pattern }) => pattern.schema.glob || pattern.table.glob).length;
  const columns = tables.reduce(
    (sum, one) => sum + one.columns.filter(({ pattern }) => pattern.glob).length,
    0,
  );
  const names = tables.length + relations.size;
  const tried = (patterns + columns) * names;
  return tried > MOST_COMPARISONS ? 'It has too many patterns to be held against so many tables.' : undefined;
}

function unmaskedColumns(path: string, profile: MaskingProfile, input: MaskingInput): readonly Finding[] {
  const { before, statements, today } = input;
  const makers = columnMakers(before, statements);
  const found = newColumns({ before, after: makers.after, profile, detect, today });
  // What goes with its session is in no baseline.
  const lasting = found.filter(({ table }) => !table.startsWith('pg_temp.'));
  return lasting.flatMap((column) => {
    const statement = makers.makerOf(column.table, column.column);
    return statement ? [unmasked(path, column, statement)] : [];
  });
}

function unmasked(path: string, { table, column, why, paste }: NewColumn, statement: Statement): Finding {
  return finding('unmasked-column', {
    place: statement.place,
    relation: table,
    about: fingerprint('unmasked-column', table, column, meaning(statement)),
    message: why.replaceAll('`', "'"),
    help: `Paste into ${code(path)}: ${code(paste)}`,
  });
}

function weakened(
  path: string,
  base: ProfileSide | undefined,
  head: Extract<ProfileSide, { kind: 'read' }>,
  rules: LoadedPolicy['policy']['rules'],
): readonly Finding[] {
  if (base === undefined || base.kind === 'none') return [];
  if (base.kind === 'unreadable')
    return [unread(path, `As it stands on the base branch: ${base.reason}`, rules)];
  const all = weakenedRules(base.profile, head.profile);
  const places = all.length === 0 ? new Map<string, Place>() : entryPlaces(head.yaml);
  const told = all
    .slice(0, MOST_WEAKENED)
    .map((one) => weaker(path, one, places.get(one.where) ?? topOf(head.yaml)));
  const more = all.length - told.length;
  const where = { where: `${more} further places`, what: 'masked less than before' };
  return more > 0 ? [...told, weaker(path, where, topOf(head.yaml))] : told;
}

function weaker(path: string, { where, what }: Weakening, place: Place): Finding {
  return finding('weakened-mask', {
    place,
    relation: undefined,
    about: fingerprint('weakened-mask', undefined, where, `${path} ${what}`),
    message: `The masking profile protects less than before at ${code(where)}: ${code(what)}.`,
    help: 'Let somebody look at it who answers for the data; without a reason, bring the rule back.',
  });
}

/** Without a profile nothing is held against it any more. */
function gone(path: string): Finding {
  return {
    ...finding('weakened-mask', {
      place: nowhere(path),
      relation: undefined,
      about: fingerprint('weakened-mask', undefined, undefined, `${path} is gone`),
      message: `The masking profile ${code(path)} is taken away: no masked baseline can be refreshed, and new columns are not held against it.`,
      help: `Bring it back, or name where it stands now in the policy’s ${code('masking.profile')} in a change before this one.`,
    }),
    severity: 'warning',
  };
}

function unread(path: string, reason: string, rules: LoadedPolicy['policy']['rules']): Finding {
  const text = reason.replaceAll(/\s+/g, ' ').slice(0, 600);
  return {
    ...finding('unreadable-masking-profile', {
      place: nowhere(path),
      relation: undefined,
      about: fingerprint('unreadable-masking-profile', undefined, undefined, path),
      message: `The masking profile ${code(path)} cannot be read, so whether new columns are masked and whether it protects less than before was not judged: ${code(text)}`,
      help: `Mend ${code(path)}; ${code('pullgres mask check')} says what is wrong with it.`,
    }),
    // What hides a complaint weighs no less than it.
    severity: gravest(['warning', rules['unmasked-column'], rules['weakened-mask']]),
  };
}

function gravest(all: readonly (Severity | 'off' | undefined)[]): Severity {
  return SEVERITIES.findLast((severity) => all.includes(severity)) ?? 'warning';
}

function nowhere(file: string): Place {
  return { file, line: 1, column: 1, endLine: 1, endColumn: 1, startByte: 0, endByte: 0 };
}

function finding(
  rule: MaskingRule,
  { about, ...words }: Pick<Finding, 'place' | 'relation' | 'message' | 'help'> & { readonly about: string },
): Finding {
  const severity = OTHER_NAMES[rule]?.severity ?? 'warning';
  return { rule, severity, ...words, fix: [], evidence: 'predicted', fingerprint: about };
}
