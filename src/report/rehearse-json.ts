import { locksAt } from '../evidence/lock-times.ts';
import type { Evidence, MigrationRun, ObservedStatement, Problem } from '../evidence/schema.ts';
import { distinctFindings } from '../evidence/verdict.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import { acceptedFindings } from './accepted.ts';
import { type SeenStatement, seenStatements } from './findings.ts';
import { jsonText } from './json-text.ts';
import { findingJson, statementJson } from './lint-json.ts';
import { REHEARSE_JSON_VERSION, type RehearseJson } from './rehearse-json-schema.ts';

type FileJson = RehearseJson['files'][number];
type Writable<T> = T extends object ? { -readonly [Key in keyof T]: Writable<T[Key]> } : T;

/** The evidence of a rehearsal as one JSON document; `RehearseJson` is its type. */
export function rehearseJson(evidence: Evidence): string {
  const { lint, rehearsal, migrations, verdict } = evidence;
  const { migrations: runs = [], findings: _, accepted: __, ...ofTheRun } = rehearsal ?? NOT_REHEARSED;
  const document: RehearseJson = {
    version: REHEARSE_JSON_VERSION,
    postgres: (lint?.postgresVersion ?? 18) as PostgresVersion,
    tool: migrations?.tool ?? 'none',
    files: filesOf(evidence).map((path) => fileJson(path, evidence, runs)),
    rehearsal: ofTheRun as Writable<typeof ofTheRun>,
    verdict: verdict as Writable<typeof verdict>,
  };
  return `${jsonText(document)}\n`;
}

const NOT_REHEARSED = { status: 'skipped', migrations: [], findings: [], accepted: [] } as const;

/** In the order of application, then those that are only complained of. */
function filesOf(evidence: Evidence): readonly string[] {
  const { lint, rehearsal, migrations } = evidence;
  return [
    ...new Set([
      ...(migrations?.added ?? []),
      ...(lint?.files ?? []),
      ...(rehearsal?.migrations ?? []).map(({ file }) => file),
      ...distinctFindings(evidence).map(({ place }) => place.file),
      ...(lint?.problems ?? []).map(({ file }) => file),
    ]),
  ];
}

function fileJson(path: string, evidence: Evidence, runs: readonly MigrationRun[]): FileJson {
  const problems = (evidence.lint?.problems ?? []).filter(({ file }) => file === path).map(problemJson);
  const here = <T extends { readonly place: { readonly file: string } }>(items: readonly T[]) =>
    items.filter(({ place }) => place.file === path);
  return {
    path,
    parsed: problems.length === 0,
    ...(problems.length === 0 ? {} : { problems }),
    migrations: runs.filter(({ file }) => file === path).map(runJson),
    statements: here(seenStatements(evidence)).map((one) => seenJson(one, runs)),
    findings: [
      ...here(distinctFindings(evidence)).map((finding) => findingJson({ finding, exception: undefined })),
      ...acceptedFindings(evidence)
        .filter(({ finding }) => finding.place.file === path)
        .map(({ finding, ...exception }) => findingJson({ finding, exception })),
    ],
  };
}

function problemJson({ line = 1, column = 1, message, hint = '' }: Problem) {
  return { line, column, message, hint };
}

function runJson({ statements: _, file: __, ...run }: MigrationRun): FileJson['migrations'][number] {
  return run as Writable<typeof run>;
}

function seenJson(
  { place, sql, predicted, observed }: SeenStatement,
  runs: readonly MigrationRun[],
): FileJson['statements'][number] {
  const told = predicted ?? { kind: 'unknown', seen: false, effects: [] };
  return {
    ...statementJson({ ...told, place, sql, inTransaction: predicted?.inTransaction ?? false } as Parameters<
      typeof statementJson
    >[0]),
    observed: observed === undefined ? null : observedJson(observed, told.effects, runs),
    agreement: (observed?.agreement as Writable<ObservedStatement['agreement']>) ?? null,
  };
}

type Effects = readonly { readonly relation: string }[];

function observedJson(observed: ObservedStatement, effects: Effects, runs: readonly MigrationRun[]) {
  const { place: _, sql: __, agreement: ___, ...shown } = observed as Writable<ObservedStatement>;
  return { ...shown, locks: [...shown.locks, ...earlierLocks(observed, effects, runs)] };
}

/** Locks that the statement needs and did not have to take, since its transaction had them. */
function earlierLocks(
  { place, from = 0, locks }: ObservedStatement,
  effects: Effects,
  runs: readonly MigrationRun[],
) {
  const run = runs.find(({ statements }) => statements.some((one) => one.place === place));
  if (run === undefined) return [];
  const held = locksAt(
    run,
    run.statements.findIndex((one) => one.place === place),
  );
  const own = new Set(locks.map(({ relation }) => relation));
  const needed = [...new Set(effects.map(({ relation }) => relation))].filter(
    (relation) => !own.has(relation),
  );
  return needed.flatMap((relation) => {
    const lock = held.get(relation);
    if (lock?.to === undefined) return [];
    return [{ ...lock, heldMs: lock.to - from, earlier: true as const }];
  });
}
