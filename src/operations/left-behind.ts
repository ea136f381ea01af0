import { groupBy } from '../group-by.ts';
import { type Applied, applyExceptions } from '../policy/exceptions.ts';
import { REHEARSAL_RULES, type RehearsalRule } from '../rules/names.ts';
import type { Finding } from '../rules/rule.ts';
import { inlineExceptions } from './inline-exceptions.ts';
import type { RehearseOptions } from './rehearse.ts';

function isRehearsalRule(rule: string): rule is RehearsalRule {
  return REHEARSAL_RULES.some((known) => known === rule);
}

/** With the policy's severities, parted by its exceptions: what the migrations left behind. `today` is a UTC day. */
export function leftBehind(
  { plan, loaded, lint }: RehearseOptions,
  found: readonly Finding[],
  today: string,
): Applied {
  const judged = found.flatMap((finding) => {
    const severity = loaded.policy.rules[finding.rule] ?? finding.severity;
    return severity === 'off' ? [] : [{ ...finding, severity }];
  });
  const read = groupBy(lint.statements, ({ place }) => place.file);
  const inline = inlineExceptions(plan.added, (path) => read.get(path) ?? [], loaded).exceptions;
  const exceptions = [...loaded.exceptions, ...inline].filter(
    ({ rule, until }) => isRehearsalRule(rule) && today <= until,
  );
  const { findings, accepted } = applyExceptions(judged, exceptions, today);
  return { findings: findings.filter(({ rule }) => isRehearsalRule(rule)), accepted };
}
