import { splitStatements } from './split.ts';

/** The text's bytes as a server takes them: the byte order mark and pg_dump's \restrict lines become blanks, so that every place stays right. */
export function prepare(text: string): Buffer {
  const bytes = Buffer.from(text);
  for (const { start, end } of splitStatements(bytes, 0, bytes.length).blanks) bytes.fill(' ', start, end);
  return bytes;
}
