import { code } from './markdown.ts';
import { clip } from './plain.ts';
import { utcWords } from './words.ts';

const EARLIER = /^> \*\*Branch:\*\* [^\n]* was removed by the sweep on [^\n]*\n*/;

/** The comment with one line above it that says where the branch went; a former line of that kind gives way. */
export function sweptComment(
  body: string | undefined,
  facts: { readonly branch: string /** ISO 8601 */; readonly at: string; readonly open: boolean },
): string {
  const next = facts.open ? ' Its time was over; push again to get a new one.' : '';
  const line = `> **Branch:** ${code(clip(facts.branch, 130))} was removed by the sweep on ${utcWords(facts.at)}.${next}`;
  const rest = (body ?? '').replace(EARLIER, '');
  return rest === '' ? line : `${line}\n\n${rest}`;
}
