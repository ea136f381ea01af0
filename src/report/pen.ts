import { styleText } from 'node:util';

export type Style = 'red' | 'yellow' | 'blue' | 'green' | 'bold' | 'dim';

export type TextOptions = {
  readonly color: boolean;
  /** Columns of the terminal. */
  readonly columns: number;
  /** Makes hostile text fit to print where a line may begin with it: one line, no control characters, no command. */
  readonly clean: (text: string) => string;
};

/** The options, and what to draw with. */
export type Pen = TextOptions & { readonly paint: (style: Style, text: string) => string };

const NARROWEST = 40;

export function penOf(options: TextOptions): Pen {
  return {
    ...options,
    columns: Math.max(NARROWEST, options.columns),
    paint: (style, text) => (options.color ? styleText(style, text, { validateStream: false }) : text),
  };
}
