import { rules } from './registry.ts';

/**
 * The complaint that only a rehearsal makes: work that was seen to block others, at a statement that no rule complains
 * of. The policy names it as it names a rule.
 */
export const UNPREDICTED_WORK = 'unpredicted-blocking-work';

/** Complaints about the list of migrations, which no statement makes. */
export const HISTORY_RULES = [
  'deleted-migration',
  'edited-migration',
  'out-of-order-migration',
  'duplicate-version',
] as const;

/** Every name that the policy's `rules` and `exceptions` may give. */
export const ruleNames: readonly string[] = [
  ...rules.map(({ slug }) => slug),
  UNPREDICTED_WORK,
  ...HISTORY_RULES,
];
