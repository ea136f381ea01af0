import { clip, clipLines, plain } from './plain.ts';

/** Keeps a pair of characters from meaning something to GitHub; it has no width. */
const BREAK = '\u200B';

/**
 * Text that renders as itself on GitHub, on one line: no emphasis, links, mentions, issue numbers, emoji names, HTML or
 * block starts. Mentions and issue numbers are found in the rendered text, so a backslash would not stop them.
 */
export function escapeText(text: string): string {
  return broken(plain(text).replaceAll(/[␊␍␉]+/g, ' '))
    .replaceAll(/[\\`*_{}[\]|~$]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/^(\s*)([-+#=!])/, '$1\\$2')
    .replace(/^(\s*\d+)([.)])/, '$1\\$2');
}

/** A sentence of ours or a rule's, in which `…` marks code. Everything else is escaped. */
export function prose(text: string): string {
  return text
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 === 1 ? code(part) : escapeText(part)))
    .join('');
}

/** Inline code, right in a table cell too. Control characters are visible. */
export function code(text: string): string {
  const content = inCode(plain(text));
  if (content.trim() === '') return '(empty)';
  // In a table a bar ends the cell even inside backticks.
  if (content.includes('|')) return `<code>${escapeText(text)}</code>`;
  const ticks = '`'.repeat(longestRun(content) + 1);
  const padding = /^[` ]|[` ]$/.test(content) ? ' ' : '';
  return `${ticks}${padding}${content}${padding}${ticks}`;
}

/** A fenced block with at most `maximumLines` lines; what was cut is counted in its last line. */
export function fence(text: string, language: 'sql' | 'text' | 'diff', maximumLines: number): string {
  const { text: kept, more } = clipLines(text.trimEnd(), maximumLines);
  const lines = inCode(plain(kept, true));
  const content = more > 0 ? `${lines}\n${language === 'sql' ? '-- ' : ''}… ${more} more lines` : lines;
  const ticks = '`'.repeat(Math.max(3, longestRun(content) + 1));
  return `${ticks}${language}\n${content}\n${ticks}`;
}

/** A table of cells that are Markdown of one line already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A folded block. `summary` is plain text in which `…` marks code; `body` is Markdown. */
export function details(summary: string, body: string, open = false): string {
  return `<details${open ? ' open' : ''}><summary>${htmlProse(summary)}</summary>\n\n${body}\n\n</details>`;
}

/** A link, or only its text when the address is not a plain https one. */
export function link(text: string, url: string | undefined): string {
  const label = escapeText(text);
  const isPlain = url !== undefined && url.length <= 2000 && /^https?:\/\/[\w.:/?&=%#~+,;@-]+$/.test(url);
  return isPlain && !url.includes('<!--') ? `[${label}](${url})` : label;
}

/** Blocks with an empty line between; absent ones are left out. */
export function blocks(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== '').join('\n\n');
}

/** A name for a sentence: code marks around a text that cannot end them, at most 160 characters. */
export function named(text: string): string {
  return `\`${clip(text, 160).replaceAll('`', 'ˋ')}\``;
}

function broken(text: string): string {
  return text
    .replaceAll('@', `@${BREAK}`)
    .replaceAll(/#(?=\d)/g, `#${BREAK}`)
    .replaceAll(/\bGH-(?=\d)/gi, (prefix) => `${prefix}${BREAK}`)
    .replaceAll('://', `:${BREAK}//`)
    .replaceAll(/\bwww\./gi, (prefix) => `${prefix.slice(0, 3)}${BREAK}.`)
    .replaceAll(/:(?=[\w+-]+:)/g, `:${BREAK}`);
}

/** Code is inert as it stands, but somebody's script may look for a marker in the raw comment. */
function inCode(text: string): string {
  return text.replaceAll('<!--', `<!${BREAK}--`);
}

/** Inside a block of HTML, Markdown is not read; only HTML and mentions are. */
function htmlProse(text: string): string {
  return text
    .split(/`([^`]+)`/)
    .map((part, index) => (index % 2 === 1 ? `<code>${html(part)}</code>` : html(part)))
    .join('');
}

function html(text: string): string {
  return broken(plain(text)).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function longestRun(text: string): number {
  return Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
}
