import type { Evidence, RehearsalRecord } from '../evidence/schema.ts';
import { besideWords, estimateWords, probedWords } from './beside.ts';
import { disagreements } from './disagreements.ts';
import { gantt } from './gantt.ts';
import { lockBars } from './lock-bars.ts';
import { blocks, code, details, escapeText, fence, prose } from './markdown.ts';
import { clip } from './plain.ts';
import { schemaLines } from './schema-lines.ts';
import { capitalized, count, durationWords, lockName, sentence } from './words.ts';

type Contention = NonNullable<RehearsalRecord['contention']>;

/** What the run measured beside the findings, first of all for who deploys: who waited, what production would see, what to set. */
export function deploySections({ rehearsal }: Evidence, maximum: number): string | undefined {
  if (!rehearsal || maximum === 0) return undefined;
  return blocks([
    waitingSection(rehearsal, maximum),
    scaleSection(rehearsal, maximum),
    deploySection(rehearsal, maximum),
  ]);
}

/** What the migrations did as a whole: the locks by time, the schema's change, and where the prediction was wrong. */
export function changeSections(evidence: Evidence, maximum: number): string | undefined {
  const { rehearsal } = evidence;
  if (!rehearsal || maximum === 0) return undefined;
  return blocks([
    timelineSection(evidence, maximum),
    schemaSection(rehearsal, maximum),
    refutedSection(rehearsal, maximum),
    disagreementSection(rehearsal, maximum),
  ]);
}

function waitingSection({ contention }: RehearsalRecord, maximum: number): string | undefined {
  if (!contention || contention.status === 'off') return undefined;
  const beside = besideWords(contention, maximum).map(prose);
  if (contention.tables.length === 0) {
    const told = contention.status === 'unsafe' ? ['not measured.', ...beside] : beside;
    return told.length === 0 ? undefined : `**Who would have waited:** ${told.join(' ')}`;
  }
  const items = contention.tables.slice(0, maximum).map(waitingItem);
  const more = contention.tables.length - items.length;
  const rest = more > 0 ? [`- and ${count(more, 'more table')}`] : [];
  const body = blocks([[...items, ...rest].join('\n'), beside.length === 0 ? undefined : beside.join(' ')]);
  return details(waitingSummary(contention), body, contention.tables.some(isFelt));
}

/** A stall that a person would notice. */
const FELT_MS = 1000;

function isFelt({ longestReadMs, longestWriteMs }: Contention['tables'][number]): boolean {
  return Math.max(longestReadMs, longestWriteMs) >= FELT_MS;
}

function waitingSummary({ tables }: Contention): string {
  const longest = Math.max(...tables.map((one) => Math.max(one.longestReadMs, one.longestWriteMs)));
  return `Who would have waited: at most ${durationWords(longest)}, on ${count(tables.length, 'table')} with readers and writers beside the migrations`;
}

function waitingItem(one: Contention['tables'][number]): string {
  const { read, write, queued } = probedWords(one);
  const waited = [
    write === undefined ? 'writes not probed' : `a write waited ${write}`,
    read === undefined ? 'reads not probed' : `a read ${read}`,
  ];
  const queue = queued === undefined ? '' : `; ${escapeText(queued)} would have queued`;
  const at = one.place ? ` (${code(clip(`${one.place.file}:${one.place.line}`, 200))})` : '';
  const note = one.note === undefined ? '' : ` ${prose(capitalized(sentence(clip(one.note, 200))))}`;
  return `- ${code(clip(one.relation, 130))}: ${waited.join(', ')} at most${queue}${at}.${note}`;
}

function scaleSection({ scale }: RehearsalRecord, maximum: number): string | undefined {
  const { estimates = [], notes = [] } = scale ?? {};
  if (!scale || estimates.length + notes.length === 0) return undefined;
  const sentences = [...estimates.map(estimateWords), ...notes];
  const lines = sentences.slice(0, maximum).map((words) => `- ${prose(clip(words, 600))}`);
  const more = sentences.length - lines.length;
  const rest = more > 0 ? [`- and ${more} more`] : [];
  return details(`At production’s size: ${clip(scale.source, 200)}`, [...lines, ...rest].join('\n'));
}

function timelineSection(evidence: Evidence, maximum: number): string | undefined {
  const chart = gantt(lockBars(evidence), Math.min(maximum, 20));
  return chart && details('Timeline of the locks that block', chart);
}

function deploySection({ deploy }: RehearsalRecord, maximum: number): string | undefined {
  if (!deploy || (deploy.advice.length === 0 && deploy.tables.length === 0)) return undefined;
  const tables = deploy.tables
    .slice(0, maximum)
    .map(
      ({ relation, mode, heldMs }) =>
        `- ${code(clip(relation, 130))} is blocked for ${durationWords(heldMs)} in all, at most by ${lockName(mode)}.`,
    );
  const advice = deploy.advice
    .slice(0, maximum)
    .map((text, index) => `${index + 1}. ${prose(clip(text, 400))}`);
  return details('Plan for the deploy', blocks([advice.join('\n'), tables.join('\n')]));
}

function schemaSection({ schema = [] }: RehearsalRecord, maximum: number): string | undefined {
  if (schema.length === 0) return undefined;
  const lines = schemaLines(schema.slice(0, maximum));
  const more = schema.length - maximum;
  return details(
    `Schema: ${count(schema.length, 'change')}`,
    blocks([
      fence(lines.join('\n'), 'diff', maximum * 4),
      more > 0 ? `and ${count(more, 'more change')}.` : undefined,
    ]),
  );
}

function refutedSection({ refuted = [] }: RehearsalRecord, maximum: number): string | undefined {
  if (refuted.length === 0) return undefined;
  const lines = refuted.slice(0, maximum).map(({ finding, reason }) => {
    const where = code(clip(`${finding.place.file}:${finding.place.line}`, 200));
    return `- ${escapeText(clip(finding.rule, 80))} at ${where}: ${escapeText(clip(reason, 300))}`;
  });
  return details(`Predicted, and disproved by the rehearsal: ${refuted.length}`, lines.join('\n'));
}

function disagreementSection(rehearsal: RehearsalRecord, maximum: number): string | undefined {
  const differing = disagreements(rehearsal);
  if (differing.length === 0) return undefined;
  const lines = differing.slice(0, maximum).map(({ where, missing, unexpected }) => {
    const parts = [
      ...missing.map((what) => `predicted ${what}`),
      ...unexpected.map((what) => `measured ${what}`),
    ];
    return `- ${code(where)}: ${escapeText(clip(parts.join('; '), 400))}`;
  });
  return details(
    `Pullgres predicted otherwise for ${count(differing.length, 'statement')}: a defect of ours, please report it`,
    lines.join('\n'),
  );
}
