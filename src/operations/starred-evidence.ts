import type { Evidence } from '../evidence/schema.ts';
import { starPasswords } from '../secret.ts';

/** Names of files and digests must stay what they are. */
const KEPT: ReadonlySet<string> = new Set(['file', 'files', 'fingerprint', 'rule', 'commit']);

/**
 * The record as it may be published: SQL, the server's words and what tests said, without what has the form of a password.
 * All judging is done before, on the true text. A fix that would write stars into a file is none.
 */
export function starredEvidence(evidence: Evidence): Evidence {
  const { lint, rehearsal, tests, verdict } = evidence;
  return {
    ...evidence,
    ...starred({ ...(lint && { lint }), ...(rehearsal && { rehearsal }), ...(tests && { tests }), verdict }),
  };
}

function starred<T>(value: T): T {
  return star(value) as T;
}

function star(value: unknown): unknown {
  if (typeof value === 'string') return starPasswords(value);
  if (Array.isArray(value)) return value.map(star);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, entry(key, one)]));
}

function entry(key: string, value: unknown): unknown {
  if (KEPT.has(key)) return value;
  const clean = star(value);
  if (key !== 'fix') return clean;
  return JSON.stringify(clean) === JSON.stringify(value) ? value : [];
}
