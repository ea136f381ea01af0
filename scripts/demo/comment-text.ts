/** Turns a Pullgres comment, which is GitHub's Markdown, into lines for a terminal of `width` columns. */
export function commentText(markdown: string, width: number): readonly string[] {
  const lines: string[] = [];
  let head: readonly string[] | undefined;
  let depth = 0;
  for (const raw of markdown.split('\n')) {
    const line = raw.trimEnd();
    if (/^(```|\| --- |<\/details>)/.test(line)) {
      if (line === '</details>') depth -= 1;
      continue;
    }
    const cells = cellsOf(line);
    if (cells && !head) {
      head = cells;
      continue;
    }
    if (!cells) head = undefined;
    const summary = /^<details><summary>(.*)<\/summary>$/.exec(line)?.[1];
    const texts = cells && head ? rowText(head, cells) : [summary === undefined ? line : `▸ ${summary}`];
    for (const text of texts) lines.push(...wrap(plain(text), width, '  '.repeat(depth)));
    if (summary !== undefined) depth += 1;
  }
  return squeeze(lines);
}

/** The cells of a table row; a pipe inside a cell is escaped. */
function cellsOf(line: string): readonly string[] | undefined {
  if (!line.startsWith('| ') || !line.endsWith(' |')) return undefined;
  return line.slice(2, -2).split(/(?<!\\) \| /);
}

/** A row reads better as a paragraph: first cell and second on a line, the others named by their heads. */
function rowText(head: readonly string[], [first = '', second = '', ...others]: readonly string[]) {
  const [main = '', ...notes] = second.split('<br>');
  const named = others.map((cell, index) => `    ${head[index + 2]}: ${cell}`);
  return [`${first}: ${main}`, ...notes.map((note) => `    ${note}`), ...named, ''];
}

function plain(text: string): string {
  return text
    .replace(/<\/?(sub|code|details|summary)>|<br>/g, '')
    .replace(/\*\*/g, '')
    .replace(/^### /, '')
    .replace(/(?<!\\)`/g, '')
    .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/\\([\\`*_{}[\]<>()#+\-.!|~@:&])/g, '$1');
}

function wrap(text: string, width: number, indent: string): readonly string[] {
  const own = `${indent}${/^ */.exec(text)?.[0] ?? ''}`;
  const lines: string[] = [];
  let line = own;
  for (const word of text.trim().split(' ')) {
    if (line !== own && line.length + word.length + 1 > width) {
      lines.push(line);
      line = own;
    }
    line += line === own ? word : ` ${word}`;
  }
  return [...lines, line.trimEnd()];
}

/** At most one empty line in a row. */
function squeeze(lines: readonly string[]): readonly string[] {
  return lines.filter((line, index) => line !== '' || (index > 0 && lines[index - 1] !== ''));
}
