import type { TablePlan } from '../mask-plan.ts';

const MOST_NAMED = 5;

/** Notes for people: the same words about several columns are said once, and what went clear without a word is counted. */
export function summarizeNotes(
  notes: readonly string[],
  automatic: ReadonlyMap<string, number>,
  plans: ReadonlyMap<string, TablePlan>,
): readonly string[] {
  const empty = [...plans.values()].filter(({ rows }) => rows === 'empty').length;
  const counted = [...automatic]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, count]) => `${count} ${reason}`);
  return [
    ...(counted.length > 0 ? [`Clear without a rule: ${counted.join('; ')}.`] : []),
    ...(empty > 0 ? [`${empty} of ${plans.size} tables stay empty.`] : []),
    ...together(notes),
  ];
}

/** `a.b.c: text` of many columns becomes one note. */
function together(notes: readonly string[]): readonly string[] {
  const places = new Map<string, string[]>();
  for (const note of notes) {
    const [, place, text] = /^((?:[^\s:"]|"(?:[^"]|"")*")+): (.*)$/su.exec(note) ?? [undefined, '', note];
    const list = places.get(text ?? note) ?? [];
    list.push(place ?? '');
    places.set(text ?? note, list);
  }
  return [...places].map(([text, all]) => {
    const named = [...new Set(all)].filter((place) => place !== '');
    if (named.length === 0) return text;
    const more = named.length - MOST_NAMED;
    return `${named.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}: ${text}`;
  });
}
