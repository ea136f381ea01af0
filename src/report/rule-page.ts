import { docsUrl } from '../rules/docs-url.ts';
import { OTHER_NAMES } from '../rules/other-names.ts';
import { rules } from '../rules/registry.ts';
import { wrap } from './display-width.ts';
import { type Pen, penOf, type TextOptions } from './pen.ts';
import { standardSeverity } from './rule-list.ts';

/** A rule's page, its Markdown drawn for a terminal, with the facts of the rule around it. */
export function renderPage(name: string, page: string | undefined, options: TextOptions): string {
  const pen = penOf(options);
  const rule = rules.find(({ slug }) => slug === name);
  const other = OTHER_NAMES[name];
  const versions = rule && (rule.since > 13 || rule.until !== undefined) ? versionWords(rule) : '';
  const severity = rule ? standardSeverity(rule) : (other?.severity ?? 'error');
  const facts = [`severity ${severity}`, ...(rule ? [`section ${rule.section}`] : []), versions];
  const text = page ?? `# ${other?.title ?? name}\n\n${other?.help ?? ''}`;
  return [
    pen.paint('dim', `${name}: ${facts.filter((fact) => fact !== '').join(', ')}`),
    '',
    ...draw(text.trim().split('\n'), pen),
    '',
    pen.paint('dim', docsUrl(name)),
    '',
  ].join('\n');
}

function versionWords({ since, until }: { readonly since: number; readonly until?: number }): string {
  return until === undefined ? `Postgres ${since} and newer` : `Postgres ${since} to ${until}`;
}

/** Paragraphs are broken anew for the width; code stays as it is. */
function draw(lines: readonly string[], pen: Pen): readonly string[] {
  const drawn: string[] = [];
  let paragraph: string[] = [];
  let inCode = false;
  const flush = () => {
    if (paragraph.length > 0)
      drawn.push(...wrap(paragraph.join(' '), Math.min(pen.columns, 100)).map((line) => inline(line, pen)));
    paragraph = [];
  };
  for (const line of lines) {
    const isFence = line.startsWith('```');
    if (isFence || inCode || line.trim() === '' || /^(#|[-*] |\d+\. |\||>)/.test(line)) {
      flush();
      if (!isFence) drawn.push(inCode ? pen.paint('blue', `    ${line}`.trimEnd()) : special(line, pen));
    } else paragraph.push(line.trim());
    if (isFence) inCode = !inCode;
  }
  flush();
  return drawn;
}

function special(line: string, pen: Pen): string {
  const heading = /^#+ (.*)$/.exec(line)?.[1];
  if (heading === undefined || !pen.color) return inline(line, pen);
  return pen.paint('bold', heading.replaceAll('`', ''));
}

/** Code and stress without their marks, as a terminal shows them. */
function inline(line: string, { color, paint }: Pen): string {
  if (!color) return line;
  return line
    .replaceAll(/`([^`]+)`/g, (_, code: string) => paint('blue', code))
    .replaceAll(/\*\*([^*]+)\*\*/g, (_, text: string) => paint('bold', text));
}
