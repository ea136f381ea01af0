import { identifier, literal } from '../../postgres/quote.ts';
import { thousands } from '../../thousands.ts';

/** Control characters, and those that hide or reorder text: never shown as they are. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\]/u;
const SIMPLE = /^[a-z_][a-z0-9_]*$/;
/** Names in a sentence. */
const LISTED = 5;

/** By Unicode escapes (docs: 4.1.2.3), so that what is printed is on one line and still the same name to the server. */
function escaped(text: string): string {
  return Array.from(text, (character) =>
    UNPRINTABLE.test(character)
      ? character === '\\'
        ? '\\\\'
        : `\\+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(6, '0')}`
      : character,
  ).join('');
}

/** A quoted SQL identifier that is fit to print: hostile names as U&"…". */
export function sqlName(name: string): string {
  return UNPRINTABLE.test(name) ? `U&${identifier(escaped(name))}` : identifier(name);
}

/** A quoted SQL text that is fit to print: hostile texts as U&'…'. */
export function sqlText(text: string): string {
  return UNPRINTABLE.test(text) ? `U&'${escaped(text).replaceAll("'", "''")}'` : literal(text);
}

/** A name as a sentence shows it: quoted only where it needs to be. */
export function shown(name: string): string {
  return SIMPLE.test(name) ? name : sqlName(name);
}

/** a, b and c; beyond five, the first ones and how many more. */
export function listed(items: readonly string[]): string {
  const more = items.length - LISTED;
  const words = more > 0 ? [...items.slice(0, LISTED), `${thousands(more)} more`] : items;
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Names as a sentence shows them. */
export const listedNames = (names: readonly string[]): string => listed(names.map(shown));

/** A number with its noun: 1 database, 1,200 databases. */
export function counted(number: number, noun: string, plural = `${noun}s`): string {
  return `${thousands(number)} ${number === 1 ? noun : plural}`;
}

/** is, or are. */
export const isAre = (number: number): string => (number === 1 ? 'is' : 'are');

/** Seconds as a person says them: 45 s, 12 min, 3 h, 5 days. */
export function ageWords(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 7_200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3_600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}
