import { byteWords } from '../byte-words.ts';
import type { DrillRecord, RefreshRecord } from '../evidence/refresh-schema.ts';
import { thousands } from '../thousands.ts';
import { drillSummary } from './drill-summary.ts';
import { blocks, code, details, escapeText, table } from './markdown.ts';
import { clip } from './plain.ts';
import { checkLines, refreshFacts, refreshHeadline } from './refresh-rows.ts';
import { durationWords } from './words.ts';

const MAXIMUM_PROBLEMS = 30;
const MAXIMUM_TABLES = 300;
const TABLE_HEAD = ['table', 'rows', 'bytes', 'masked columns', 'as they are', 'time'];

const said = (text: string): string => escapeText(clip(text, 800));

/** The job summary as Markdown: verdict, checks with what is wrong, facts, the biggest tables. `earlier`: drills before it, oldest first. Under 1 MiB, whatever the names are. */
export function renderRefreshSummary(record: RefreshRecord, earlier: readonly DrillRecord[] = []): string {
  return blocks([
    `### ${said(refreshHeadline(record))}`,
    checks(record),
    record.tables.length > 0
      ? refreshFacts(record)
          .map((fact) => `- ${said(fact)}`)
          .join('\n')
      : undefined,
    record.notes.length > 0
      ? record.notes
          .slice(0, MAXIMUM_PROBLEMS)
          .map((note) => `- ${said(note)}`)
          .join('\n')
      : undefined,
    tables(record),
    record.drill ? drillSummary(record.drill, earlier) : undefined,
  ]);
}

function checks({ checks }: RefreshRecord): string | undefined {
  if (checks.length === 0) return undefined;
  return checkLines(checks)
    .flatMap(({ line, problems }) => [
      `- ${said(line)}`,
      ...problems.slice(0, MAXIMUM_PROBLEMS).map((problem) => `  - ${said(problem)}`),
      ...(problems.length > MAXIMUM_PROBLEMS
        ? [`  - and ${thousands(problems.length - MAXIMUM_PROBLEMS)} more in the evidence file`]
        : []),
    ])
    .join('\n');
}

function tables({ tables }: RefreshRecord): string | undefined {
  if (tables.length === 0) return undefined;
  const largest = tables.toSorted((a, b) => b.bytes - a.bytes).slice(0, MAXIMUM_TABLES);
  const rows = largest.map((each) => [
    code(clip(each.table, 130)),
    thousands(each.copiedRows),
    byteWords(each.bytes),
    String(each.masked),
    String(each.clear),
    durationWords(each.durationMs),
  ]);
  const more = tables.length - largest.length;
  const rest = more > 0 ? `\n\n_${thousands(more)} smaller ones are in the evidence file._` : '';
  return details('Tables', `${table(TABLE_HEAD, rows)}${rest}`);
}
