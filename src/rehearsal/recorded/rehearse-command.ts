import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '../../evidence/schema.ts';
import type { Migration } from '../../migrations/migration.ts';
import { type Connection, openConnection } from '../../postgres/connection.ts';
import type { ConnectionFacts } from '../../postgres/facts.ts';
import type { LintSource } from '../../rules/context.ts';
import { loadParser } from '../../sql/parse.ts';
import { round } from '../clock.ts';
import { startLeftBehind } from '../left-behind.ts';
import type { Limits } from '../problem.ts';
import type { RehearsalResult } from '../rehearse.ts';
import { startBystanders } from './bystanders.ts';
import { type CommandEnding, judgeCommand } from './judge-command.ts';
import { refusePooler } from './pooler.ts';
import { startProxy } from './proxy.ts';
import { transcribe } from './transcript.ts';

/** A session whose client is gone needs a moment to be told so. */
const CLOSING_MS = 1_000;
const CLOSING_POLL_MS = 20;

export type CommandRehearsalRequest = {
  readonly facts: ConnectionFacts;
  /** Names the record, and its place in what is reported. */
  readonly command: string;
  readonly limits: Limits;
  readonly signal?: AbortSignal;
  readonly onProgress: (message: string) => void;
  /** Runs the command to its end, with all that it started, on the facts that it is given. */
  readonly run: (facts: ConnectionFacts) => Promise<CommandEnding>;
};

export type CommandRehearsal = RehearsalResult & {
  /** The statements that were sent, for the rules; places of the result are places in their text. */
  readonly sources: readonly LintSource[];
  readonly text: string;
};

/** The command as one line that can name a file in a report. */
export function commandName(command: string): string {
  const line = command.replaceAll(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79).toWellFormed()}…` : line;
}

async function openObserver({ facts, signal }: CommandRehearsalRequest): Promise<Connection> {
  const observer = await openConnection(facts, {
    applicationName: 'pullgres observer',
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    // A migration that locks the catalog itself must not make the observer wait for ever.
    await observer.script("set lock_timeout = '2s'; set jit = off; set search_path = pg_catalog");
    return observer;
  } catch (error) {
    await observer.close();
    throw error;
  }
}

/**
 * Runs a command that migrates the database, and watches every statement that it sends, through a proxy on 127.0.0.1.
 * Its migrations are one record. Throws the signal's reason when aborted, UserError and ProviderError when the database
 * cannot be watched at all.
 */
export async function rehearseCommand(request: CommandRehearsalRequest): Promise<CommandRehearsal> {
  await loadParser();
  const { facts, command, limits } = request;
  const observer = await openObserver(request);
  try {
    await refusePooler(facts);
    const left = await startLeftBehind(observer);
    const bystanders = await startBystanders(observer);
    const proxy = await startProxy({ facts, observer, limits });
    const ending = await request.run(proxy.facts).finally(async () => {
      await settled(() => proxy.seen.sessions.every(({ isOpen }) => !isOpen));
    });
    const open = proxy.seen.sessions.filter(({ isOpen }) => isOpen).length;
    await proxy.close();
    request.signal?.throwIfAborted();
    const past = await bystanders(proxy.seen.sessions.length);
    const name = commandName(command);
    const transcript = transcribe(
      name,
      proxy.seen.sessions.map(({ watching }) => watching),
    );
    const judged = judgeCommand({ name, ending, seen: proxy.seen, open, past, transcript, limits });
    const { outcome, problem, status, reason } = judged;
    const record = {
      version: 'command',
      file: name,
      outcome,
      durationMs: round(ending.durationMs),
      statements: [...transcript.statements],
      ...(problem === undefined ? {} : { problem: problem satisfies Problem }),
    };
    const { sources, text } = transcript;
    const ran = transcript.statements.length > 0 || problem !== undefined;
    const records = ran ? [await left.after(asMigration(name, text), record)] : [];
    return { status, ...(reason === undefined ? {} : { reason }), ...left.settle(records), sources, text };
  } catch (error) {
    request.signal?.throwIfAborted();
    throw error;
  } finally {
    await observer.close();
  }
}

/** All that was sent, as one file that its tool sends statement by statement. */
function asMigration(name: string, text: string): Migration {
  const up = { startByte: 0, endByte: Buffer.byteLength(text) };
  const named = { version: 'command', name, path: name, checksum: '' };
  return { ...named, text, up, down: undefined, transaction: 'none' };
}

async function settled(isSettled: () => boolean): Promise<void> {
  const end = performance.now() + CLOSING_MS;
  while (!isSettled() && performance.now() < end) await sleep(CLOSING_POLL_MS);
}
