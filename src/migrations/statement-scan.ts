import { loadParser, parseSql } from '../sql/parse.ts';
import type { SourceFile } from './migration.ts';

/** Words without which no statement refuses a transaction: most files are told by them, without being parsed. */
const SUSPECT = /\b(concurrently|vacuum|cluster|system|database|tablespace|subscription|reindex|discard)\b/i;

/**
 * How many of a file's statements fit the pattern, which is tried on each from its first word on. Nothing is known of a
 * file that does not parse, so it counts as none.
 */
export async function statementsThat(
  pattern: RegExp,
  { text, path }: Pick<SourceFile, 'text' | 'path'>,
): Promise<'none' | 'some' | 'all'> {
  if (!SUSPECT.test(text)) return 'none';
  await loadParser();
  const parsed = parseSql(text, path);
  if (!parsed.ok) return 'none';
  const fitting = parsed.statements.filter(({ sql }) => pattern.test(sql)).length;
  if (fitting === 0) return 'none';
  return fitting === parsed.statements.length ? 'all' : 'some';
}
