/** Longest line that is passed on, in bytes; what follows up to the line's end is dropped. */
export const MAXIMUM_LINE_BYTES = 64 * 1024;
const CUT = ' … [line cut at 64 KiB]';

/** Read past the limit, so that a secret that stands across it is seen whole before the cut. */
const MARGIN_BYTES = 8 * 1024;
const NEWLINE = 0x0a;

export type LineSplitter = {
  readonly push: (chunk: Buffer) => void;
  /** Passes on a last line that has no newline. */
  readonly end: () => void;
};

/**
 * Splits bytes into lines of text in bounded memory: `emit` gets each line without its line end, invalid
 * UTF-8 replaced by U+FFFD, passed through `clean`, cut at 64 KiB with a mark.
 */
export function splitLines(emit: (line: string) => void, clean: (text: string) => string): LineSplitter {
  let parts: Buffer[] = [];
  let size = 0;

  const keep = (bytes: Buffer) => {
    const room = MAXIMUM_LINE_BYTES + MARGIN_BYTES - parts.reduce((sum, part) => sum + part.length, 0);
    if (room > 0 && bytes.length > 0) parts.push(Buffer.from(bytes.subarray(0, room)));
    size += bytes.length;
  };
  const flush = () => {
    emit(finish(Buffer.concat(parts), size, clean));
    parts = [];
    size = 0;
  };
  return {
    push: (chunk) => {
      let start = 0;
      for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
        keep(chunk.subarray(start, end));
        flush();
        start = end + 1;
      }
      keep(chunk.subarray(start));
    },
    end: () => {
      if (size > 0) flush();
    },
  };
}

function finish(bytes: Buffer, size: number, clean: (text: string) => string): string {
  const whole = size === bytes.length && bytes.at(-1) === 0x0d ? bytes.subarray(0, -1) : bytes;
  const text = clean(whole.toString('utf8'));
  if (size <= MAXIMUM_LINE_BYTES) return text;
  // `stream` leaves out a character that the cut splits.
  const head = Buffer.from(text).subarray(0, MAXIMUM_LINE_BYTES);
  return new TextDecoder().decode(head, { stream: true }) + CUT;
}
