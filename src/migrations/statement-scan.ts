import { loadParser } from '../sql/parse.ts';
import { readScript } from '../sql/script.ts';
import type { SourceFile } from './migration.ts';

/** Words without which no statement refuses a transaction: most files are told by them, without being parsed. */
const SUSPECT = /\b(concurrently|vacuum|cluster|system|database|tablespace|subscription|reindex|discard)\b/i;

/** Its value makes no other kind of statement. */
const PLACEHOLDER = /\$\{[^}]*\}|\{\{[^}]*\}\}/g;

/**
 * How many of a file's statements fit the pattern, which is tried on each from its first word on. One that does not
 * parse fits nothing.
 */
export async function statementsThat(
  pattern: RegExp,
  { text, path }: Pick<SourceFile, 'text' | 'path'>,
): Promise<'none' | 'some' | 'all'> {
  if (!SUSPECT.test(text)) return 'none';
  await loadParser();
  const { statements, problems } = readScript(text.replace(PLACEHOLDER, 'x'), path);
  const fitting = statements.filter(({ sql }) => pattern.test(sql)).length;
  if (fitting === 0) return 'none';
  return fitting === statements.length && problems.length === 0 ? 'all' : 'some';
}
