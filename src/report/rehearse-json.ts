import { standingLocks } from '../evidence/lock-times.ts';
import { statementFinder } from '../evidence/runs.ts';
import type { Evidence, MigrationRun, ObservedStatement, Problem } from '../evidence/schema.ts';
import { distinctFindings } from '../evidence/verdict.ts';
import { groupBy } from '../group-by.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import { acceptedFindings } from './accepted.ts';
import { type SeenStatement, seenStatements } from './findings.ts';
import { jsonText } from './json-text.ts';
import { findingJson, statementJson } from './lint-json.ts';
import type { ShownFinding } from './linted.ts';
import { REHEARSE_JSON_VERSION, type RehearseJson } from './rehearse-json-schema.ts';

type FileJson = RehearseJson['files'][number];
type Writable<T> = T extends object ? { -readonly [Key in keyof T]: Writable<T[Key]> } : T;

/** The evidence of a rehearsal as one JSON document; `RehearseJson` is its type. */
export function rehearseJson(evidence: Evidence): string {
  const { lint, rehearsal, migrations, verdict } = evidence;
  const { migrations: runs, findings: _, accepted: __, ...ofTheRun } = rehearsal ?? NOT_REHEARSED;
  const document: RehearseJson = {
    version: REHEARSE_JSON_VERSION,
    postgres: (lint?.postgresVersion ?? 18) as PostgresVersion,
    tool: migrations?.tool ?? 'none',
    files: filesJson(evidence, runs),
    rehearsal: ofTheRun as Writable<typeof ofTheRun>,
    verdict: verdict as Writable<typeof verdict>,
  };
  return `${jsonText(document)}\n`;
}

const NOT_REHEARSED = { status: 'skipped', migrations: [], findings: [], accepted: [] } as const;

/** In the order of application, then those that are only complained of. */
function filesJson(evidence: Evidence, runs: readonly MigrationRun[]): FileJson[] {
  const { lint, migrations } = evidence;
  const problems = groupBy(lint?.problems ?? [], ({ file }) => file);
  const ran = groupBy(runs, ({ file }) => file);
  const statements = groupBy(seenStatements(evidence), ({ place }) => place.file);
  const findings = groupBy(shownFindings(evidence), ({ finding }) => finding.place.file);
  const listed = [...(migrations?.added ?? []), ...(lint?.files ?? [])];
  const files = new Set([...listed, ...ran.keys(), ...findings.keys(), ...problems.keys()]);
  const earlier = earlierLocks(runs);
  return [...files].map((path) => {
    const unread = (problems.get(path) ?? []).map(problemJson);
    return {
      path,
      parsed: unread.length === 0,
      ...(unread.length === 0 ? {} : { problems: unread }),
      migrations: (ran.get(path) ?? []).map(runJson),
      statements: (statements.get(path) ?? []).map((one) => seenJson(one, earlier)),
      findings: (findings.get(path) ?? []).map(findingJson),
    };
  });
}

/** Those that are accepted come last. */
function shownFindings(evidence: Evidence): ShownFinding[] {
  return [
    ...distinctFindings(evidence).map((finding) => ({ finding, exception: undefined })),
    ...acceptedFindings(evidence).map(({ finding, ...exception }) => ({ finding, exception })),
  ];
}

function problemJson({ line = 1, column = 1, message, hint = '' }: Problem) {
  return { line, column, message, hint };
}

function runJson({ statements: _, file: __, ...run }: MigrationRun): FileJson['migrations'][number] {
  return run as Writable<typeof run>;
}

type ObservedLock = NonNullable<FileJson['statements'][number]['observed']>['locks'][number];
type Earlier = (observed: ObservedStatement, needed: readonly string[]) => ObservedLock[];

function seenJson(
  { place, sql, predicted, observed }: SeenStatement,
  earlier: Earlier,
): FileJson['statements'][number] {
  const told = predicted ?? { kind: 'unknown', seen: false, effects: [] };
  const needed = told.effects.map(({ relation }) => relation);
  return {
    ...statementJson({ ...told, place, sql, inTransaction: predicted?.inTransaction ?? false } as Parameters<
      typeof statementJson
    >[0]),
    observed: observed === undefined ? null : observedJson(observed, earlier(observed, needed)),
    agreement: (observed?.agreement as Writable<ObservedStatement['agreement']>) ?? null,
  };
}

function observedJson(observed: ObservedStatement, earlier: readonly ObservedLock[]) {
  const { place: _, sql: __, agreement: ___, ...shown } = observed as Writable<ObservedStatement>;
  return { ...shown, locks: [...shown.locks, ...earlier] };
}

/** Locks that a statement needs and did not have to take, since its transaction had them. */
function earlierLocks(runs: readonly MigrationRun[]): Earlier {
  const find = statementFinder(runs);
  const standing = new Map(runs.map((run) => [run, standingLocks(run)]));
  return ({ place, from = 0, locks }, needed) => {
    const { migration, at = 0 } = find(place) ?? {};
    const held = migration && standing.get(migration)?.[at];
    const own = new Set(locks.map(({ relation }) => relation));
    const missing = [...new Set(needed)].filter((relation) => !own.has(relation));
    return missing.flatMap((relation) => {
      const lock = held?.get(relation);
      return lock?.to === undefined ? [] : [{ ...lock, heldMs: lock.to - from, earlier: true }];
    });
  };
}
