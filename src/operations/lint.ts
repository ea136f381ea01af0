import type { LintRecord } from '../evidence/schema.ts';
import { recordedSql } from '../evidence/statement.ts';
import { failsOn } from '../evidence/verdict.ts';
import { groupBy } from '../group-by.ts';
import type { Migration } from '../migrations/migration.ts';
import { applyExceptions, type PlacedException } from '../policy/exceptions.ts';
import type { LintSource } from '../rules/context.ts';
import { type LintResult, lint } from '../rules/lint.ts';
import { UNPREDICTED_WORK } from '../rules/names.ts';
import { applyStatement } from '../sql/apply.ts';
import { type Catalog, EMPTY_CATALOG } from '../sql/catalog.ts';
import { settled } from '../sql/catalog-edit.ts';
import type { PostgresVersion } from '../sql/effect.ts';
import type { Variables } from '../sql/meta-arguments.ts';
import { loadParser } from '../sql/parse.ts';
import { readScript } from '../sql/script.ts';
import { historyFindings } from './history-findings.ts';
import { inlineExceptions } from './inline-exceptions.ts';
import { maskingFindings } from './masking-findings.ts';
import type { MigrationPlan } from './plan.ts';
import type { LoadedPolicy } from './policy.ts';
import { senderOf } from './tool-words.ts';

export type LintOptions = {
  readonly plan: MigrationPlan;
  readonly loaded: LoadedPolicy;
  readonly version: PostgresVersion;
  /** The schema before the change; without it the base migrations are replayed in the model. */
  readonly catalog: Catalog | undefined;
  /** Today, UTC, for the expiry of exceptions: `2026-11-21`. */
  readonly today: string;
  /** Each migration comes in a session of its own, which knows nothing of another's settings. */
  readonly ownSessions?: boolean;
};

/** Judges the migrations that the change adds. What cannot be read fails the check; all that can is still judged. */
export async function lintChange(options: LintOptions): Promise<LintRecord> {
  await loadParser();
  const { plan, loaded, version } = options;
  const before = options.catalog ?? replay(plan.base);
  const result = lint({
    sources: plan.added.map((migration) => ({
      ...sourceOf(migration, plan.tool.name),
      ownSession: options.ownSessions,
    })),
    catalog: before,
    version,
    severities: loaded.policy.rules,
    smallTable: loaded.policy['small-table'],
  });
  const statements = result.statements.map(({ statement }) => statement);
  const read = groupBy(statements, ({ place }) => place.file);
  const inline = inlineExceptions(plan.added, (path) => read.get(path) ?? [], loaded);
  const findings = [
    ...historyFindings(plan, loaded),
    ...result.findings,
    ...maskingFindings({ change: plan.masking, before, statements, today: options.today }, loaded),
    ...inline.findings,
  ];
  return lintRecord({ ...result, findings }, [...loaded.exceptions, ...inline.exceptions], options);
}

function lintRecord(
  result: LintResult,
  all: readonly PlacedException[],
  { plan, loaded, version, today }: LintOptions,
): LintRecord {
  const files = [...new Set(plan.added.map(({ path }) => path))];
  // Whether one for what a rehearsal may find is used, the lint knows only where it waives a finding here.
  const found = result.findings.some(({ rule }) => rule === UNPREDICTED_WORK);
  const exceptions = all.filter(({ rule, until }) => found || rule !== UNPREDICTED_WORK || today > until);
  const { findings, accepted } = applyExceptions(result.findings, exceptions, today, files);
  const { failOn } = loaded.facts;
  const failed = result.problems.length > 0 || findings.some(({ severity }) => failsOn(severity, failOn));
  return {
    status: failed ? 'failed' : 'passed',
    reason: plan.added.length === 0 ? 'no new migrations' : undefined,
    postgresVersion: version,
    files,
    statements: result.statements.map(({ statement, inTransaction, effects }) => ({
      place: statement.place,
      sql: recordedSql(statement.sql),
      kind: statement.kind,
      inTransaction,
      seen: effects.seen,
      effects: [...effects.relations],
    })),
    findings,
    accepted,
    problems: [...result.problems],
  };
}

function sourceOf(migration: Migration, tool: string): LintSource {
  return {
    file: migration.path,
    text: migration.text,
    up: migration.up,
    transaction: migration.transaction,
    ...senderOf(tool),
  };
}

/** The schema that the base migrations make, as far as the model knows it; complete unless something cannot be read or would be refused. */
export function replay(migrations: readonly Migration[], variables?: Variables): Catalog {
  let catalog: Catalog = { ...EMPTY_CATALOG, complete: true };
  for (const { text, path, up: range, refusal } of migrations) {
    const { statements, problems } = readScript(text, path, { range, variables });
    if (problems.length > 0 || refusal) catalog = { ...catalog, complete: false };
    catalog = statements.reduce(applyStatement, catalog);
  }
  return settled(catalog);
}
