import type { RefreshRecord } from '../evidence/refresh-schema.ts';
import { jsonText } from './json-text.ts';
import { clip, plain } from './plain.ts';
import { checkLines, refreshFacts, refreshHeadline } from './refresh-rows.ts';

/** Problems of one check that a terminal shows. */
const SHOWN = 50;

/** The refresh for a terminal: facts, each check with its problems, the verdict last. */
export function renderRefreshText(record: RefreshRecord): string {
  const lines = [
    ...(record.tables.length > 0 ? refreshFacts(record) : []),
    ...record.notes.map((note) => `note: ${note}`),
    ...checkLines(record.checks).flatMap(({ line, problems }) => [
      line,
      ...problems.slice(0, SHOWN).map((problem) => `    ${problem}`),
      ...(problems.length > SHOWN ? [`    and ${problems.length - SHOWN} more`] : []),
    ]),
    ...record.removed.map((id) => `The older version ${id} was removed.`),
    refreshHeadline(record),
  ];
  return `${lines.map((line) => clip(plain(line), 2000)).join('\n')}\n`;
}

/** The record as its documented JSON (docs/refresh.schema.json), on one line. */
export function refreshJson(record: RefreshRecord): string {
  return `${jsonText(record)}\n`;
}
