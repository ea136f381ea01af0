import type { RehearsalRecord } from '../evidence/schema.ts';
import { clip } from './plain.ts';
import { count, durationWords, listWords, sentence } from './words.ts';

type Contention = NonNullable<RehearsalRecord['contention']>;
type Estimate = NonNullable<RehearsalRecord['scale']>['estimates'][number];

type Probed = Contention['tables'][number];

/** How long a table's reader and writer waited at most, undefined for one that did not go on there, and who would have queued. */
export function probedWords({
  reads,
  writes,
  longestReadMs,
  longestWriteMs,
  queuedReads,
  queuedWrites,
}: Probed) {
  const queued = [
    ...(queuedReads === undefined ? [] : [count(queuedReads, 'read')]),
    ...(queuedWrites === undefined ? [] : [count(queuedWrites, 'write')]),
  ];
  return {
    read: reads === 0 ? undefined : durationWords(longestReadMs),
    write: writes === 0 ? undefined : durationWords(longestWriteMs),
    queued: queued.length === 0 ? undefined : listWords(queued),
  };
}

/** What a statement would take in production, with its place: several may work on one table. */
export function estimateWords({ place, words }: Estimate): string {
  return `\`${clip(`${place.file}:${place.line}`, 200)}\`: ${words}`;
}

/** What was cut or given up, and what the transaction that was held open kept waiting: sentences, with code in backticks. */
export function besideWords({ reason, idle }: Contention, maximum: number): string[] {
  const waited = (idle?.waited ?? [])
    .slice(0, maximum)
    .map(({ place, ms }) => `\`${clip(`${place.file}:${place.line}`, 200)}\` for ${durationWords(ms)}`);
  const kept = waited.length === 0 ? 'and nothing waited for it' : `and kept waiting ${listWords(waited)}`;
  return [
    ...(reason === undefined ? [] : [sentence(clip(reason, 300))]),
    ...(idle === undefined
      ? []
      : [`A transaction stood open for ${durationWords(idle.heldMs)} beside the migrations, ${kept}.`]),
  ];
}
