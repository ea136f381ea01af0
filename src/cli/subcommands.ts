import { UserError } from '../errors.ts';
import { nearestName } from '../nearest.ts';

/** The subcommand that the only word names. Throws UserError for none, another, or more words. */
export function subcommandOf<T>(
  command: string,
  words: readonly string[],
  subcommands: Readonly<Record<string, T>>,
): { readonly name: string; readonly subcommand: T } {
  const names = Object.keys(subcommands);
  const [name, ...more] = words;
  const subcommand = name !== undefined && Object.hasOwn(subcommands, name) ? subcommands[name] : undefined;
  if (name !== undefined && subcommand !== undefined && more.length === 0) return { name, subcommand };
  const near = name === undefined || subcommand !== undefined ? undefined : nearestName(name, names);
  throw new UserError(
    words.length === 0
      ? `${command} does nothing by itself.`
      : `${command} does not take ${shownWords(words)}.`,
    { hint: `${near ? `Did you mean ${near}? ` : ''}Write one of: ${names.join(', ')}; then options.` },
  );
}

/** Words of the command line for a complaint; a URL may hold a password, and is not said again. */
export function shownWords(words: readonly string[]): string {
  return words.map((word) => (word.includes('://') ? 'a URL' : JSON.stringify(word.slice(0, 100)))).join(' ');
}

/** An option that a subcommand would pass over is a mistake. Throws UserError that names it. */
export function refuseOthers(command: string, given: readonly string[], taken: readonly string[]): void {
  const other = given.find((option) => !taken.includes(option));
  if (other === undefined) return;
  throw new UserError(`${command} does not take --${other}.`, {
    hint: `It takes ${taken.map((option) => `--${option}`).join(', ')}.`,
  });
}
