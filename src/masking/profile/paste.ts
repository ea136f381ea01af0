import type { TableName } from './names.ts';
import { columnText, nameText, tableText, yamlText } from './strategy-text.ts';

/** A line for a table's rules, with the place where it goes: `nickname: name.first   # tables: users:`. */
export function pasteLine(table: TableName, column: string, rule: string): string {
  // A comment ends with its line: what is pasted must not go on as something else.
  const place = tableText(table).replaceAll(/[\p{C}\u2028\u2029]/gu, '?');
  return `${yamlText(columnText(column))}: ${rule}   # tables: ${place}:`;
}

/** The same for an entry of `allow`, to be filled in; `path` is '' or a JSON path. */
export function allowLine(table: TableName, column: string, path: string, until: string): string {
  const place = `${tableText(table)}.${nameText(column)}${path === '' ? '' : `.${path}`}`;
  return `${yamlText(place)}: {reason: "…", owner: "…", until: ${until}}   # allow:`;
}
