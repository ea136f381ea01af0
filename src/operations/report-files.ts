import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AcceptedFinding, Evidence, LintRecord } from '../evidence/schema.ts';
import { findingKey } from '../evidence/verdict.ts';
import { failedMigrationFindings } from '../report/failed-migrations.ts';
import { renderRehearsalJunit } from '../report/rehearsal-junit.ts';
import { sarifReporter } from '../report/sarif.ts';
import type { Finding } from '../rules/rule.ts';
import type { World } from '../runner/world.ts';
import { judgedFiles } from './judged-file.ts';
import { rulePages } from './rule-pages.ts';
import { sarifFiles, sarifSummary } from './sarif-file.ts';

export type ReportFiles = { readonly sarifPath: string; readonly rehearsalJunitPath: string };

/** Writes what other tools read of a run, into the job's own folder. `key` is the comment's. */
export async function writeReportFiles(world: World, evidence: Evidence, key: string): Promise<ReportFiles> {
  const sarifPath = join(world.temporary, 'pullgres.sarif');
  const rehearsalJunitPath = join(world.temporary, 'rehearsal.xml');
  await writeFile(sarifPath, await evidenceSarif(evidence, key, await textsOf(world, evidence)));
  await writeFile(rehearsalJunitPath, renderRehearsalJunit(evidence));
  return { sarifPath, rehearsalJunitPath };
}

/**
 * Everything that lint and rehearsal found as SARIF 2.1.0, migrations that failed too, accepted risks as suppressed results. A run that left
 * something unproved, or whose migrations failed, is not told as successful.
 */
export async function evidenceSarif(
  evidence: Evidence,
  key: string,
  texts: ReadonlyMap<string, string>,
): Promise<string> {
  const judged = allFound(evidence);
  const found = { ...judged, findings: [...failedMigrationFindings(evidence, texts), ...judged.findings] };
  const reporter = sarifReporter(await rulePages(), `pullgres/${key}`);
  const parts = sarifFiles(found, texts).map((file) => reporter.file(file));
  const summary = sarifSummary(found, evidence.policy.failOn);
  const isWhole =
    evidence.verdict.conclusion !== 'unproven' &&
    found.problems.length === 0 &&
    (evidence.rehearsal?.migrations ?? []).every(({ outcome }) => outcome === 'applied');
  return [
    reporter.begin(),
    ...parts,
    reporter.end(isWhole ? summary : { ...summary, conclusion: 'could not judge' }),
  ].join('');
}

/** One record of both checks: each complaint once, as measured where it was, open ones before accepted ones. */
function allFound({ lint, rehearsal }: Evidence): LintRecord {
  const open = distinct([...(rehearsal?.findings ?? []), ...(lint?.findings ?? [])], (finding) => finding);
  const keys = new Set(open.map(findingKey));
  const accepted = distinct(
    [...(rehearsal?.accepted ?? []), ...(lint?.accepted ?? [])],
    ({ finding }: AcceptedFinding) => finding,
  );
  return {
    status: 'passed',
    postgresVersion: lint?.postgresVersion ?? 0,
    files: lint?.files ?? [],
    statements: lint?.statements ?? [],
    findings: open,
    accepted: accepted.filter(({ finding }) => !keys.has(findingKey(finding))),
    problems: lint?.problems ?? [],
  };
}

function distinct<T>(
  items: readonly T[],
  findingOf: (item: T) => Pick<Finding, 'rule' | 'place'> & { readonly relation?: string | undefined },
): readonly T[] {
  const seen = new Map<string, T>();
  for (const item of items) {
    const key = findingKey(findingOf(item));
    if (!seen.has(key)) seen.set(key, item);
  }
  return [...seen.values()];
}

/** Texts of the files with findings, as far as they can be had; without one, columns count characters. */
async function textsOf(world: World, evidence: Evidence): Promise<ReadonlyMap<string, string>> {
  const read = judgedFiles(world, evidence);
  const { findings, accepted } = allFound(evidence);
  const failed = failedMigrationFindings(evidence, new Map());
  const all = [...failed, ...findings, ...accepted.map(({ finding }) => finding)];
  const texts = new Map<string, string>();
  for (const file of new Set(all.map(({ place }) => place.file))) {
    const bytes = await read(file);
    if (bytes !== undefined) texts.set(file, bytes.toString('utf8'));
  }
  return texts;
}
