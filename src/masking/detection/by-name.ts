import type { PersonalClass } from './detection.ts';
import { DICTIONARY, LONGEST_TERM, STRENGTHS, type Term } from './dictionary.ts';
import { grouped } from './group.ts';
import { type Surroundings, tableKind } from './surroundings.ts';
import { nameTokens, singular } from './tokens.ts';
import { BEGINNINGS, CONTENT_HASHES, ENDINGS, HARMLESS_PAIRS, NOISE, PEOPLE } from './words.ts';

/** What one kind of evidence says of a column: 0 to 1, and the words for it. */
export type Evidence = {
  readonly from: 'name' | 'type' | 'values' | 'contents';
  readonly class: PersonalClass;
  readonly confidence: number;
  readonly because: string;
};

type Match = { readonly term: Term; readonly from: number; readonly to: number };

const VETO = 0.25;
const UNKNOWN_BEHIND = 0.75;
const UNKNOWN_BEFORE = 0.95;
const OF_A_THING = 0.4;
const WITH_TABLE = 0.8;

/** Classes that a table of products or settings has under the same names: a role's display name, a plan's description. */
const ALSO_OF_THINGS: ReadonlySet<PersonalClass> = new Set([
  'given name',
  'family name',
  'full name',
  'free text',
  'company',
  'special category',
]);

/** A code of these is the thing itself, while a phone's or a city's is a country's. */
const CODED: ReadonlySet<PersonalClass> = new Set([
  'special category',
  'medical id',
  'secret',
  'national id',
]);

/** Ends of words that are written in one in German, Dutch and the Nordic languages, and by the careless. */
const COMPOUND =
  /^(.{3,}?)(nummer|numer|number|nr|adresse|adress|adres|datum|dato|name|naam|navn|namn|email|mail|telefon|phone|hash|url|token|password|passwort)$/;

/** Words of a name, where a compound that the dictionary does not know is taken apart. */
function wordsOf(name: string): readonly string[] {
  return nameTokens(name).flatMap((token) => {
    if (DICTIONARY.has(token)) return [token];
    const [, stem, ending] = COMPOUND.exec(token) ?? [];
    return stem && ending ? [singular(stem), ending] : [token];
  });
}

function matchesIn(words: readonly string[]): Match[] {
  const all = words.flatMap((_, from) =>
    Array.from({ length: Math.min(LONGEST_TERM, words.length - from) }, (_, count) => {
      const to = from + count + 1;
      const found = DICTIONARY.get(words.slice(from, to).join('')) ?? [];
      return found.map((term) => ({ term, from, to }));
    }).flat(),
  );
  // `ip address` is no address: what stands inside a longer term means nothing by itself.
  return all.filter(({ from, to }) =>
    all.every((other) => !(other.from <= from && other.to >= to && other.to - other.from > to - from)),
  );
}

/** How much of a term's meaning stays with the words around it; 0 where they take it away. */
function share({ term, from, to }: Match, words: readonly string[], around: Surroundings): number {
  const [before, behind] = [words.slice(0, from), words.slice(to)];
  const idle = (word: string): boolean => NOISE.has(word) || PEOPLE.has(word) || around.tableWords.has(word);
  const strangers = [...before, ...behind].filter((word) => !idle(word));
  if (term.scope !== 'part' && strangers.length > 0) return 0;
  const ofPeople = tableKind(around) === 'people' || [...before, ...behind].some((word) => PEOPLE.has(word));
  if (term.scope === 'person' && !ofPeople) return 0;
  if (term.class === 'secret' && words.some((word) => CONTENT_HASHES.has(word))) return VETO;
  if (behind.some((word) => ENDINGS.has(word) && !(word === 'code' && CODED.has(term.class)))) return VETO;
  if (HARMLESS_PAIRS.has(words.slice(-2).join(''))) return VETO;
  const thing =
    tableKind(around) === 'things' &&
    ALSO_OF_THINGS.has(term.class) &&
    !before.some((word) => PEOPLE.has(word));
  const left = before.some((word) => !idle(word)) ? UNKNOWN_BEFORE : 1;
  const right = behind.some((word) => !idle(word)) ? UNKNOWN_BEHIND : 1;
  return left * right * (thing ? OF_A_THING : 1);
}

/** A bare `name` is what the table is of: people, firms, or things; beside a given name it is the family's. */
function inItsTable(kind: PersonalClass, word: string, around: Surroundings): PersonalClass {
  const lacksFamily = around.hasGivenName && !around.hasFamilyName;
  if (kind === 'full name' && BARE_NAMES.has(word) && lacksFamily) return 'family name';
  if (kind === 'given name' && BARE_NAMES.has(word) && !around.hasFamilyName) return 'full name';
  if (kind === 'family name' && BARE_NAMES.has(word) && !around.hasGivenName) return 'full name';
  return kind;
}

const BARE_NAMES: ReadonlySet<string> = new Set('name naam navn namn nimi nazwa nom nome nombre'.split(' '));

function read(match: Match, words: readonly string[], around: Surroundings): Evidence {
  const term = words.slice(match.from, match.to).join(' ');
  const kind = inItsTable(match.term.class, term, around);
  const confidence = STRENGTHS[match.term.strength] * share(match, words, around);
  return { from: 'name', class: kind, confidence, because: `the name says ${kind}` };
}

/** `line_1` of addresses and `number` of cards: the table's name is the first word, and nothing else stands there. */
function withTable(words: readonly string[], around: Surroundings): readonly Evidence[] {
  if (tableKind(around) !== 'unknown' || words.includes(around.head)) return [];
  const whole = [around.head, ...words];
  return matchesIn(whole)
    .filter(({ from, to }) => from === 0 && whole.slice(to).every((word) => NOISE.has(word)))
    .map((match) => read(match, whole, around))
    .map((one) => ({
      ...one,
      confidence: one.confidence * WITH_TABLE,
      because: `${one.because}, with the table's`,
    }));
}

/**
 * What a column's name says, the surest first. Terms are sought as runs of whole words, never inside of one (`tel` in
 * hotel, `ip` in zip). A class comes once.
 */
export function evidenceOfName(name: string, around: Surroundings): readonly Evidence[] {
  const words = wordsOf(name);
  if (words.length > 1 && BEGINNINGS.has(words[0] ?? '')) return [];
  const rest = words.filter((word) => !NOISE.has(word));
  if (tableKind(around) === 'firms' && rest.length === 1 && BARE_NAMES.has(rest[0] ?? '')) {
    return [
      {
        from: 'name',
        class: 'company',
        confidence: STRENGTHS.likely,
        because: 'the name of a firm in a table of firms',
      },
    ];
  }
  const found = [...matchesIn(words).map((match) => read(match, words, around)), ...withTable(words, around)];
  const best = grouped(
    found.filter(({ confidence }) => confidence > 0),
    (one) => one.class,
  );
  return [...best.values()]
    .flatMap((group) => group.toSorted((a, b) => b.confidence - a.confidence).slice(0, 1))
    .toSorted((a, b) => b.confidence - a.confidence);
}
