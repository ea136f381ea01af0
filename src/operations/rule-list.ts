import { UserError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import type { TextOptions } from '../report/pen.ts';
import { ruleListJson, ruleListText } from '../report/rule-list.ts';
import { renderPage } from '../report/rule-page.ts';
import { ruleNames } from '../rules/names.ts';
import { rulePages } from './rule-pages.ts';

export type PageOptions = Omit<TextOptions, 'clean'>;

/** Every rule, as a table by section, or as JSON. */
export function listRules(format: 'text' | 'json', options: PageOptions): string {
  return format === 'json' ? ruleListJson() : ruleListText({ ...options, clean: (text) => text });
}

/**
 * A rule's page for a terminal.
 * @throws UserError for a name that no rule has, with the one that was probably meant.
 */
export async function explainRule(name: string, options: PageOptions): Promise<string> {
  const pages = await rulePages();
  if (!ruleNames.includes(name)) {
    const near = nearestName(name, ruleNames);
    throw new UserError(`There is no rule ${name}.`, {
      hint:
        near === undefined ? 'See `pullgres rules`.' : `Did you mean ${near}? See also \`pullgres rules\`.`,
    });
  }
  return renderPage(name, pages.get(name), { ...options, clean: (text) => text });
}
