import { blockedBy, type LockMode } from '../sql/effect.ts';
import { thousands } from '../thousands.ts';

/** A time as a person says it: 412 ms, 3.2 s, 1 min 30 s, 14 min, 2.5 h. */
export function durationWords(milliseconds: number): string {
  if (milliseconds < 1) return 'under 1 ms';
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1).replace(/\.0$/, '')} s`;
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 600) return `${Math.floor(seconds / 60)} min${seconds % 60 > 0 ? ` ${seconds % 60} s` : ''}`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1).replace(/\.0$/, '')} h`;
}

/** How long before `now` something was: just now, 14 min ago, 3 h ago, 2 days ago. Both are ISO 8601. */
export function agoWords(then: string, now: string): string {
  const minutes = Math.floor((Date.parse(now) - Date.parse(then)) / 60_000);
  if (!(minutes >= 1)) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h ago`;
  return `${Math.floor(minutes / 1440)} days ago`;
}

/** A time in UTC by the minute: 2026-11-21 09:01 UTC. */
export function utcWords(time: string): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime())
    ? 'at an unknown time'
    : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** A number with its noun: 1 migration, 1,200 migrations. */
export function count(number: number, noun: string, plural = `${noun}s`): string {
  return `${thousands(number)} ${number === 1 ? noun : plural}`;
}

/** The documentation's name of a lock mode: ACCESS EXCLUSIVE (table 13.2). */
export function lockName(mode: LockMode): string {
  return mode
    .replace(/Lock$/, '')
    .replaceAll(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();
}

/** Who waits while the lock is held. */
export function waitingWords(mode: LockMode): string {
  const { reads, writes, ddl } = blockedBy(mode);
  if (reads) return 'nobody can read or write';
  if (writes) return 'nobody can write';
  return ddl ? 'reads and writes go on; other schema changes wait' : 'reads and writes go on';
}

/** a, b and c. */
export function listWords(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** The text with a full stop, unless it ends as a sentence does. */
export function sentence(text: string): string {
  return /[.!?…:]\s*$/.test(text) ? text : `${text}.`;
}

/** The text with a capital letter first. */
export function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
