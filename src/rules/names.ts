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

/** Complaints that only a rehearsal makes, beside `unpredicted-blocking-work`: by measurement, never by the text. */
export const REHEARSAL_RULES = [
  'over-budget',
  'data-breaks-constraint',
  'left-invalid-index',
  'left-unvalidated-constraint',
  'left-disabled-trigger',
  'down-migration-missing',
  'down-migration-fails',
  'down-migration-differs',
] as const;
export type RehearsalRule = (typeof REHEARSAL_RULES)[number];

/** Complaints about the masking profile and what a change adds without it. */
export const MASKING_RULES = ['unmasked-column', 'weakened-mask', 'unreadable-masking-profile'] as const;

/** Every name that the policy's `rules` and `exceptions` may give. */
export const ruleNames: readonly string[] = [
  ...rules.map(({ slug }) => slug),
  UNPREDICTED_WORK,
  ...REHEARSAL_RULES,
  ...HISTORY_RULES,
  ...MASKING_RULES,
];
