import { byteWords } from '../byte-words.ts';
import type { ProofCheck, RefreshRecord } from '../evidence/refresh-schema.ts';
import { thousands } from '../thousands.ts';
import { count, durationWords, utcWords } from './words.ts';

const MARKS: Readonly<Record<ProofCheck['status'], string>> = { proved: '✅', failed: '❌', unproven: '❓' };

/** What came of it, in one sentence that is not escaped yet. */
export function refreshHeadline(record: RefreshRecord): string {
  const { name, baseline, previous } = record;
  const stays = previous
    ? `branches are still made from ${previous}`
    : 'there is no baseline to make branches from yet';
  switch (record.status) {
    case 'published':
      return `${baseline ?? name} is published: a masked baseline, proved clean.`;
    case 'refused':
      return `Nothing was published for ${name}: ${record.reason ?? 'a check said no.'} Meanwhile ${stays}.`;
    case 'failed':
      return `The refresh of ${name} could not run: ${record.reason ?? 'no reason is known.'} Meanwhile ${stays}.`;
  }
}

/** One line for each check, the worst first. */
export function checkLines(
  checks: readonly ProofCheck[],
): readonly { readonly line: string; readonly problems: readonly string[] }[] {
  const order: readonly ProofCheck['status'][] = ['failed', 'unproven', 'proved'];
  return checks
    .toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status))
    .map(({ name, status, summary, durationMs, problems }) => ({
      line: `${MARKS[status]} ${name}: ${summary} (${durationWords(durationMs)})`,
      problems: problems.map(({ where, what }) => `${where}: ${what}`),
    }));
}

/** What was moved and masked, and how long it took. */
export function refreshFacts(record: RefreshRecord): readonly string[] {
  const { tables, sourceAt, source, durationMs, needles, bytesScanned, scrubbed, fidelity } = record;
  const copied = tables.filter(({ rows }) => rows === 'copied');
  const sum = (pick: (table: RefreshRecord['tables'][number]) => number): number =>
    tables.reduce((total, table) => total + pick(table), 0);
  const gone = scrubbed.filter(({ action }) => action === 'removed' || action === 'blanked');
  return [
    `Source: ${source}${sourceAt ? `, as of ${utcWords(sourceAt)}` : ''}.`,
    `${thousands(sum(({ copiedRows }) => copiedRows))} rows of ${count(copied.length, 'table')} (${byteWords(sum(({ bytes }) => bytes))}), ${count(tables.length - copied.length, 'table')} left empty; ${count(
      sum(({ masked }) => masked),
      'column',
    )} masked, ${thousands(sum(({ clear }) => clear))} as they are. ${durationWords(durationMs)}.`,
    ...(needles > 0
      ? [`${thousands(needles)} real values were sought in ${byteWords(bytesScanned)} of what is published.`]
      : []),
    ...(gone.length > 0
      ? [
          `${count(gone.length, 'thing')} of the schema ${gone.length === 1 ? 'was' : 'were'} left out (comments, publications, credentials and the like; the evidence lists them).`,
        ]
      : []),
    ...(fidelity.length > 0 ? [fidelityWords(fidelity)] : []),
  ];
}

function fidelityWords(fidelity: RefreshRecord['fidelity']): string {
  const scores = fidelity.map(({ score }) => score).toSorted((a, b) => a - b);
  const median = scores[Math.floor(scores.length / 2)] ?? 0;
  const worst = fidelity.find(({ score }) => score === scores[0]);
  return `To the planner the masked columns look like the source: median ${median.toFixed(2)} of 1, lowest ${(scores[0] ?? 0).toFixed(2)} (${worst?.column}).`;
}
