/**
 * Terminal sequences: CSI, OSC up to its end, other escapes. Not node:util's stripVTControlCharacters, whose time
 * grows with the square of hostile text (300,000 times `ESC ]` took over a minute on Node 24.21).
 */
const escapes =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is here to remove them
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?/g;

/** .NET's ReadLine, which the runner reads by, also breaks at a lone CR; viewers break at the others. */
const lineBreaks = /\r\n|[\r\v\f\u0085\u2028\u2029]/g;

/** All control characters but tab and line feed, and the marks that reorder text (CVE-2021-42574). */
const controls = /[^\P{Cc}\t\n]|[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * `::name …::` counts after leading white space only (actions/runner, ActionCommand.cs). Invisible characters
 * count as white space here, because .NET's culture-aware StartsWith looks through them.
 */
const commandStart = /^((?:[^\S\n]|[\p{Cf}\p{Mn}])*:[\p{Cf}\p{Mn}]*)(?=:)/gmu;

/** The old form `##[name …]` counts ANYWHERE in a line (same file). */
const oldCommand = /#([\p{Cf}\p{Mn}]*)#([\p{Cf}\p{Mn}]*)\[/gu;

/**
 * Makes hostile text (refs, titles, SQL, server messages) safe to print in a runner's log: no control characters
 * but tab and line feed, and no line that the runner could take for a workflow command. Such a line gets one
 * space within its mark (`: :error::`, `## [error]`), so a person reads the same. Idempotent.
 */
export function inert(text: string): string {
  return text
    .toWellFormed()
    .replace(escapes, '')
    .replace(lineBreaks, '\n')
    .replace(controls, '')
    .replace(commandStart, '$1 ')
    .replace(oldCommand, '#$1#$2 [');
}

/** As `inert`, on one line: for titles, group names and anything that stands in the middle of a sentence. */
export function inertLine(text: string): string {
  const lines = text.replace(lineBreaks, '\n').split('\n');
  return inert(
    lines
      .map((line) => line.trim())
      .filter((line) => line !== '')
      .join(' '),
  );
}
