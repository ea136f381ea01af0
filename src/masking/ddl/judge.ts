import type { ScrubOptions } from './ddl-statement.ts';
import { readings } from './readings.ts';
import type { Texts } from './tree-texts.ts';

/** What a text turns out to be. `why` holds no part of it. */
export type Verdict =
  | { readonly kind: 'clean' }
  | { readonly kind: 'personal'; readonly why: string }
  /** A value of a sensitive column: nobody may allow it. */
  | { readonly kind: 'known'; readonly why: string };

export type Judge = (texts: Texts | undefined) => Verdict;

const CLEAN: Verdict = { kind: 'clean' };
const KNOWN: Verdict = { kind: 'known', why: 'a value of a column that is masked stands in it' };
/** Fewer characters name nobody. */
const SHORTEST = 3;

/** Judges texts by the detectors, in every form in which they may be written. Equal texts are judged once. */
export function judgeBy({ detect, known = () => false }: Pick<ScrubOptions, 'detect' | 'known'>): Judge {
  const judged = new Map<string, Verdict>();
  const judgeText = (text: string): Verdict => {
    const before = judged.get(text);
    if (before !== undefined) return before;
    const verdict = worst(readings(text).map(judgeReading));
    judged.set(text, verdict);
    return verdict;
  };
  const judgeReading = (text: string): Verdict => {
    if (text.length < SHORTEST) return CLEAN;
    if (known(text)) return KNOWN;
    const [found] = detect(text);
    return found === undefined
      ? CLEAN
      : { kind: 'personal', why: `it looks like ${found.class}: ${found.because}` };
  };
  return (texts) => {
    if (texts === undefined) return { kind: 'personal', why: 'it is nested too deeply to be read' };
    if (texts.names.some((name) => name.length >= SHORTEST && known(name))) return KNOWN;
    return worst(texts.literals.map(judgeText));
  };
}

function worst(verdicts: readonly Verdict[]): Verdict {
  return (
    verdicts.find(({ kind }) => kind === 'known') ?? verdicts.find(({ kind }) => kind === 'personal') ?? CLEAN
  );
}
