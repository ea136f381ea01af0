import { hasByteOrderMark } from './place.ts';

/** pg_dump writes these around a dump since the releases of August 2025; psql alone understands them, and they change nothing. */
const HARMLESS = /(^|\n)\\(?:un)?restrict\b[^\n]*/g;

/** The text's bytes with the byte order mark and pg_dump's \restrict lines blanked out, so that every place stays right. */
export function prepare(text: string): Buffer {
  const harmless = text.includes('restrict')
    ? text.replace(HARMLESS, (line) => line.replace(/[^\n\r]/g, ' '))
    : text;
  const bytes = Buffer.from(harmless);
  if (hasByteOrderMark(bytes)) bytes.fill(' ', 0, 3);
  return bytes;
}
