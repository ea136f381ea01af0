import { rules } from './registry.ts';

const SOURCE = 'https://github.com/pullgres/pullgres/blob/main';

/** The page that a person lands on from a finding. A complaint that is no rule of SQL stands in the list of rules. */
export function docsUrl(rule: string): string {
  return rules.some(({ slug }) => slug === rule)
    ? `${SOURCE}/src/rules/${rule}/doc.md`
    : `${SOURCE}/docs/rules.md#${encodeURIComponent(rule.toWellFormed())}`;
}
