/** An identifier in quotes, or a word. */
const PART = /"(?:[^"]|"")*"|[\p{L}\p{N}_$]+/gu;

/** A name in which every part that is personal shows no more than its length and its marks: `a."•••@•••••.••"`. */
export function shownName(name: string, isTelling: (text: string) => boolean): string {
  const shown = name.replaceAll(PART, (part) => (isTelling(part) ? covered(part) : part));
  // What no part tells by itself, several do together.
  return isTelling(shown) ? covered(shown) : shown;
}

function covered(text: string): string {
  return text.replaceAll(/[\p{L}\p{N}\p{M}]/gu, '•');
}
