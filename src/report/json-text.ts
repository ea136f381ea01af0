/** What a terminal might obey, or what reorders text, where JSON.stringify leaves it as it is. */
const ODD = /[\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** `##[name …]` is a command of GitHub's runner anywhere in a line of a job's log (actions/runner, ActionCommand.cs). */
const RUNNER_COMMAND = /#(?=[\p{Cf}\p{Mn}]*\[)(?<=#[\p{Cf}\p{Mn}]*#)/gu;

/** JSON on one line that says the same and that neither a terminal nor GitHub's runner can take for anything else. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value).replace(RUNNER_COMMAND, escaped).replace(ODD, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
