import { groupBy } from '../group-by.ts';
import { applyExceptions, EXCEPTION_RULES, type PlacedException, type Waived } from '../policy/exceptions.ts';
import type { LintedFile, LintSummary, ShownFinding } from '../report/linted.ts';
import type { LintSource } from '../rules/context.ts';
import { gather } from '../rules/gather.ts';
import { type JudgedSource, judgeSources, type LintRequest } from '../rules/lint.ts';
import { UNPREDICTED_WORK } from '../rules/names.ts';
import { type Finding, SEVERITIES, type Severity } from '../rules/rule.ts';
import { loadParser } from '../sql/parse.ts';
import { inlineExceptions } from './inline-exceptions.ts';
import type { LintItem } from './lint-sources.ts';
import type { LoadedPolicy } from './policy.ts';

export type StreamRequest = Omit<LintRequest, 'sources'> & {
  readonly items: AsyncIterable<LintItem> | Iterable<LintItem>;
  readonly loaded: LoadedPolicy;
  /** Complaints about the list of migrations. */
  readonly history: readonly Finding[];
  /** UTC: `2026-11-21`. */
  readonly today: string;
  /** Findings below it are left out. */
  readonly weakest: Severity;
  readonly failOn: Severity | 'never';
  readonly signal: AbortSignal;
};

type Counts = { -readonly [Key in keyof Omit<LintSummary, 'failOn' | 'conclusion'>]: LintSummary[Key] };

/**
 * Judges the files one by one and hands each on before the next is read, then gives the counts. Only accepted findings
 * and the files' names are kept. Complaints about files that are not among those judged (the policy, a deleted
 * migration) come last, as files of their own.
 * @throws UserError for a rule that does not exist.
 */
export async function streamLint(
  request: StreamRequest,
  emit: (file: LintedFile) => Promise<void> | void,
): Promise<LintSummary> {
  await loadParser();
  const counts: Counts = { ...NONE };
  const history = groupBy(request.history, ({ place }) => place.file);
  const waivers = waiversOf(request);
  const breathe = breather();
  const pass = async (file: LintedFile) => {
    const linted = { ...file, findings: gathered(strongEnough(file.findings, request.weakest, counts)) };
    tally(linted, counts);
    await emit(linted);
  };
  for await (const { item, judged } of judgeEach(request)) {
    await breathe();
    request.signal.throwIfAborted();
    const { source, statements, problems } = judged;
    const complaints = [...(history.get(source.file) ?? []), ...judged.findings];
    const findings = waivers.apply(source, statements, complaints);
    history.delete(source.file);
    await pass({ path: source.file, tool: item.tool, text: source.text, statements, findings, problems });
  }
  for (const beside of besideFiles(history, waivers))
    await pass({ ...beside, text: undefined, statements: [], problems: [] });
  return conclude(counts, request.failOn);
}

/** Lets signals in now and then: judging itself never waits for anything. */
function breather(): () => Promise<void> {
  let last = performance.now();
  return async () => {
    if (performance.now() - last < LONGEST_BREATH_MS) return;
    await new Promise((resolve) => setImmediate(resolve));
    last = performance.now();
  };
}

const LONGEST_BREATH_MS = 50;

const NONE: Counts = {
  files: 0,
  unreadable: 0,
  statements: 0,
  notSeen: 0,
  errors: 0,
  warnings: 0,
  notices: 0,
  accepted: 0,
  hidden: 0,
};

/** The judge takes its next source when it is asked for the next result, so each is put down just before. */
async function* judgeEach(request: StreamRequest): AsyncGenerator<{ item: LintItem; judged: JudgedSource }> {
  const waiting: LintSource[] = [];
  function* taken(): Generator<LintSource> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) yield next;
  }
  const judge = judgeSources({ ...request, sources: taken() });
  for await (const item of request.items) {
    waiting.push(item.source);
    const { value } = judge.next();
    if (value) yield { item, judged: value };
  }
}

