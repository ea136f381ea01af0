/** One workflow command. Names are lower case; property names are as written. */
export type Command = {
  readonly name: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly data: string;
};

/** Every command that actions/runner registers, `stop-commands` included (ActionCommandManager.cs). */
export const COMMANDS: ReadonlySet<string> = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning',
]);

const newData = ['%0D', '\r', '%0A', '\n', '%25', '%'] as const;
const newProperty = ['%0D', '\r', '%0A', '\n', '%3A', ':', '%2C', ',', '%25', '%'] as const;
const old = ['%3B', ';', '%0D', '\r', '%0A', '\n', '%5D', ']', '%25', '%'] as const;

function decode(text: string, mapping: readonly string[]): string {
  let plain = text;
  for (let at = 0; at < mapping.length; at += 2)
    plain = plain.replaceAll(mapping[at] ?? '', mapping[at + 1] ?? '');
  return plain;
}

function readProperties(text: string, separator: string, mapping: readonly string[]): Record<string, string> {
  const properties: Record<string, string> = {};
  for (const pair of text.split(separator)) {
    const equals = pair.indexOf('=');
    if (equals > 0 && equals < pair.length - 1)
      properties[pair.slice(0, equals)] = decode(pair.slice(equals + 1), mapping);
  }
  return properties;
}

function readCommand(
  head: string,
  data: string,
  known: ReadonlySet<string>,
  form: { separator: string; properties: readonly string[]; data: readonly string[] },
): Command | undefined {
  const space = head.indexOf(' ');
  const name = (space < 0 ? head : head.slice(0, space)).toLowerCase();
  if (!known.has(name)) return undefined;
  const properties = space < 0 ? '' : head.slice(space + 1).trim();
  return {
    name,
    properties: readProperties(properties, form.separator, form.properties),
    data: decode(data, form.data),
  };
}

/**
 * Reads a line as the runner does (ActionCommand.cs): `::name key=value::data` after leading white space, else
 * the old `##[name key=value]data` ANYWHERE in the line. `known` holds the names to answer to, in lower case.
 */
export function parseCommand(line: string, known: ReadonlySet<string>): Command | undefined {
  const trimmed = line.trimStart();
  const end = trimmed.startsWith('::') ? trimmed.indexOf('::', 2) : -1;
  if (end >= 0) {
    const form = { separator: ',', properties: newProperty, data: newData };
    const command = readCommand(trimmed.slice(2, end), trimmed.slice(end + 2), known, form);
    if (command) return command;
  }
  const start = line.indexOf('##[');
  const close = start < 0 ? -1 : line.indexOf(']', start);
  if (close < 0) return undefined;
  const form = { separator: ';', properties: old, data: old };
  return readCommand(line.slice(start + 3, close), line.slice(close + 1), known, form);
}
