import type { TableName } from './names.ts';
import type { ColumnRule, MaskingProfile } from './profile.ts';
import { columnText, ruleText, tableText, yamlText } from './strategy-text.ts';

/** A line of a profile that is to be written, with what a person should know of it. */
export type DraftColumn = {
  readonly column: string;
  readonly rule: ColumnRule;
  readonly comment?: string | undefined;
};

export type DraftTable = TableName & {
  readonly whole?: 'empty' | 'clear' | undefined;
  readonly subset?: string | undefined;
  /** 0 to 1. */
  readonly sample?: number | undefined;
  readonly columns: readonly DraftColumn[];
  readonly comment?: string | undefined;
};

/** A profile that is to be written. */
export type ProfileDraft = {
  /** Lines of comment at the head. */
  readonly head: readonly string[];
  readonly unknown: MaskingProfile['unknown'];
  readonly tables: readonly DraftTable[];
  /** As the profile writes them: `a.b -> c.d`. */
  readonly links: readonly { readonly link: string; readonly when?: string | undefined }[];
};

/** The text of a profile: parseMaskingProfile takes it, and equal drafts give equal text. */
export function profileText({ head, unknown, tables, links }: ProfileDraft): string {
  return [
    ...head.map((line) => `# ${onLine(line)}`),
    'version: 1',
    `unknown: ${unknown}`,
    ...section('tables', tables.flatMap(tableLines)),
    ...section('links', links.map(linkLine)),
    '',
  ].join('\n');
}

function section(name: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`${name}:`, ...lines.map((line) => `  ${line}`)];
}

function tableLines(table: DraftTable): readonly string[] {
  const name = yamlText(tableText(table));
  if (table.whole !== undefined) return [`${name}: ${table.whole}${comment(table.comment)}`];
  const options = [
    ...(table.subset === undefined ? [] : [`subset: ${JSON.stringify(table.subset)}`]),
    ...(table.sample === undefined ? [] : [`sample: ${Number((table.sample * 100).toPrecision(6))}%`]),
  ];
  const columns = table.columns.map(
    (one) => `${yamlText(columnText(one.column))}: ${ruleText(one.rule)}${comment(one.comment)}`,
  );
  const lines = [...options, ...columns];
  return lines.length === 0 ? [] : [`${name}:${comment(table.comment)}`, ...lines.map((line) => `  ${line}`)];
}

function linkLine({ link, when }: ProfileDraft['links'][number]): string {
  if (when === undefined) return `- ${yamlText(link)}`;
  return `- {link: ${yamlText(link)}, when: ${JSON.stringify(when)}}`;
}

function comment(text: string | undefined): string {
  return text === undefined ? '' : ` # ${onLine(text)}`;
}

/** A comment ends with its line, whatever a name holds. */
function onLine(text: string): string {
  return text.replaceAll(/[\p{C}\u2028\u2029]/gu, '?');
}
