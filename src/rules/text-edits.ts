import type { Statement } from '../sql/statement.ts';
import type { TextEdit } from './rule.ts';

/**
 * Replaces what `pattern` matches right at a location of the grammar (bytes from the statement's start); `text` may use
 * its groups as String.replace does. No edit where it is written in another way.
 */
export function replaceAt(
  { sql, place }: Statement,
  location: number | undefined,
  pattern: RegExp,
  text: string,
): readonly TextEdit[] {
  if (location === undefined || location < 0) return [];
  const rest = Buffer.from(sql).subarray(location).toString();
  const found = pattern.exec(rest);
  if (found === null || found.index !== 0) return [];
  // Replaced in place, for what the pattern looks ahead to.
  const after = rest.replace(pattern, text);
  const made = after.slice(0, found[0].length + after.length - rest.length);
  const startByte = place.startByte + location;
  return [{ startByte, endByte: startByte + Buffer.byteLength(found[0]), text: made }];
}
