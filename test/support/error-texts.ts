import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One `new UserError(…)` and its like in the sources: the arguments as they are written. */
export type MadeError = {
  readonly path: string;
  readonly line: number;
  readonly kind: string;
  readonly text: string;
};

const src = join(import.meta.dirname, '..', '..', 'src');

/** Every source file's text by its path below src/. */
export function sources(): ReadonlyMap<string, string> {
  const paths = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  );
  return new Map(paths.sort().map((path) => [path, readFileSync(join(src, path), 'utf8')]));
}

/** Every error that the sources make, with its arguments. */
export function madeErrors(): readonly MadeError[] {
  return [...sources()].flatMap(([path, text]) =>
    [...text.matchAll(/new (UserError|GitHubError|ProviderError)\(/g)].map((match) => ({
      path,
      line: text.slice(0, match.index).split('\n').length,
      kind: match[1] ?? '',
      text: callFrom(text, match.index + match[0].length),
    })),
  );
}

/** The arguments up to the bracket that closes the call; brackets within strings are passed over. */
function callFrom(text: string, start: number): string {
  let depth = 1;
  let quote: string | undefined;
  for (let at = start; at < text.length; at += 1) {
    const char = text[at] ?? '';
    if (char === '\\') at += 1;
    else if (quote !== undefined) quote = char === quote ? undefined : quote;
    else if (char === '"' || char === "'" || char === '`') quote = char;
    else if (char === '(') depth += 1;
    else if (char === ')' && --depth === 0) return text.slice(start, at);
  }
  return text.slice(start);
}
