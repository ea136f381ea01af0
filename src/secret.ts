import { inspect } from 'node:util';

/** A value that never prints itself: string, JSON and inspect forms are `***`. Only `reveal` gives the text. */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  /** The clear text. Mask it with the runner before anything can print it. */
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return '***';
  }
  toJSON(): string {
    return '***';
  }
  [inspect.custom](): string {
    return '***';
  }
}
