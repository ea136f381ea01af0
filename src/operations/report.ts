import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GitHubError } from '../errors.ts';
import type { Evidence } from '../evidence/schema.ts';
import type { OwnComment } from '../github/comment-calls.ts';
import { isUnedited } from '../github/comments.ts';
import type { Policy } from '../policy/schema.ts';
import { renderAnnotations } from '../report/annotations.ts';
import { renderComment } from '../report/comment.ts';
import { renderHtml } from '../report/html/page.ts';
import { type LastVerdict, readLastVerdict } from '../report/last-verdict.ts';
import { renderSummary } from '../report/summary.ts';
import type { World } from '../runner/world.ts';
import { type Mark, markCommit } from './commit-mark.ts';
import { evidencePath } from './draft.ts';
import { type ReportFiles, writeReportFiles } from './report-files.ts';
import type { Setting } from './setting.ts';
import { suggestFixes } from './suggest.ts';

export type ReportOptions = {
  readonly comment: Policy['comment'];
  /** Tells apart several comments of one pull request. */
  readonly key: string;
  /** Left out, none. */
  readonly mark?: Mark;
  /** Whether mechanical fixes are offered on the changed lines. */
  readonly suggestions?: boolean;
};

export type Reported = ReportFiles & {
  readonly reportPath: string;
  readonly htmlPath: string;
  readonly commentUrl: string | undefined;
};

/** Says the result everywhere it belongs. A comment that cannot be written is one warning; the verdict stands. */
export async function report(
  world: World,
  setting: Setting,
  evidence: Evidence,
  options: ReportOptions,
): Promise<Reported> {
  const summary = renderSummary(evidence);
  const reportPath = join(world.temporary, 'report.md');
  const htmlPath = join(world.temporary, 'report.html');
  await writeFile(reportPath, summary);
  await writeFile(htmlPath, renderHtml(evidence));
  await world.summary(summary);
  for (const annotation of renderAnnotations(evidence)) world.annotate(annotation);
  const files = await writeReportFiles(world, evidence, options.key);
  const commentUrl = await comment(world, setting, evidence, options);
  await markCommit(world, setting, evidence, { mark: options.mark ?? 'none', key: options.key });
  if (options.suggestions) await suggestFixes(world, setting, evidence);
  return { reportPath, htmlPath, ...files, commentUrl };
}

/** Creates, updates or leaves the one comment of this key. */
export async function comment(
  world: World,
  setting: Setting,
  evidence: Evidence,
  options: ReportOptions,
): Promise<string | undefined> {
  const number = evidence.subject.pullRequest;
  if (!setting.github || number === undefined || options.comment === 'never') return undefined;
  try {
    const existing = await setting.github.findComment(number, options.key);
    if (!existing && !deservesComment(evidence, options.comment)) return undefined;
    const { outcome, url, reason } = await setting.github.upsertComment({
      number,
      key: options.key,
      body: renderComment(evidence, existing && lastVerdictOf(existing)),
      run: setting.run,
      sha: evidence.subject.headSha,
    });
    world.info(`Comment ${outcome}${reason ? `: ${reason}` : ''}${url ? ` ${url}` : ''}`);
    return url;
  } catch (error) {
    world.signal.throwIfAborted();
    if (!(error instanceof GitHubError)) throw error;
    const { message, hint } = error;
    const what = /[.!?]$/.test(message) ? message : `${message}.`;
    world.warning(`The comment could not be written. ${what}${hint ? ` ${hint}` : ''} The verdict stands.`);
    return undefined;
  }
}

/** Of a text that somebody edited nothing is believed. */
function lastVerdictOf(comment: OwnComment): LastVerdict | undefined {
  return isUnedited(comment) ? readLastVerdict(comment.body, comment.marker.sha) : undefined;
}

/** Whether a first comment is due; an existing one is always brought up to date, so that none stays red. */
export function deservesComment(evidence: Evidence, mode: Policy['comment']): boolean {
  if (mode === 'never' || evidence.teardown) return false;
  if (mode === 'always') return true;
  if (evidence.verdict.conclusion !== 'pass') return true;
  const { migrations } = evidence;
  return (
    mode === 'changes' && migrations !== undefined && migrations.added.length + migrations.altered.length > 0
  );
}

/** Counts by severity, as outputs. */
export function giveFindings(world: World, evidence: Pick<Evidence, 'lint'>): void {
  for (const severity of ['error', 'warning', 'notice']) {
    const found = evidence.lint?.findings.filter((finding) => finding.severity === severity) ?? [];
    world.output(`findings-${severity}`, String(found.length));
  }
}

/** Gives the verdict's outputs and says whether the job may be green: only a pass or a warning is. */
export function giveVerdict(world: World, evidence: Evidence, reported: Reported): boolean {
  const { conclusion, reasons } = evidence.verdict;
  world.output('verdict', conclusion);
  giveFindings(world, evidence);
  world.output('evidence-path', evidencePath(world));
  world.output('report-path', reported.reportPath);
  world.output('html-report-path', reported.htmlPath);
  world.output('sarif-path', reported.sarifPath);
  world.output('rehearsal-junit-path', reported.rehearsalJunitPath);
  if (reported.commentUrl) world.output('comment-url', reported.commentUrl);
  world.info(`Verdict: ${[conclusion, ...reasons].join('\n  ')}`);
  return conclusion === 'pass' || conclusion === 'warn';
}
