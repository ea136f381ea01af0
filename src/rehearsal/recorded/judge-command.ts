import type { Problem } from '../../evidence/schema.ts';
import { duration } from '../duration.ts';
import { isLoss, type Limits, limitProblem, problemOf } from '../problem.ts';
import type { RehearsalResult } from '../rehearse.ts';
import type { Seen } from './proxy.ts';
import type { Transcript } from './transcript.ts';

/** How the command itself ended. */
export type CommandEnding = {
  readonly exitCode: number | undefined;
  /** The signal that killed it. */
  readonly signal: string | undefined;
  /** Why it could not be started. */
  readonly startFailure: string | undefined;
  readonly timedOut: boolean;
  readonly durationMs: number;
};

type Facts = {
  readonly name: string;
  readonly ending: CommandEnding;
  readonly seen: Pick<Seen, 'sessions' | 'problems' | 'unproven' | 'lastRefusal'>;
  /** Sessions that were still open when the command was over. */
  readonly open: number;
  /** Why it is not known what others did in the database meanwhile. */
  readonly past: string | undefined;
  readonly transcript: Transcript;
  readonly limits: Limits;
};

export type CommandJudgement = Pick<RehearsalResult, 'status' | 'reason'> & {
  readonly outcome: 'applied' | 'failed';
  readonly problem?: Problem;
};

/** POSIX, shell command language 2.8.2. */
const SHELL_CODES: Readonly<Record<number, string>> = {
  126: ' (the shell could not execute it)',
  127: ' (the shell did not find it)',
};

function howItEnded({ exitCode, signal, timedOut, durationMs }: CommandEnding): string {
  if (timedOut)
    return `The command did not end within ${duration(durationMs)}, so it was ended with all that it had started`;
  if (exitCode === undefined) return `The command was killed by ${signal ?? 'a signal'}`;
  return `The command ended with exit code ${exitCode}${SHELL_CODES[exitCode] ?? ''}`;
}

function unproven(reason: string): CommandJudgement {
  return { status: 'unproven', reason, outcome: 'failed' };
}

/** The statement that the server refused last: most likely what the command stumbled over. */
function refusedStatement({ seen, transcript, limits, ending }: Facts): Problem | undefined {
  const refusal = seen.lastRefusal();
  const place = refusal && transcript.places.get(refusal.draft);
  if (refusal === undefined || place === undefined) return undefined;
  const { file, line, column } = place;
  const { sql } = refusal.draft.statement;
  const problem = problemOf({ file, text: sql, line, column }, refusal.error);
  const told = limitProblem(problem, refusal.error, limits);
  const end = howItEnded(ending);
  return { ...told, message: `${told.message.replace(/\.$/, '')}. ${end}.` };
}

function failed(facts: Facts): CommandJudgement {
  const { name, ending, seen } = facts;
  const problem = refusedStatement(facts) ?? {
    file: name,
    message: `${howItEnded(ending)}, though the server refused none of its statements.`,
    hint: 'See the command’s own output in the log.',
  };
  const also = seen.problems.size === 0 ? {} : { reason: `${theCommand(seen.problems)}.` };
  return { status: 'failed', outcome: 'failed', problem, ...also };
}

function theCommand(problems: ReadonlySet<string>): string {
  return `About the command: ${[...problems].join('; ')}`;
}

function neverConnected({ seen, ending }: Facts): CommandJudgement {
  const connected = seen.sessions.length > 0 ? 'sent no statement' : 'never connected to DATABASE_URL';
  const why = seen.problems.size === 0 ? '' : ` (${[...seen.problems].join('; ')})`;
  const end = ending.exitCode === 0 ? 'The command ended with exit code 0' : howItEnded(ending);
  return unproven(`${end} and ${connected}${why}.`);
}

function lostWork({ name }: Facts, statements: number): CommandJudgement {
  const problem = {
    file: name,
    message: `The command left a transaction open when it ended: its last ${statements === 1 ? 'statement is' : `${statements} statements are`} lost.`,
    hint: 'End the transaction with COMMIT before the command ends.',
  };
  return { status: 'failed', outcome: 'failed', problem };
}

/**
 * Says what the run proves. Passed needs a command that ended well, every session watched to its end, and at least one
 * statement seen; what the tool tried and shrugged off (a refused statement, exit code 0) is its own business.
 */
export function judgeCommand(facts: Facts): CommandJudgement {
  const { ending, seen, open, past, transcript } = facts;
  const { startFailure, exitCode, timedOut } = ending;
  if (startFailure !== undefined) return unproven(`The command could not be started: ${startFailure}.`);
  const reads = seen.sessions.reduce((sum, { watching }) => sum + watching.reads(), 0);
  const statements = transcript.statements.length;
  if (statements + reads === 0) return neverConnected(facts);
  const refusal = seen.lastRefusal();
  const loss = refusal && isLoss(refusal.error.code) ? refusal.error.message : undefined;
  const [blind = loss] = seen.unproven;
  if (blind !== undefined) return unproven(`Not all that the command did could be watched: ${blind}`);
  if (exitCode !== 0 || timedOut) return failed(facts);
  if (past !== undefined)
    return { ...unproven(`Not all that the command did could be watched: ${past}`), outcome: 'applied' };
  if (open > 0) {
    const sessions = open === 1 ? 'A session was' : `${open} sessions were`;
    return unproven(
      `${sessions} still open when the command had ended: a process that it left behind was cut off.`,
    );
  }
  const lost = seen.sessions.reduce((sum, session) => sum + session.lost, 0);
  if (lost > 0) return lostWork(facts, lost);
  if (seen.problems.size > 0) return unproven(`${theCommand(seen.problems)}.`);
  if (statements > 0) return { status: 'passed', outcome: 'applied' };
  return { status: 'passed', reason: 'the command found nothing to apply', outcome: 'applied' };
}
