/** Lines of a file as the head has it, both ends included, from 1. */
export type Lines = { readonly first: number; readonly last: number };

/**
 * What of a file a comment may stand on: the lines that each hunk of its unified diff shows, changed or not. A comment on
 * several lines has to stay within one hunk (docs: "Create a review for a pull request", start_line and line).
 */
export function shownLines(patch: string): readonly Lines[] {
  // A line of content begins with a mark of its own; only a line feed ends one, whatever else the content holds.
  return patch.split('\n').flatMap((line) => {
    const [, start, count = '1'] = /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/.exec(line) ?? [];
    if (start === undefined || Number(count) === 0) return [];
    return [{ first: Number(start), last: Number(start) + Number(count) - 1 }];
  });
}
