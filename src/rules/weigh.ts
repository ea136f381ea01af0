import type { Catalog, Relation } from '../sql/catalog.ts';
import { blockedBy, type Effects, type RelationEffect } from '../sql/effect.ts';
import { type Claim, SEVERITIES, type Severity } from './rule.ts';

/** A table counts as small when what is known of it is within every limit given here. */
export type SmallTable = { readonly rows?: number | undefined; readonly bytes?: number | undefined };

/** Reads and changed rows per second from which on even a short wait is felt. */
const HOT = 100;

/**
 * What one server does with bytes in a second, rounded down from pgbench tables on ordinary cloud disks: an estimate to
 * set a wait of milliseconds apart from one of minutes, no promise.
 */
const BYTES_PER_SECOND = { scan: 200e6, build: 50e6, rewrite: 50e6 } as const;

export type Weight = {
  readonly severity: Severity;
  /** What is known of size and traffic, as a sentence; empty when nothing is. */
  readonly measure: string;
};

/**
 * A finding's severity by what is known of the tables that it blocks: strength of the lock, estimated time of the work,
 * traffic. Unknown size counts as large. Only tables within the policy's limits make it milder, only known traffic
 * makes it graver.
 */
export function weigh(
  severity: Severity,
  claim: Claim,
  effects: Effects,
  catalog: Catalog,
  small: SmallTable | undefined,
): Weight {
  if (!('lock' in claim)) return { severity, measure: '' };
  const blocked = effects.relations.filter(
    ({ lock, relation }) => blockedBy(lock).writes && catalog.relations.get(relation)?.isNew !== true,
  );
  const known = blocked.flatMap((effect) => {
    const relation = catalog.relations.get(effect.relation);
    return relation && holdsRows(relation) ? [{ effect, relation }] : [];
  });
  const worked = known.filter(({ effect }) => secondsOf(effect, 1) > 0);
  const works = claim.rewrite || claim.scan || claim.builds;
  if (works && worked.length > 0 && worked.every(({ relation }) => isSmall(relation, small)))
    return { severity: 'notice', measure: '' };
  const hot = known.some(({ relation }) => traffic(relation) >= HOT);
  return { severity: hot && !works ? graver(severity) : severity, measure: measureWords(worked) };
}

function holdsRows({ kind }: Relation): boolean {
  return kind === 'table' || kind === 'partitioned table' || kind === 'materialized view';
}

function isSmall({ rows, bytes }: Relation, small: SmallTable | undefined): boolean {
  if (small === undefined) return false;
  const within = (value: number | undefined, limit: number | undefined): boolean =>
    limit === undefined || (value !== undefined && value <= limit);
  return within(rows, small.rows) && within(bytes, small.bytes);
}

function traffic({ readsPerSecond = 0, writesPerSecond = 0 }: Relation): number {
  return readsPerSecond + writesPerSecond;
}

function graver(severity: Severity): Severity {
  return SEVERITIES[SEVERITIES.indexOf(severity) + 1] ?? severity;
}

function secondsOf({ rewrite, scan, builds }: RelationEffect, bytes: number): number {
  const rewriting = rewrite ? bytes / BYTES_PER_SECOND.rewrite : 0;
  const building = builds === undefined ? 0 : bytes / BYTES_PER_SECOND.build;
  const scanning = scan ? bytes / BYTES_PER_SECOND.scan : 0;
  return rewriting + building + scanning;
}

type Known = { readonly effect: RelationEffect; readonly relation: Relation };

/** Worth a sentence from a second on. */
function measureWords(worked: readonly Known[]): string {
  const seconds = worked.reduce(
    (sum, { effect, relation }) => sum + secondsOf(effect, relation.bytes ?? 0),
    0,
  );
  if (seconds < 1) return '';
  const bytes = worked.reduce((sum, { relation }) => sum + (relation.bytes ?? 0), 0);
  const waiting = worked.reduce((sum, { effect, relation }) => {
    const { readsPerSecond = 0, writesPerSecond = 0 } = relation;
    return sum + (blockedBy(effect.lock).reads ? readsPerSecond : 0) + writesPerSecond;
  }, 0);
  const queue =
    waiting * seconds >= 1 ? `, in which about ${round(waiting * seconds)} statements would wait` : '';
  return `It works on ${size(bytes)}: roughly ${duration(seconds)}${queue}.`;
}

function round(value: number): string {
  return String(Number(value.toPrecision(2))).replace(/\B(?=(\d{3})+$)/g, ',');
}

function size(bytes: number): string {
  return bytes >= 1e9 ? `${round(bytes / 1e9)} GB` : `${round(bytes / 1e6)} MB`;
}

function duration(seconds: number): string {
  if (seconds < 90) return `${round(seconds)} s`;
  return seconds < 5400 ? `${round(seconds / 60)} min` : `${round(seconds / 3600)} h`;
}
