/** Distinct fingerprints: of clear values, and of the control's made-up values, in all and found in a place. */
export type Overlap = {
  readonly real: number;
  readonly control: number;
  readonly realFound: number;
  readonly controlFound: number;
  /** Values that name a person by themselves; else words of names. */
  readonly strong: boolean;
};

/** Words that people's names share with any text, however clean it is. */
const WORDS_AT_LEAST = 10;
const WORDS_SHARE = 0.02;
/** Standard deviations of a count by chance (Poisson: the square root of its mean). */
const DEVIATIONS = 4;

/** How many would be found if the values were nobody's: as many of the clear ones as of the control's. */
export function byChance({ real, control, controlFound }: Overlap): number {
  return control === 0 ? 0 : (controlFound * real) / control;
}

/**
 * Whether more was found than chance gives. The control's values are the masks of the same rows under another key: of
 * the same shapes and frequencies, made of the same lists and number ranges, and nobody's. A place that holds none of
 * the real values meets both alike, so that their counts differ only by chance. The threshold is twice the control's count
 * and four deviations; where the control finds nothing one real value is too many. Of words of names, which stand in
 * any text, ten and 2 % more are let pass.
 */
export function isMoreThanChance(overlap: Overlap): boolean {
  const chance = byChance(overlap);
  const words = overlap.strong ? 0 : Math.max(WORDS_AT_LEAST, overlap.real * WORDS_SHARE);
  return overlap.realFound > 2 * chance + DEVIATIONS * Math.sqrt(chance) + words;
}
