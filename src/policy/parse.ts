import { isSeq } from 'yaml';
import type { Place } from '../sql/statement.ts';
import { describeIssue, unknownRules } from './problems.ts';
import { type Policy, policySchema } from './schema.ts';
import { offsetOf, placeOf, readYaml, refuse, toValue } from './yaml.ts';

/**
 * Reads `.github/pullgres.yml`. Throws one UserError that lists every problem with line, column, key and what to write.
 * `ruleNames` are the slugs of the rules that exist; an empty text means that every default holds.
 */
export function parsePolicy(text: string, file: string, ruleNames: readonly string[]): Policy {
  const yaml = readYaml(text, file);
  const value: unknown = toValue(yaml) ?? {};
  const result = policySchema.safeParse(value);
  const nodeAt = (path: readonly PropertyKey[]) => yaml.document.getIn(path, true);
  const problems = [
    ...(result.error?.issues ?? []).flatMap((issue) => describeIssue(issue, nodeAt)),
    ...unknownRules(value, ruleNames),
  ].map(({ path, key, text }) => ({ offset: offsetOf(yaml, path, key), text }));
  if (!result.success || problems.length > 0) refuse(file, problems, yaml.lines);
  return result.data;
}

/** Where each entry of `exceptions` stands in the policy's text, in order. Call it with a text that `parsePolicy` took. */
export function exceptionPlaces(text: string, file: string): readonly Place[] {
  const yaml = readYaml(text, file);
  const entries = yaml.document.get('exceptions');
  return isSeq(entries) ? entries.items.map((item) => placeOf(item, yaml)) : [];
}
