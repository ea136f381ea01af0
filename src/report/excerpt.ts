import { BYTE_ORDER_MARK, hasByteOrderMark } from '../sql/place.ts';
import { displayWidth, fitEnd, fitStart } from './display-width.ts';

/** One line of source as a terminal shows it. Without a number: lines that were left out. */
export type ExcerptLine = {
  readonly number: number | undefined;
  readonly text: string;
  /** What is marked: columns from 0, end exclusive. */
  readonly marks: { readonly start: number; readonly end: number } | undefined;
};

export type ExcerptOptions = {
  /** Columns for a line's text. */
  readonly columns: number;
  /** Makes a piece of a line fit to print. */
  readonly clean: (text: string) => string;
};

/** Bytes of a file, end exclusive. */
export type ByteSpan = { readonly startByte: number; readonly endByte: number };

/** The statement, the marked part of it, and the line on which the statement begins (from 1). */
export type ExcerptPlace = { readonly statement: ByteSpan; readonly part: ByteSpan; readonly line: number };

const WHOLE_UP_TO = 7;
const TAB = '    ';
/** Bytes of one line that are looked at: a line of ten megabytes costs no more. */
const LONGEST = 4000;

/** A statement's lines in its file, a long one with the lines around its marked part only. */
export function excerpt(
  bytes: Buffer,
  { statement, part, line }: ExcerptPlace,
  options: ExcerptOptions,
): readonly ExcerptLine[] {
  const starts = lineStarts(bytes, statement);
  const partFirst = starts.findLastIndex((start) => start <= part.startByte);
  const partLast = starts.findLastIndex((start) => start < Math.max(part.endByte, part.startByte + 1));
  const shown = chosen(starts.length, partFirst);
  const marksAll = partLast - partFirst < 3;
  return shown.flatMap((index, position) => {
    const start = starts[index] as number;
    const isMarked = index === partFirst || (marksAll && index > partFirst && index <= partLast);
    const one = { ...lineOf(bytes, start, part, isMarked, options), number: line + index };
    const gap = position > 0 && index > (shown[position - 1] as number) + 1;
    return gap ? [{ number: undefined, text: '⋮', marks: undefined }, one] : [one];
  });
}

/** The first bytes of the lines on which the statement stands. */
function lineStarts(bytes: Buffer, { startByte, endByte }: ByteSpan): readonly number[] {
  const first = bytes.subarray(0, startByte).lastIndexOf(0x0a) + 1;
  const starts = [first === 0 && hasByteOrderMark(bytes) ? BYTE_ORDER_MARK : first];
  for (let at = bytes.indexOf(0x0a, startByte); at >= 0 && at < endByte - 1; at = bytes.indexOf(0x0a, at + 1))
    starts.push(at + 1);
  return starts;
}

function chosen(lines: number, focus: number): readonly number[] {
  if (lines <= WHOLE_UP_TO) return Array.from({ length: lines }, (_, index) => index);
  const wanted = [0, 1, focus - 1, focus, focus + 1, focus + 2, lines - 1];
  return [...new Set(wanted)].filter((index) => index >= 0 && index < lines).toSorted((a, b) => a - b);
}

function lineOf(
  bytes: Buffer,
  start: number,
  part: ByteSpan,
  isMarked: boolean,
  { columns, clean }: ExcerptOptions,
): Pick<ExcerptLine, 'text' | 'marks'> {
  const newline = bytes.indexOf(0x0a, start);
  const lineEnd = newline < 0 ? bytes.length : newline;
  const end = bytes[lineEnd - 1] === 0x0d && lineEnd > start ? lineEnd - 1 : lineEnd;
  const within = (byte: number) => Math.min(Math.max(byte, start), end);
  const [from, to] = isMarked ? [within(part.startByte), within(part.endByte)] : [start, start];
  const show = (low: number, high: number) => clean(bytes.toString('utf8', low, high).replaceAll('\t', TAB));
  const before = show(boundary(bytes, Math.max(start, from - LONGEST)), from);
  const middle = show(from, boundary(bytes, Math.min(to, from + LONGEST)));
  const after = show(to, boundary(bytes, Math.min(end, to + LONGEST)));
  // What is hidden in the whole line, such as a URL's password, must not show because a mark parts it.
  const whole = show(
    boundary(bytes, Math.max(start, from - LONGEST)),
    boundary(bytes, Math.min(end, to + LONGEST)),
  );
  const isHidden = to - from <= LONGEST && whole !== before + middle + after;
  if (isHidden) return { text: fitStart(whole, columns).trimEnd(), marks: undefined };
  // Room for the marked part comes first; what stands before it is cut down to a third of the line.
  const tooLong = displayWidth(before) + displayWidth(middle) > columns;
  const head = tooLong ? fitEnd(before, Math.floor(columns / 3)) : before;
  const text = fitStart(head + middle + after, columns).trimEnd();
  const indent = middle.length - middle.trimStart().length;
  const first = displayWidth(head) + indent;
  const last = Math.min(displayWidth(head + middle.trimEnd()), displayWidth(text));
  return { text, marks: isMarked && last > first ? { start: first, end: last } : undefined };
}

/** The next byte at which a character begins. */
function boundary(bytes: Buffer, at: number): number {
  let byte = at;
  while (((bytes[byte] ?? 0) & 0xc0) === 0x80) byte += 1;
  return byte;
}
