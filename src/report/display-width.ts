/** Code points that take two columns in a terminal (Unicode's East Asian Width W and F, and emoji). */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f1e6}-\u{1f1ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}|\p{Extended_Pictographic}\ufe0f/u;
const INVISIBLE = /^[\p{Mn}\p{Me}\p{Cf}]+$/u;
const PLAIN = /^[\x20-\x7e]*$/;

let segmenter: Intl.Segmenter | undefined;

/** What a person takes for one character each. */
function graphemes(text: string): readonly string[] {
  if (PLAIN.test(text)) return text.split('');
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function columnsOf(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0;
  return WIDE.test(grapheme) ? 2 : 1;
}

/** Columns that a text without control characters takes in a terminal. */
export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + columnsOf(grapheme), 0);
}

/** As much of the text's begin as fits, with `…` where something was cut off. */
export function fitStart(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  return `${taken(graphemes(text), Math.max(0, columns - 1))}…`;
}

/** As much of the text's end as fits, with `…` where something was cut off. */
export function fitEnd(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  const backwards = [...graphemes(text)].reverse();
  return `…${[...graphemes(taken(backwards, Math.max(0, columns - 1)))].reverse().join('')}`;
}

function taken(all: readonly string[], columns: number): string {
  let left = columns;
  const end = all.findIndex((grapheme) => {
    left -= columnsOf(grapheme);
    return left < 0;
  });
  return all.slice(0, end < 0 ? all.length : end).join('');
}

/** Lines of at most so many columns, broken between words; a longer word stands alone. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/ +/)) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && displayWidth(longer) > columns) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}
