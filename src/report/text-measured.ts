import { NO_MANIFEST } from '../evidence/manifest.ts';
import type { Evidence, RehearsalRecord } from '../evidence/schema.ts';
import { besideWords, estimateWords, probedWords } from './beside.ts';
import { DOWN_WORDS } from './migrations.ts';
import { clip, plain } from './plain.ts';
import { schemaLines } from './schema-lines.ts';
import { count, listWords } from './words.ts';

type MigrationRun = RehearsalRecord['migrations'][number];
type Probed = NonNullable<RehearsalRecord['contention']>['tables'][number];

const MAXIMUM = 20;
const MAXIMUM_DIFFERENCE = 12;
const LONGEST = 400;

/** Below a migration: what stands after its failure, and a way back that does not lead back. */
export function aftermathLines({ state, down }: MigrationRun): string[] {
  const isOpen = down !== undefined && (down.status === 'differs' || down.status === 'failed');
  const difference = isOpen ? (down.difference ?? []) : [];
  const more = difference.length - MAXIMUM_DIFFERENCE;
  return [
    ...(state === undefined ? [] : [`  ${told(state, 600)}`]),
    ...(isOpen ? [`  The way back: ${DOWN_WORDS[down.status]}.`] : []),
    ...difference.slice(0, MAXIMUM_DIFFERENCE).map((line) => `    ${told(line)}`),
    ...(more > 0 ? [`    and ${count(more, 'more line')}`] : []),
  ];
}

/** Why nothing was rehearsed although nothing failed: a verdict must not read as a measurement. */
export function idleText({ rehearsal }: Evidence): string {
  if (rehearsal?.status !== 'passed' || rehearsal.migrations.length > 0 || rehearsal.reason === undefined)
    return '';
  return `Nothing was rehearsed: ${told(rehearsal.reason)}. What the database already has is not measured again.`;
}

/** Who would have waited, here and in production, how to deploy, and what the schema's changes are: each with its title. */
export function measuredSections({ rehearsal }: Evidence): readonly (readonly [string, readonly string[]])[] {
  if (!rehearsal) return [];
  const sections: readonly (readonly [string, readonly string[]])[] = [
    ['Who would have waited', waitingLines(rehearsal)],
    ['In production', productionLines(rehearsal)],
    ['Plan for the deploy', (rehearsal.deploy?.advice ?? []).map((text, at) => `${at + 1}. ${text}`)],
    ['What changed in the schema', schemaLines(rehearsal.schema ?? [])],
  ];
  return sections.flatMap(([title, lines]) => (lines.length === 0 ? [] : [[title, shown(lines)] as const]));
}

function waitingLines({ contention }: RehearsalRecord): string[] {
  if (contention === undefined || contention.status === 'off') return [];
  return [...contention.tables.map(probedLine), ...besideWords(contention, MAXIMUM)];
}

function probedLine(one: Probed): string {
  const { relation, place, note } = one;
  const { read, write, queued } = probedWords(one);
  const waits = [...(read ? [`a read ${read}`] : []), ...(write ? [`a write ${write}`] : [])];
  const at = place === undefined ? '' : `, at ${place.file}:${place.line}`;
  const wait = waits.length === 0 ? 'not probed' : `${listWords(waits)} at most${at}`;
  const queue = queued === undefined ? '' : `; ${queued} would have queued`;
  return `${relation}: ${wait}${queue}${note === undefined ? '' : ` (${note})`}`;
}

function productionLines({ scale }: RehearsalRecord): string[] {
  if (scale === undefined) return [];
  const lines = [...scale.estimates.map(estimateWords), ...(scale.notes ?? [])];
  if (lines.length > 0) return [...lines, `By ${scale.source}.`];
  return scale.source === NO_MANIFEST ? [scale.source] : [];
}

function shown(lines: readonly string[]): string[] {
  const more = lines.length - MAXIMUM;
  const kept = lines.slice(0, MAXIMUM).map((line) => `  ${told(line)}`);
  return more > 0 ? [...kept, `  and ${count(more, 'more line')}`] : kept;
}

function told(text: string, maximum = LONGEST): string {
  return plain(clip(text, maximum));
}