/** The exceptions of the policy and of the files' own comments, and what became of them. */
function waiversOf({ loaded, today }: StreamRequest) {
  // Whether an exception for what a rehearsal may find is used, the lint knows only where it waives a finding here.
  const judgeable = (exceptions: readonly PlacedException[]) =>
    exceptions.filter(({ rule, until }) => rule !== UNPREDICTED_WORK || today > until);
  const policy = judgeable(loaded.exceptions);
  const files: string[] = [];
  const accepted: Finding[] = [];
  const split = (
    file: string,
    findings: readonly Finding[],
    own: readonly PlacedException[],
  ): ShownFinding[] => {
    const isFound = findings.some(({ rule }) => rule === UNPREDICTED_WORK);
    const all = [...(isFound ? loaded.exceptions : policy), ...(isFound ? own : judgeable(own))];
    const applied = applyExceptions(findings, all, today, [file]);
    accepted.push(...applied.accepted.map(({ finding }) => finding));
    // Whether one of the policy waives anything is known after the last file.
    const kept = applied.findings.filter(({ place }) => place.file === file);
    return [...kept.map((finding) => ({ finding, exception: undefined })), ...applied.accepted.map(waived)];
  };
  return {
    apply: (
      { file, text, up }: LintSource,
      statements: JudgedSource['statements'],
      findings: readonly Finding[],
    ): ShownFinding[] => {
      files.push(file);
      const inline = inlineExceptions(
        [{ path: file, text, up }],
        () => statements.map(({ statement }) => statement),
        loaded,
      );
      return split(file, [...findings, ...inline.findings], inline.exceptions);
    },
    applyBeside: (file: string, findings: readonly Finding[]) => split(file, findings, []),
    /** Of the policy's exceptions: ended, or waiving nothing in the files that were judged. */
    complaints: (): ShownFinding[] => {
      const { findings } = applyExceptions(accepted, policy, today, files);
      const own = findings.filter(({ rule }) => EXCEPTION_RULES.some((name) => name === rule));
      return own.map((finding) => ({ finding, exception: undefined }));
    },
  };
}

function waived({ finding, reason, owner, until, source }: Waived): ShownFinding {
  return { finding, exception: { reason, owner, until, source } };
}

/** Complaints about files that were not judged, each file once. */
function* besideFiles(
  history: ReadonlyMap<string, readonly Finding[]>,
  waivers: ReturnType<typeof waiversOf>,
): Generator<{ readonly path: string; readonly tool: string; readonly findings: readonly ShownFinding[] }> {
  for (const [path, findings] of history)
    yield { path, tool: 'history', findings: waivers.applyBeside(path, findings) };
  const complaints = groupBy(waivers.complaints(), ({ finding }) => finding.place.file);
  for (const [path, findings] of complaints) yield { path, tool: 'policy', findings };
}

/** The findings that are strong enough to be shown; the others are counted. */
function strongEnough(
  findings: readonly ShownFinding[],
  weakest: Severity,
  counts: Counts,
): readonly ShownFinding[] {
  const least = SEVERITIES.indexOf(weakest);
  const strong = findings.filter(({ finding }) => SEVERITIES.indexOf(finding.severity) >= least);
  counts.hidden += findings.length - strong.length;
  return strong;
}

/** What is to be done together is one finding; accepted risks are told one by one, each with its owner. */
function gathered(findings: readonly ShownFinding[]): readonly ShownFinding[] {
  const open = findings.filter(({ exception }) => exception === undefined);
  return [
    ...gather(open.map(({ finding }) => finding)).map((finding) => ({ finding, exception: undefined })),
    ...findings.filter(({ exception }) => exception !== undefined),
  ];
}

const COUNTED = { error: 'errors', warning: 'warnings', notice: 'notices' } as const;

function tally({ statements, findings, problems }: LintedFile, counts: Counts): void {
  counts.files += 1;
  counts.statements += statements.length;
  counts.notSeen += statements.filter(({ effects }) => !effects.seen).length;
  if (problems.length > 0) counts.unreadable += 1;
  for (const { finding, exception } of findings) {
    if (exception === undefined) counts[COUNTED[finding.severity]] += 1;
    else counts.accepted += 1;
  }
}

function conclude(counts: Counts, failOn: Severity | 'never'): LintSummary {
  const fails = SEVERITIES.some((severity) => isFailing(severity, failOn) && counts[COUNTED[severity]] > 0);
  const conclusion = counts.unreadable > 0 ? 'could not judge' : fails ? 'findings' : 'clean';
  return { ...counts, failOn, conclusion };
}

function isFailing(severity: Severity, failOn: Severity | 'never'): boolean {
  return failOn !== 'never' && SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(failOn);
}
