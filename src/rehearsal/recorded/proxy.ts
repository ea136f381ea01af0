import { randomBytes, randomInt } from 'node:crypto';
import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Connection, ServerError } from '../../postgres/connection.ts';
import type { ConnectionFacts } from '../../postgres/facts.ts';
import { endWithClient } from '../../postgres/orphan.ts';
import type { Exchange } from '../../postgres/wire/exchange.ts';
import type { Injected } from '../../postgres/wire/injected.ts';
import { listenOnLoopback } from '../../postgres/wire/listener.ts';
import { type BackendKey, errorResponse } from '../../postgres/wire/messages.ts';
import { cancelUpstream, openUpstream, StartupRefused } from '../../postgres/wire/upstream.ts';
import { Secret } from '../../secret.ts';
import { createClock } from '../clock.ts';
import type { Draft } from '../ledger.ts';
import type { Limits } from '../problem.ts';
import { createWatch } from '../watch.ts';
import { type Admitted, admit } from './admission.ts';
import { lookElsewhere } from './elsewhere.ts';
import { createLevels } from './levels.ts';
import { serveSession } from './serve-session.ts';
import { createShadows, type Shadows } from './shadows.ts';
import { createWatching, type Watching } from './watching.ts';

/** More at once is a fault of the command, and each takes memory. */
const MOST_SESSIONS = 100;

export type ProxyOptions = {
  /** The server's own. */
  readonly facts: ConnectionFacts;
  readonly observer: Connection;
  readonly limits: Limits;
  /** Sessions at once; 100 when left out. */
  readonly mostSessions?: number;
};

/** What was seen through the proxy. */
export type Seen = {
  /** Sessions at the database, in the order in which they began. */
  readonly sessions: readonly SeenSession[];
  /** Ends of sentences about the command: what it tried and could not. */
  readonly problems: ReadonlySet<string>;
  /** Why not all could be watched. */
  readonly unproven: ReadonlySet<string>;
  readonly lastRefusal: () => Refusal | undefined;
};

export type SeenSession = {
  readonly watching: Watching;
  isOpen: boolean;
  /** Statements of work that were lost when it ended without COMMIT. */
  lost: number;
};

export type Refusal = { readonly draft: Draft; readonly error: ServerError };

export type RecordingProxy = {
  /** What the command is given: loopback, a password of this run, the server's user and database. */
  readonly facts: ConnectionFacts;
  readonly seen: Seen;
  /** Cuts what is open. Settles when all sessions have ended at the server too. */
  readonly close: () => Promise<void>;
};

/** Listens on 127.0.0.1 for clients of the database, and watches what they send. Close it when the command is over. */
export async function startProxy(options: ProxyOptions): Promise<RecordingProxy> {
  const state = {
    /** The begin of all sessions' offsets, by the clock of `performance.now`. */
    origin: performance.now(),
    sessions: [] as SeenSession[],
    problems: new Set<string>(),
    unproven: new Set<string>(),
    refusal: undefined as Refusal | undefined,
  };
  const keys = new Map<string, BackendKey>();
  const shadows = createShadows(options.observer);
  const running = new Set<Promise<void>>();
  const password = new Secret(randomBytes(18).toString('base64url'));
  let own: ConnectionFacts | undefined;
  const serve = async (client: Socket): Promise<void> => {
    if (own === undefined) return;
    const admitted = await admit(client, own, (problem) => void state.problems.add(problem));
    if (admitted === undefined) return;
    if (admitted.kind === 'cancel')
      return forwardCancel(client, options.facts, keys.get(keyText(admitted.key)));
    if (running.size > (options.mostSessions ?? MOST_SESSIONS)) {
      client.end(errorResponse('FATAL', { code: '53300', message: 'The rehearsal takes no more sessions.' }));
      return;
    }
    await carry(client, admitted, { ...options, shadows }, state, keys);
  };
  const listener = await listenOnLoopback((client) => {
    const work = serve(client)
      .catch((error: unknown) => {
        state.unproven.add(error instanceof Error ? error.message : String(error));
        client.destroy();
      })
      .finally(() => running.delete(work));
    running.add(work);
    return work;
  });
  own = { ...options.facts, host: listener.host, port: listener.port, password, sslmode: 'disable' };
  return {
    facts: own,
    seen: { ...state, lastRefusal: () => state.refusal },
    close: async () => {
      await listener.close();
      await Promise.all(running);
    },
  };
}

