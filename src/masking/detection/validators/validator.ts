import type { CheckDigits } from '../../strategy.ts';
import type { PersonalClass } from '../detection.ts';

/** A test that a whole value passes or not. */
export type Validator = {
  /** What people call it, before the word number or address: `IBAN`, `French NIR`. */
  readonly name: string;
  readonly class: PersonalClass;
  readonly passes: (value: string) => boolean;
  /**
   * Share of random values of the same shape that pass, 0 to 1: what a hit is worth. Measured; a test measures it again.
   */
  readonly randomRate: number;
  /** How random values of the shape are made: `#` a digit, `A` a capital, `*` a letter or digit, all else itself. */
  readonly random: string;
  /** Too many other things look so: it counts only where the name says the same class. */
  readonly needsName: boolean;
  /** For values with check digits that a mask can write anew. */
  readonly check?: CheckDigits | undefined;
};
