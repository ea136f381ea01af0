import { rules } from './registry.ts';

/**
 * The complaint that only a rehearsal makes: work that was seen to block others, at a statement that no rule complains
 * of. The policy names it as it names a rule.
 */
export const UNPREDICTED_WORK = 'unpredicted-blocking-work';

/** Every name that the policy's `rules` and `exceptions` may give. */
export const ruleNames: readonly string[] = [...rules.map(({ slug }) => slug), UNPREDICTED_WORK];
