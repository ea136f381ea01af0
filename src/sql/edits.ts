import type { Locator } from './place.ts';

/** Bytes of a text that are read as others; `text` in UTF-8. */
export type Edit = { readonly start: number; readonly end: number; readonly text: string };

/** A text with edits made, and where its bytes come from. */
export type Edited = {
  readonly bytes: Buffer;
  /** Turns the locator of the original bytes into one of the edited. */
  readonly through: (locator: Locator) => Locator;
  /** The edited offset of an original one that no edit holds. */
  readonly offset: (original: number) => number;
  /** Where an edited byte comes from. */
  readonly original: (byte: number) => number;
  /** Whether an edit lies within these original bytes. */
  readonly touches: (startByte: number, endByte: number) => boolean;
};

type Seam = { readonly edit: Edit; readonly from: number; readonly to: number };

/** Makes edits, which stand in order and apart from each other. */
export function applyEdits(bytes: Buffer, edits: readonly Edit[]): Edited {
  const parts: Buffer[] = [];
  const seams: Seam[] = [];
  let read = 0;
  let written = 0;
  for (const edit of edits) {
    const text = Buffer.from(edit.text);
    parts.push(bytes.subarray(read, edit.start), text);
    const from = written + edit.start - read;
    seams.push({ edit, from, to: from + text.length });
    written = from + text.length;
    read = edit.end;
  }
  parts.push(bytes.subarray(read));
  const start = (byte: number) => originalOf(seams, byte, 'start');
  return {
    bytes: edits.length === 0 ? bytes : Buffer.concat(parts),
    through: (locator) => ({
      at: (byte) => locator.at(start(byte)),
      place: (file, from, to) => locator.place(file, start(from), originalOf(seams, to, 'end')),
    }),
    offset: (original) => {
      const seam = lastWhere(seams, ({ edit }) => edit.end <= original);
      return seam === undefined ? original : seam.to + original - seam.edit.end;
    },
    original: start,
    touches: (startByte, endByte) => {
      const seam = lastWhere(seams, ({ edit }) => edit.start < endByte);
      return seam !== undefined && seam.edit.end > startByte;
    },
  };
}

/** What begins or ends inside an edit does so where the edited bytes did. */
function originalOf(seams: readonly Seam[], byte: number, side: 'start' | 'end'): number {
  const seam = lastWhere(seams, ({ from }) => (side === 'start' ? from <= byte : from < byte));
  if (seam === undefined) return byte;
  if (byte >= seam.to) return seam.edit.end + byte - seam.to;
  return side === 'start' ? seam.edit.start : seam.edit.end;
}

/** The last seam that fulfils a condition which holds for the first ones only. */
function lastWhere(seams: readonly Seam[], holds: (seam: Seam) => boolean): Seam | undefined {
  let low = 0;
  let high = seams.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(seams[middle] as Seam)) low = middle + 1;
    else high = middle;
  }
  return seams[low - 1];
}
