import type { Evidence, RehearsalRecord } from '../evidence/schema.ts';
import { groupBy } from '../group-by.ts';
import { fileRuns } from './file-runs.ts';
import {
  byStrength,
  observedLocks,
  type ReportLock,
  type SeenStatement,
  seenStatements,
} from './findings.ts';
import { blocks, code, details, escapeText, fence, named, prose } from './markdown.ts';
import { missBound } from './miss-bound.ts';
import { clip } from './plain.ts';
import { count, durationWords, listWords, lockName, sentence, waitingWords } from './words.ts';

type MigrationRun = RehearsalRecord['migrations'][number];
type Limits = {
  readonly migrations: number;
  readonly statements: number;
  /** 0: no SQL at all. */
  readonly sqlLines: number;
};

/** One folded block per migration: its statements, what was predicted for each and what the server showed. */
export function migrationSections(evidence: Evidence, limits: Limits): string | undefined {
  if (limits.migrations === 0) return undefined;
  const runs = fileRuns(evidence.rehearsal?.migrations ?? []);
  const statements = groupBy(seenStatements(evidence), ({ place }) => place.file);
  const files = [...new Set([...(evidence.migrations?.added ?? []), ...statements.keys(), ...runs.keys()])];
  const sections = files
    .slice(0, limits.migrations)
    .map((file) => migrationSection(file, runs.get(file), statements.get(file) ?? [], limits));
  const more = files.length - sections.length;
  return blocks([...sections, more > 0 ? `and ${count(more, 'more migration')}.` : undefined]);
}

function migrationSection(
  file: string,
  run: MigrationRun | undefined,
  statements: readonly SeenStatement[],
  limits: Limits,
): string {
  const shown = statements.slice(0, limits.statements).map((one) => statementBlock(one, limits.sqlLines));
  const more = statements.length - shown.length;
  const body = blocks([
    run?.problem && problemBlock(run.problem),
    run?.state && `**The branch now:** ${prose(clip(run.state, 600))}`,
    run?.down && downLine(run.down),
    ...shown,
    more > 0 ? `and ${count(more, 'more statement')}.` : undefined,
  ]);
  return details(summaryLine(file, run), body === '' ? 'No statements.' : body);
}

function summaryLine(file: string, run: MigrationRun | undefined): string {
  if (!run) return `${named(file)}: not rehearsed`;
  const [worst] = run.statements.flatMap(observedLocks).toSorted(byStrength);
  const time = durationWords(run.durationMs);
  const outcome = run.outcome === 'applied' ? `applied in ${time}` : `failed after ${time}`;
  return `${named(file)}: ${outcome}${worst ? `; strongest lock ${lockWords(worst)}` : ''}`;
}

type Down = NonNullable<MigrationRun['down']>;

/** How the way back went. */
export const DOWN_WORDS: Record<Down['status'], string> = {
  reversed: 'up, down and up lead to the same schema',
  differs: 'down does not undo all that up does',
  failed: 'the server refused the down migration',
  missing: 'there is no down migration',
  'not tried': 'not tried',
};

function downLine({ status, reason, difference = [], problem }: Down): string {
  const why = [reason, problem?.message].filter((part) => part !== undefined);
  const words = why.length === 0 ? '' : `: ${escapeText(sentence(clip(why.join('; '), 400)))}`;
  return blocks([
    `**The way back:** ${DOWN_WORDS[status]}${words === '' ? '.' : words}`,
    difference.length === 0 ? undefined : fence(difference.join('\n'), 'diff', 20),
  ]);
}

function statementBlock({ place, sql, predicted, observed }: SeenStatement, sqlLines: number): string {
  const lines = [predictedLine(predicted), observedLine(observed)].filter((line) => line !== undefined);
  return blocks([
    sqlLines > 0 ? fence(sql, 'sql', sqlLines) : undefined,
    [sqlLines > 0 ? undefined : `- Line ${place.line}`, ...lines.map((line) => `- ${line}`)]
      .filter((line) => line !== undefined)
      .join('\n'),
  ]);
}

function predictedLine(predicted: SeenStatement['predicted']): string | undefined {
  if (!predicted) return undefined;
  if (!predicted.seen) return '**Predicted:** nothing; this kind of statement is not understood.';
  if (predicted.effects.length === 0) return '**Predicted:** no lock on a table.';
  const effects = predicted.effects.slice(0, 10).map((effect) => {
    const work = [
      effect.rewrite && 'rewrites it',
      effect.scan && 'reads all of it',
      effect.builds !== undefined && `builds ${named(effect.builds)}`,
      effect.dataLoss && 'loses data',
    ].filter((part) => typeof part === 'string');
    const extra = work.length > 0 ? `, ${listWords(work)}` : '';
    return `${lockWords({ relation: effect.relation, mode: effect.lock, heldMs: undefined, sampled: false })} (${waitingWords(effect.lock)})${extra}`;
  });
  return `**Predicted:** ${prose(effects.join('; '))}.`;
}

function observedLine(observed: SeenStatement['observed']): string | undefined {
  if (!observed) return undefined;
  const locks = observedLocks(observed).toSorted(byStrength).slice(0, 10).map(lockWords);
  const names = (verb: string, relations: readonly string[]) =>
    relations.length > 0 ? [`${verb} ${listWords(relations.slice(0, 5).map(named))}`] : [];
  const waited = (observed.waits ?? []).reduce((sum, { ms }) => sum + ms, 0);
  const parts = [
    `took ${durationWords(observed.durationMs)}${observed.rows === undefined ? '' : ` for ${count(observed.rows, 'row')}`}`,
    ...locks,
    ...names('rewrote', observed.rewrites),
    ...names('read all of', observed.scans),
    ...names('built', observed.builds),
    ...(waited < 1 ? [] : [`waited ${durationWords(waited)} for locks of other sessions`]),
  ];
  const bound = missBound(observed);
  const sampled = bound === undefined ? '' : ` (locks sampled from outside; ${bound})`;
  return `**Observed:** ${prose(parts.join('; '))}${sampled}.`;
}

function lockWords({ mode, relation, heldMs }: ReportLock): string {
  const held = heldMs === undefined ? '' : ` for ${durationWords(heldMs)}`;
  return `${lockName(mode)} on ${named(relation)}${held}`;
}

function problemBlock(problem: NonNullable<MigrationRun['problem']>): string {
  const { file, line, column } = problem;
  const where = [file, line, column].filter((part) => part !== undefined).join(':');
  const who = problem.code === undefined ? 'It was refused' : 'The server refused it';
  const state = problem.code === undefined ? '' : ` (SQLSTATE ${escapeText(clip(problem.code, 10))})`;
  const hint = problem.hint === undefined ? '' : ` Hint: ${escapeText(clip(problem.hint, 500))}`;
  return `**${who}** at ${code(clip(where, 200))}${state}: ${escapeText(sentence(clip(problem.message, 1000)))}${hint}`;
}
