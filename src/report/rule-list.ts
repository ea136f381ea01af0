import { docsUrl } from '../rules/docs-url.ts';
import { OTHER_NAMES } from '../rules/other-names.ts';
import { rules } from '../rules/registry.ts';
import { type Rule, SECTIONS, type Section } from '../rules/rule.ts';
import { wrap } from './display-width.ts';
import { type Pen, penOf, type Style, type TextOptions } from './pen.ts';

const COLORS: Readonly<Record<string, Style>> = {
  error: 'red',
  warning: 'yellow',
  notice: 'blue',
  off: 'dim',
};

/** Rules of one section, by name. */
export function rulesOf(section: Section): readonly Rule[] {
  const own = rules.filter((rule) => rule.section === section);
  return own.toSorted((a, b) => (a.slug < b.slug ? -1 : 1));
}

/** The severity unless the policy says another. */
export function standardSeverity({ severity, optIn }: Rule): Rule['severity'] | 'off' {
  return optIn ? 'off' : severity;
}

/** A table by section: name, severity, what it finds. Then the complaints that are about no statement. */
export function ruleListText(options: TextOptions): string {
  const pen = penOf(options);
  const sections = SECTIONS.map((section) => ({ section, own: rulesOf(section) })).filter(
    ({ own }) => own.length > 0,
  );
  const blocks = sections.map(({ section, own }) =>
    [
      pen.paint('bold', section),
      ...own.map((rule) => row(rule.slug, standardSeverity(rule), rule.title, pen)),
    ].join('\n'),
  );
  const others = Object.entries(OTHER_NAMES).map(([name, { severity, title }]) =>
    row(name, severity, title, pen),
  );
  const off = rules.filter(({ optIn }) => optIn).length;
  return [
    ...blocks,
    [pen.paint('bold', 'the list of migrations, and exceptions'), ...others].join('\n'),
    `${rules.length} rules, ${off} of them off until the policy gives them a severity. \`pullgres explain <rule>\` prints a page.\n`,
  ].join('\n\n');
}

function row(name: string, severity: string, title: string, { columns, paint }: Pen): string {
  const label = `  ${name.padEnd(NAME)} ${severity.padEnd(SEVERITY)} `;
  const colored = `  ${name.padEnd(NAME)} ${paint(COLORS[severity] ?? 'dim', severity.padEnd(SEVERITY))} `;
  const room = columns - label.length;
  if (room < 30)
    return `${colored}\n${wrap(title, columns - 6)
      .map((line) => `      ${line}`)
      .join('\n')}`;
  const [first = '', ...rest] = wrap(title, room);
  return [`${colored}${first}`, ...rest.map((line) => `${' '.repeat(label.length)}${line}`)].join('\n');
}

const SEVERITY = 7;
const NAME = Math.max(
  ...[...rules.map(({ slug }) => slug), ...Object.keys(OTHER_NAMES)].map((name) => name.length),
);

/** Every rule as JSON, one a line. */
export function ruleListJson(): string {
  const lines = SECTIONS.flatMap(rulesOf).map((rule) =>
    JSON.stringify({
      rule: rule.slug,
      section: rule.section,
      severity: standardSeverity(rule),
      title: rule.title,
      condition: rule.condition,
      effect: rule.effect,
      workaround: rule.workaround,
      since: rule.since,
      until: rule.until ?? null,
      docs: docsUrl(rule.slug),
    }),
  );
  return `[\n${lines.join(',\n')}\n]\n`;
}
