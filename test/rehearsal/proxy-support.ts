import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import type { ObservedStatement } from '../../src/evidence/schema.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { libpqEnvironment } from '../../src/postgres/url.ts';
import { cstring, int32, message, startupMessage } from '../../src/postgres/wire/messages.ts';
import { type RecordingProxy, startProxy } from '../../src/rehearsal/recorded/proxy.ts';
import { transcribe } from '../../src/rehearsal/recorded/transcript.ts';
import { loadParser } from '../../src/sql/parse.ts';

const LIMITS = { statementTimeoutMs: 60_000, lockTimeoutMs: 30_000 };

/** A proxy before the database, closed when the test ends. */
export async function proxied(
  t: TestContext,
  facts: ConnectionFacts,
  more: { readonly mostSessions?: number } = {},
): Promise<RecordingProxy> {
  await loadParser();
  const observer = await openConnection(facts, { applicationName: 'test observer' });
  const proxy = await startProxy({ facts, observer, limits: LIMITS, ...more });
  t.after(async () => {
    await proxy.close();
    await observer.close();
  });
  return proxy;
}

export type Run = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** Runs a client program with its environment set to the database. */
export async function client(
  facts: ConnectionFacts,
  program: string,
  args: readonly string[],
  more: { readonly input?: string; readonly directory?: string } = {},
): Promise<Run> {
  const env = { ...process.env, ...libpqEnvironment(facts) };
  const running = promisify(execFile)(program, args, {
    env,
    timeout: 60_000,
    maxBuffer: 1 << 28,
    ...(more.directory === undefined ? {} : { cwd: more.directory }),
  });
  running.child.stdin?.end(more.input ?? '');
  return running.then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error) => ({ code: Number(error.code), stdout: String(error.stdout), stderr: String(error.stderr) }),
  );
}

/** psql, quiet and unaligned, with one command or a script on its input. */
export function psql(facts: ConnectionFacts, ...commands: readonly string[]): Promise<Run> {
  const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose'];
  return client(facts, 'psql', [...args, ...commands.flatMap((command) => ['-c', command])]);
}

/** What was recorded so far, of all sessions, as evidence would hold it. */
export function recorded(proxy: RecordingProxy): readonly ObservedStatement[] {
  return transcribe(
    'command',
    proxy.seen.sessions.map(({ watching }) => watching),
  ).statements;
}

/** Locks, rewrites, scans and builds by statement, without the times. */
export function shown(statements: readonly ObservedStatement[]) {
  return statements.map(({ sql, locks, rewrites, scans, builds, sampled }) => ({
    sql,
    locks: locks.map(({ relation, mode }) => `${relation} ${mode}`),
    rewrites,
    scans,
    builds,
    sampled,
  }));
}

/** A client that speaks the protocol byte by byte. */
export type RawClient = {
  readonly socket: Socket;
  readonly send: (...messages: readonly Buffer[]) => void;
  /** The types of all messages up to the next ReadyForQuery, or up to the end; texts of errors behind their E. */
  readonly answer: () => Promise<string>;
  /** The processId and the secret that were given for cancelling. */
  readonly key: { readonly processId: number; readonly secret: Buffer };
};

/** Logs in and waits for ReadyForQuery. */
export async function rawClient(
  facts: ConnectionFacts,
  more: Record<string, string> = {},
): Promise<RawClient> {
  const socket = connect(facts.port, facts.host);
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  let held = Buffer.alloc(0);
  let gone = false;
  let wake = (): void => undefined;
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    wake();
  });
  socket.on('close', () => {
    gone = true;
    wake();
  });
  let key = { processId: 0, secret: Buffer.alloc(0) };
  const next = async (): Promise<Buffer | undefined> => {
    for (;;) {
      const total = held.length >= 5 ? held.readInt32BE(1) + 1 : Number.POSITIVE_INFINITY;
      if (held.length >= total) {
        const bytes = held.subarray(0, total);
        held = held.subarray(total);
        return bytes;
      }
      if (gone) return undefined;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const answer = async (): Promise<string> => {
    let types = '';
    for (let bytes = await next(); bytes !== undefined; bytes = await next()) {
      const type = String.fromCharCode(bytes[0] ?? 0);
      if (type === 'K') key = { processId: bytes.readInt32BE(5), secret: Buffer.from(bytes.subarray(9)) };
      types += type;
      if (type === 'E') types += `(${/\0C(\w{5})/.exec(bytes.toString('latin1'))?.[1]})`;
      if (type === 'Z') return types + bytes.toString('latin1', 5);
    }
    return `${types}|`;
  };
  const send = (...messages: readonly Buffer[]): void => void socket.write(Buffer.concat(messages));
  send(startupMessage(new Map(Object.entries({ user: facts.user, database: facts.database, ...more }))));
  send(message('p', cstring(facts.password.reveal())));
  await answer();
  return { socket, send, answer, key };
}

export const query = (sql: string): Buffer => message('Q', cstring(sql));
export const execute = (portal = '', rows = 0): Buffer => message('E', cstring(portal), int32(rows));
