import assert from 'node:assert/strict';

const OWN_TAGS = /^<\/?(?:details|summary|sub|code|br)>$|^<details open>$/;

/**
 * Reads a report the way GitHub would, as far as safety goes, and fails when hostile text got out of its place: an open
 * fence or tag, a foreign tag, an HTML comment, a mention or issue link outside code, a table row with other cells than
 * its head, half a surrogate pair. Gives the text outside of code.
 */
export function checkMarkdown(markdown: string): string {
  assert.ok(markdown.isWellFormed(), 'half a surrogate pair');
  assert.ok(!markdown.includes('<!--'), 'an HTML comment');
  assert.doesNotMatch(markdown, /(?![\n\t])\p{Cc}|[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u);
  const outside = withoutFences(markdown);
  checkTables(outside);
  // A summary's line is a block of HTML, in which Markdown is not read (CommonMark 4.6).
  const lines = outside
    .split('\n')
    .map((line) => (line.startsWith('<details') ? line : withoutCodeSpans(line)));
  const bare = lines.join('\n');
  checkTags(bare);
  const visible = bare.replaceAll(/<code>.*?<\/code>/g, '').replaceAll(/\]\(https?:\/\/[^)]*\)/g, '](…)');
  assert.doesNotMatch(visible, /@[A-Za-z0-9]/, 'a mention');
  assert.doesNotMatch(visible, /(?<!&)#[0-9]/, 'an issue link');
  assert.doesNotMatch(visible, /https?:\/\/|\bwww\./, 'an autolink');
  const inline = visible.replaceAll(/<summary>.*?<\/summary>/g, '');
  assert.doesNotMatch(inline, /(?<!\\)!?\[(?!run )[^\]\\]*\]\(/, 'a foreign link or image');
  return visible;
}

function withoutFences(markdown: string): string {
  const kept: string[] = [];
  let open: string | undefined;
  for (const line of markdown.split('\n')) {
    const ticks = /^(`{3,})([^`]*)$/.exec(line);
    if (open === undefined && ticks) open = ticks[1];
    else if (open !== undefined && ticks?.[2] === '' && (ticks[1] ?? '').length >= open.length)
      open = undefined;
    else if (open === undefined) kept.push(line);
  }
  assert.equal(open, undefined, 'an open fence');
  return kept.join('\n');
}

/** Takes code spans out by CommonMark's rule (6.1): a run of backticks ends at the next run of the same length. */
function withoutCodeSpans(line: string): string {
  let rest = line;
  let kept = '';
  for (;;) {
    const run = /(?<!\\)(?:\\\\)*(`+)/.exec(rest);
    if (!run) return kept + rest;
    const ticks = run[1] as string;
    const start = run.index + run[0].length - ticks.length;
    const after = rest.slice(start + ticks.length);
    const end = new RegExp(`(?<!\`)\`{${ticks.length}}(?!\`)`).exec(after);
    assert.ok(end, `a code span stays open: ${line.slice(0, 200)}`);
    kept += `${rest.slice(0, start)}␣`;
    rest = after.slice(end.index + ticks.length);
  }
}

function checkTags(text: string): void {
  const open: string[] = [];
  for (const [tag] of text.matchAll(/<[^>]*>?/g)) {
    assert.match(tag, OWN_TAGS, 'a foreign tag');
    const name = tag.replaceAll(/[<>/]| open/g, '');
    if (name === 'br') continue;
    if (tag.startsWith('</')) assert.equal(open.pop(), name, 'tags cross');
    else open.push(name);
  }
  assert.deepEqual(open, [], 'open tags');
}

/** GFM splits cells at every bar without a backslash before it, even inside code. */
function checkTables(text: string): void {
  let cells: number | undefined;
  for (const line of text.split('\n')) {
    if (!line.startsWith('| ')) {
      cells = undefined;
      continue;
    }
    const bars = [...line.replaceAll(/\\./g, '').matchAll(/\|/g)].length;
    cells ??= bars;
    assert.equal(bars, cells, `a table row of another width: ${line.slice(0, 200)}`);
  }
}
