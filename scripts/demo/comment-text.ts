/** Turns a Pullgres comment, which is GitHub's Markdown, into lines for a terminal of `width` columns. */
export function commentText(markdown: string, width: number): readonly string[] {
  const lines: string[] = [];
  let depth = 0;
  for (const raw of markdown.split('\n')) {
    const line = raw.trimEnd();
    if (/^(```|<\/details>)/.test(line)) {
      if (line === '</details>') depth -= 1;
      continue;
    }
    const summary = /^<details(?: open)?><summary>(.*)<\/summary>$/.exec(line)?.[1];
    const texts = summary === undefined ? itemLines(line) : [`▸ ${summary}`];
    for (const text of texts) lines.push(...wrap(plain(text), width, '  '.repeat(depth)));
    if (summary !== undefined) depth += 1;
  }
  return squeeze(lines);
}

/** The lines of a list's item stand one below the other. */
function itemLines(line: string): readonly string[] {
  const [first = '', ...others] = line.split('<br>');
  return [first, ...others.map((other) => `  ${other}`)];
}

function plain(text: string): string {
  return text
    .replace(/<\/?(sub|code|details|summary)>/g, '')
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
