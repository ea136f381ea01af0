import type { Evidence } from '../evidence/schema.ts';
import { probedWords } from './beside.ts';
import { closed, type LockBar } from './lock-bars.ts';
import { plain } from './plain.ts';
import { count, durationWords, lockName } from './words.ts';

type Rehearsed = Pick<Evidence, 'rehearsal'>;

/** What one bar says: lock, table, time, who waits, and for how long somebody did. */
export function wordsOf(evidence: Rehearsed, bar: LockBar): string {
  const { relation, mode, from, to, blocks, where, sampled } = bar;
  const time = `${sampled ? 'about ' : ''}${durationWords(to - from)}`;
  const who = blocks === 'nothing' ? 'readers and writers go on' : `blocks ${blocks}`;
  return `${lockName(mode)} on ${plain(relation)} for ${time}, ${who} (${plain(where)})${waitedAt(evidence, bar)}`;
}

/** What the relation goes through in all, and who waited for it beside the migrations. */
export function rowSummary(evidence: Rehearsed, relation: string, bars: readonly LockBar[]): string {
  const all = closed(bars.filter(({ blocks }) => blocks === 'reads and writes'));
  const writes = closed(bars.filter(({ blocks }) => blocks !== 'nothing'));
  const facts = [
    all > 0 && `no reads or writes for ${durationWords(all)}`,
    // Where all who write also wait to read, one figure says it.
    writes - all > 1 && `no writes for ${durationWords(writes)}`,
    writes === 0 && 'readers and writers go on',
    waitWords(evidence, relation),
  ];
  return facts.filter((fact) => typeof fact === 'string').join(' · ');
}

function probedTable({ rehearsal }: Rehearsed, relation: string) {
  return rehearsal?.contention?.tables.find((table) => table.relation === relation);
}

function waitWords(evidence: Rehearsed, relation: string): string | undefined {
  const probed = probedTable(evidence, relation);
  if (!probed) return undefined;
  const { read, write } = probedWords(probed);
  const waits = [read && `a read ${read}`, write && `a write ${write}`].filter(Boolean);
  if (waits.length === 0) return undefined;
  const queued = (probed.queuedReads ?? 0) + (probed.queuedWrites ?? 0);
  const queue = queued === 0 ? '' : `; ${count(queued, 'query', 'queries')} would queue`;
  return `longest wait: ${waits.join(', ')}${queue}`;
}

/** The longest wait, when it was for this bar's statement. */
function waitedAt(evidence: Rehearsed, { relation, where }: LockBar): string {
  const probed = probedTable(evidence, relation);
  const isHere = probed?.place && `${probed.place.file}:${probed.place.line}` === where;
  const words = isHere ? waitWords(evidence, relation) : undefined;
  return words === undefined ? '' : `; beside it, ${words}`;
}
