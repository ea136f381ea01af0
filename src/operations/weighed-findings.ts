import { type Applied, applyExceptions } from '../policy/exceptions.ts';
import { REHEARSAL_RULES, type RehearsalRule } from '../rules/names.ts';
import type { Finding } from '../rules/rule.ts';
import { rehearsalExceptions } from './rehearsal-exceptions.ts';
import type { RehearseOptions } from './rehearse.ts';

function isRehearsalRule(rule: string): rule is RehearsalRule {
  return REHEARSAL_RULES.some((known) => known === rule);
}

/** What only a rehearsal finds, with the policy's severities, parted by its exceptions. `today` is a UTC day. */
export function weighedFindings(options: RehearseOptions, found: readonly Finding[], today: string): Applied {
  const { rules } = options.loaded.policy;
  const judged = found.flatMap((finding) => {
    const severity = rules[finding.rule] ?? finding.severity;
    return severity === 'off' ? [] : [{ ...finding, severity }];
  });
  const exceptions = rehearsalExceptions(REHEARSAL_RULES, options, today);
  const { findings, accepted } = applyExceptions(judged, exceptions, today);
  return { findings: findings.filter(({ rule }) => isRehearsalRule(rule)), accepted };
}
