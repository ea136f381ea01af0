import { placeKey } from '../evidence/place-key.ts';
import type { Evidence, ObservedStatement, StatementRecord } from '../evidence/schema.ts';
import { distinctFindings, findingKey } from '../evidence/verdict.ts';
import type { Finding, TextEdit } from '../rules/rule.ts';
import { type LockMode, lockStrength } from '../sql/effect.ts';
import type { Place } from '../sql/statement.ts';

/** A lock on a relation; `heldMs` and `sampled` are there when it was observed. */
export type ReportLock = {
  readonly relation: string;
  readonly mode: LockMode;
  readonly heldMs: number | undefined;
  readonly sampled: boolean;
};

/** A finding with all that is known of its statement. */
export type ReportFinding = {
  readonly finding: Finding;
  readonly source: 'predicted' | 'observed' | 'predicted and observed';
  readonly sql: string | undefined;
  /** The statement after the rule's mechanical fix, when the fix stays inside it. */
  readonly fixed: string | undefined;
  readonly lock: ReportLock | undefined;
  readonly rewrites: boolean;
  readonly scans: boolean;
};

/** A statement as the lint and the rehearsal saw it. */
export type SeenStatement = {
  readonly place: Place;
  readonly sql: string;
  readonly predicted: StatementRecord | undefined;
  readonly observed: ObservedStatement | undefined;
};

/** Every finding once, worst first, joined with what was predicted and observed for its statement. */
export function reportFindings(evidence: Pick<Evidence, 'lint' | 'rehearsal'>): readonly ReportFinding[] {
  const statements = new Map(seenStatements(evidence).map((one) => [placeKey(one.place), one]));
  const predicted = new Map(evidence.lint?.findings.map((one) => [findingKey(one), one.message]));
  const shown = evidence.rehearsal?.findings.filter(({ evidence: kind }) => kind === 'observed');
  const observed = new Set(shown?.map(findingKey));
  return distinctFindings(evidence).map((finding) => {
    const key = findingKey(finding);
    const both = predicted.has(key) && observed.has(key);
    const statement = statements.get(placeKey(finding.place));
    return {
      // The report gives the measured numbers in places of their own, so the rule's plain words serve better here.
      finding: { ...finding, message: predicted.get(key) ?? finding.message },
      source: both ? 'predicted and observed' : finding.evidence,
      sql: statement?.sql,
      fixed: statement && fixedSql(statement.sql, finding.place, finding.fix),
      ...workOn(finding.relation, statement),
    };
  });
}

/** The statements of lint and rehearsal, joined by their place, in the order of the record. */
export function seenStatements({
  lint,
  rehearsal,
}: Pick<Evidence, 'lint' | 'rehearsal'>): readonly SeenStatement[] {
  const seen = new Map<string, SeenStatement>();
  for (const predicted of lint?.statements ?? []) {
    const { place, sql } = predicted;
    seen.set(placeKey(place), { place, sql, predicted, observed: undefined });
  }
  for (const observed of rehearsal?.migrations.flatMap(({ statements }) => statements) ?? []) {
    const { place, sql } = observed;
    const predicted = seen.get(placeKey(place))?.predicted;
    seen.set(placeKey(place), { place, sql, predicted, observed });
  }
  return [...seen.values()];
}

/** The strongest lock first; among equals, the one held longest. */
export function byStrength(a: ReportLock, b: ReportLock): number {
  return lockStrength(b.mode) - lockStrength(a.mode) || (b.heldMs ?? 0) - (a.heldMs ?? 0);
}

/** The locks that the server showed for a statement. */
export function observedLocks(observed: ObservedStatement | undefined): readonly ReportLock[] {
  return (observed?.locks ?? []).map((lock) => ({ ...lock, sampled: observed?.sampled ?? false }));
}

function workOn(
  relation: string | undefined,
  statement: SeenStatement | undefined,
): Pick<ReportFinding, 'lock' | 'rewrites' | 'scans'> {
  const effects = statement?.predicted?.effects ?? [];
  const observed = statement?.observed;
  const predictedLocks = effects.map((effect) => ({
    relation: effect.relation,
    mode: effect.lock,
    heldMs: undefined,
    sampled: false,
  }));
  const about = <T extends { readonly relation: string }>(items: readonly T[]) =>
    relation === undefined ? items : items.filter((item) => item.relation === relation);
  const shown = (names: readonly string[] | undefined) =>
    names?.some((name) => relation === undefined || name === relation) ?? false;
  return {
    lock:
      about(observedLocks(observed)).toSorted(byStrength)[0] ?? about(predictedLocks).toSorted(byStrength)[0],
    rewrites: shown(observed?.rewrites) || about(effects).some(({ rewrite }) => rewrite),
    scans: shown(observed?.scans) || about(effects).some(({ scan }) => scan),
  };
}

/** Applies edits (bytes of the file) to the statement; undefined when one lies outside, or nothing changes. */
function fixedSql(sql: string, place: Place, edits: readonly TextEdit[]): string | undefined {
  const bytes = Buffer.from(sql);
  const isWhole = bytes.length === place.endByte - place.startByte;
  const isInside = edits.every(
    ({ startByte, endByte }) => startByte >= place.startByte && endByte <= place.endByte,
  );
  if (edits.length === 0 || !isWhole || !isInside) return undefined;
  const pieces: Buffer[] = [];
  let from = 0;
  for (const edit of edits.toSorted((a, b) => a.startByte - b.startByte)) {
    const start = edit.startByte - place.startByte;
    if (start < from) return undefined;
    pieces.push(bytes.subarray(from, start), Buffer.from(edit.text));
    from = edit.endByte - place.startByte;
  }
  return Buffer.concat([...pieces, bytes.subarray(from)]).toString();
}
