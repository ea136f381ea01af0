import { pasteLine } from '../profile/paste.ts';
import type { RuleBook } from '../profile/rules.ts';
import { ruleText } from '../profile/strategy-text.ts';
import type { Strategy } from '../strategy.ts';
import { clearByNature } from './automatic.ts';
import { columnId, type Place, placeText } from './column-id.ts';
import type { Group } from './groups.ts';
import type { Report } from './missing.ts';

/** What the profile and the schema say of a column, before anything is compiled. */
export type Decision =
  | { readonly kind: 'computed' }
  /** `automatic`: without a word of the profile. */
  | { readonly kind: 'clear'; readonly reason: string; readonly automatic: boolean }
  | { readonly kind: 'masked'; readonly strategy: Strategy }
  /** The profile's `unknown` decides. */
  | { readonly kind: 'unknown' };

export type Decided = {
  readonly decision: Decision;
  /** The column whose rule it is; itself, when it follows none. */
  readonly root: Place;
  readonly group: Group | undefined;
};

export type Decide = (place: Place) => Decided;

type Context = {
  readonly book: RuleBook;
  readonly groups: ReadonlyMap<string, Group>;
  readonly report: Report;
};

/** Decides columns one by one; a group's decision is made once, and what speaks against it is told then. */
export function decider(context: Context): Decide {
  const made = new Map<Group, Decided>();
  return (place) => {
    const group = context.groups.get(columnId(place));
    if (place.column.generated) return computed(place, group, context);
    if (group === undefined) return { decision: ownDecision(place, context), root: place, group };
    const decided = made.get(group) ?? groupDecision(group, context);
    made.set(group, decided);
    return followed(place, decided, context);
  };
}

function computed(place: Place, group: Group | undefined, { book, report }: Context): Decided {
  const found = book(place.table.schema, place.table.name).named(place.column.name);
  if (found?.exact) {
    report.problem(
      placeText(place),
      'the server computes it from the row’s other columns',
      'Take its rule out of the profile.',
    );
  }
  return { decision: { kind: 'computed' }, root: place, group };
}

/** By the column's own rule, or its nature. */
function ownDecision(place: Place, { book }: Context): Decision {
  const rules = book(place.table.schema, place.table.name);
  const named = rules.named(place.column.name);
  const nature = named ? undefined : clearByNature(place.table, place.column);
  if (nature !== undefined) return { kind: 'clear', reason: nature, automatic: true };
  const rule = (named ?? rules.remaining)?.rule;
  if (rule === undefined || rule.as === 'like') return { kind: 'unknown' };
  return ruleDecision(rule);
}

function ruleDecision(strategy: Strategy): Decision {
  if (strategy.as !== 'clear') return { kind: 'masked', strategy };
  return { kind: 'clear', reason: 'the profile says clear', automatic: false };
}

function groupDecision(group: Group, context: Context): Decided {
  const made = group.roots
    .filter(({ column }) => column.generated === undefined)
    .map((root) => ({ root, decision: ownDecision(root, context) }));
  const known = made.filter(({ decision }) => decision.kind !== 'unknown');
  const [first, ...others] = known;
  const fallback = group.roots[0] as Place;
  if (first === undefined) return { decision: { kind: 'unknown' }, root: made[0]?.root ?? fallback, group };
  for (const other of others) {
    if (wordOf(other.decision) === wordOf(first.decision)) continue;
    context.report.problem(
      placeText(other.root),
      `the same keys lead here and to ${placeText(first.root)}, which is ${wordOf(first.decision)}, but this is ${wordOf(other.decision)}`,
      `Give both the same rule: ${line(other.root, wordOf(first.decision))}`,
    );
  }
  return { ...first, group };
}

/** A member's own exact rule must say the same as its group's, but that a reference may be NULL. */
function followed(place: Place, decided: Decided, { book, report }: Context): Decided {
  const found = book(place.table.schema, place.table.name).named(place.column.name);
  const { group } = decided;
  if (
    !found?.exact ||
    found.rule.as === 'like' ||
    group?.roots.some((root) => columnId(root) === columnId(place))
  )
    return decided;
  const own = ruleDecision(found.rule);
  if (wordOf(own) === wordOf(decided.decision)) return decided;
  const isReference = group?.follows.some(
    ({ from, why }) => why === 'key' && columnId(from) === columnId(place),
  );
  if (found.rule.as === 'null' && isReference && !isFollowed(place, group))
    return { decision: own, root: place, group };
  report.problem(
    placeText(place),
    `it follows ${placeText(decided.root)}, which is ${wordOf(decided.decision)}, so it cannot be ${ruleText(found.rule)}`,
    `Take this rule out, or move it to ${placeText(decided.root)}: ${line(decided.root, ruleText(found.rule))}`,
  );
  return decided;
}

function isFollowed(place: Place, group: Group | undefined): boolean {
  return group?.follows.some(({ to }) => columnId(to) === columnId(place)) ?? false;
}

function wordOf(decision: Decision): string {
  return decision.kind === 'masked' ? ruleText(decision.strategy) : decision.kind;
}

function line({ table, column }: Place, rule: string): string {
  return pasteLine({ schema: table.schema, table: table.name }, column.name, rule);
}
