import { mkdir, realpath, rename, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { UserError } from '../errors.ts';
import type { LintRecord } from '../evidence/schema.ts';
import { failsOn } from '../evidence/verdict.ts';
import { groupBy } from '../group-by.ts';
import type { Migration } from '../migrations/migration.ts';
import type { LintedFile, LintSummary, ShownFinding } from '../report/linted.ts';
import { sarifReporter } from '../report/sarif.ts';
import type { World } from '../runner/world.ts';
import { rulePages } from './rule-pages.ts';

/**
 * Writes the lint's result as SARIF into the workspace. `path` is relative to it; the pull request may have put a link
 * where the file goes, so what stands there is replaced and never written through.
 * @throws UserError for a folder that lies outside the workspace.
 */
export async function writeSarif(
  world: World,
  path: string,
  lint: LintRecord,
  {
    migrations,
    failOn,
  }: { readonly migrations: readonly Migration[]; readonly failOn: Parameters<typeof failsOn>[1] },
): Promise<void> {
  const reporter = sarifReporter(await rulePages());
  const texts = new Map(migrations.map(({ path: file, text }) => [file, text]));
  for (const file of sarifFiles(lint, texts)) reporter.file(file);
  const text = reporter.begin() + reporter.end(sarifSummary(lint, failOn));
  const target = join(world.workspace, path);
  await refuseOutside(world.workspace, dirname(target), path);
  const draft = `${target}.${process.pid}.new`;
  await writeFile(draft, text, { flag: 'wx' });
  await rename(draft, target);
}

async function refuseOutside(workspace: string, folder: string, path: string): Promise<void> {
  let existing = folder;
  const real = async (at: string): Promise<string | undefined> => realpath(at).catch(() => undefined);
  while ((await real(existing)) === undefined && existing !== dirname(existing)) existing = dirname(existing);
  const way = relative(await realpath(workspace), (await real(existing)) ?? existing);
  if (way === '..' || way.startsWith('../')) {
    throw new UserError(`The SARIF file ${path} would be written outside the repository.`, {
      hint: 'A link leads there: name another folder with the input sarif.',
    });
  }
  await mkdir(folder, { recursive: true });
}

/** Findings by file, with the files' texts as far as they are at hand. */
export function sarifFiles(
  { findings, accepted, problems }: Pick<LintRecord, 'findings' | 'accepted' | 'problems'>,
  texts: ReadonlyMap<string, string>,
): readonly LintedFile[] {
  const open = findings.map(
    (finding): ShownFinding => ({
      finding: { ...finding, relation: finding.relation },
      exception: undefined,
    }),
  );
  const waived = accepted.map(
    ({ finding, ...exception }): ShownFinding => ({
      finding: { ...finding, relation: finding.relation },
      exception,
    }),
  );
  const byFile = groupBy([...open, ...waived], ({ finding }) => finding.place.file);
  const unread = groupBy(problems, ({ file }) => file);
  return [...new Set([...byFile.keys(), ...unread.keys()])].map((path) => ({
    path,
    tool: '',
    text: texts.get(path),
    statements: [],
    findings: byFile.get(path) ?? [],
    problems: (unread.get(path) ?? []).map((problem) => ({ line: 1, column: 1, hint: '', ...problem })),
  }));
}

/** The counts of a record, as a reporter ends with them. */
export function sarifSummary(lint: LintRecord, failOn: Parameters<typeof failsOn>[1]): LintSummary {
  const number = (severity: string) =>
    lint.findings.filter((finding) => finding.severity === severity).length;
  const fails = lint.findings.some(({ severity }) => failsOn(severity, failOn));
  const unreadable = new Set(lint.problems.map(({ file }) => file)).size;
  return {
    files: lint.files.length,
    unreadable,
    statements: lint.statements.length,
    notSeen: lint.statements.filter(({ seen }) => !seen).length,
    errors: number('error'),
    warnings: number('warning'),
    notices: number('notice'),
    accepted: lint.accepted.length,
    hidden: 0,
    failOn,
    conclusion: unreadable > 0 ? 'could not judge' : fails ? 'findings' : 'clean',
  };
}