type State = {
  readonly origin: number;
  readonly sessions: SeenSession[];
  readonly problems: Set<string>;
  readonly unproven: Set<string>;
  refusal: Refusal | undefined;
};

function keyText({ processId, secret }: BackendKey): string {
  return `${processId}:${secret.toString('hex')}`;
}

async function forwardCancel(
  client: Socket,
  facts: ConnectionFacts,
  key: BackendKey | undefined,
): Promise<void> {
  // A wrong key gets no answer either (docs 53.2.8).
  if (key !== undefined) await cancelUpstream(facts, key);
  client.end();
}

async function carry(
  client: Socket,
  { database, elsewhere, parameters }: Extract<Admitted, { kind: 'session' }>,
  { facts, observer, limits, shadows }: ProxyOptions & { readonly shadows: Shadows },
  state: State,
  keys: Map<string, BackendKey>,
): Promise<void> {
  const target = { ...facts, database };
  const upstream = await openUpstream(target, parameters).catch((error: unknown) => {
    client.end(refusalBytes(error));
    if (!elsewhere) state.unproven.add(error instanceof Error ? error.message : String(error));
  });
  if (upstream === undefined) return;
  const key = { processId: upstream.key.processId, secret: newSecret() };
  keys.set(keyText(key), upstream.key);
  let seen: SeenSession | undefined;
  const prepare = async (injected: Injected, exchange: Exchange) => {
    const worker = injected.connection;
    await setUp(worker, limits, elsewhere);
    const canAsk = () => !exchange.isSkipping() && !exchange.isLost() && exchange.status() !== 'E';
    const levels = await createLevels(worker, canAsk);
    if (elsewhere) {
      const treatment = lookElsewhere(({ kind }) =>
        state.problems.add(
          `it sent ${kind} to the database ${JSON.stringify(database)}, which is not rehearsed`,
        ),
      );
      return { treatment, levels };
    }
    const clock = createClock(() => performance.now());
    const { statementTimeoutMs } = limits;
    const watch = createWatch({ worker, observer, clock, statementTimeoutMs, origin: state.origin });
    const onBlind = ({ message }: Error): void => void state.unproven.add(message);
    const onRefused = (draft: Draft, error: ServerError): void => {
      state.refusal = { draft, error };
    };
    const watching = createWatching({ watch, injected, levels, shadows, onBlind, onRefused });
    seen = { watching, isOpen: true, lost: 0 };
    state.sessions.push(seen);
    return { treatment: watching, levels };
  };
  const { serverVersion } = observer;
  const failure = await serveSession({
    client,
    upstream,
    facts: target,
    key,
    serverVersion,
    prepare,
  });
  keys.delete(keyText(key));
  if (seen) {
    seen.isOpen = false;
    seen.lost = seen.watching.unfinished();
  }
  if (failure) state.unproven.add(failure.message);
}

function newSecret(): Buffer {
  const secret = Buffer.alloc(4);
  secret.writeUInt32BE(randomInt(2 ** 32));
  return secret;
}

function refusalBytes(error: unknown): Buffer {
  if (error instanceof StartupRefused) return error.bytes;
  const message = error instanceof Error ? error.message : 'The database cannot be reached.';
  return errorResponse('FATAL', { code: '08001', message });
}

/** The limits of the rehearsal, where the client has set none of its own, and no writing in another database. */
async function setUp(
  worker: Connection,
  { statementTimeoutMs, lockTimeoutMs }: Limits,
  elsewhere: boolean,
): Promise<void> {
  const unlessSet = (name: string, at: string): string =>
    `pg_catalog.set_config('${name}', case when pg_catalog.current_setting('${name}') operator(pg_catalog.=) '0'
       then ${at} else pg_catalog.current_setting('${name}') end, false)`;
  await endWithClient(worker);
  await worker.query(
    `select ${unlessSet('statement_timeout', '$1')}, ${unlessSet('lock_timeout', '$2')},
            pg_catalog.set_config('default_transaction_read_only', case when $3::pg_catalog.bool then 'on'
              else pg_catalog.current_setting('default_transaction_read_only') end, false)`,
    [`${statementTimeoutMs}ms`, `${lockTimeoutMs}ms`, elsewhere],
  );
}
