import { performance } from 'node:perf_hooks';
import { ServerError } from '../../postgres/connection.ts';
import { type Ending, sync } from '../../postgres/wire/exchange.ts';
import { type Frame, ProtocolError } from '../../postgres/wire/framing.ts';
import { countOf, PassedOver } from '../../postgres/wire/injected.ts';
import { FLUSH, readyForQuery, textAt } from '../../postgres/wire/messages.ts';
import { serverError } from '../../postgres/wire/server-fields.ts';
import { parseSql } from '../../sql/parse.ts';
import type { Statement } from '../../sql/statement.ts';
import { type CopyIn, startCopyIn } from './copy-in.ts';
import { unread } from './message-plan.ts';
import { refusalOf } from './refusal.ts';
import { drop, forward, forwardRest, type Session } from './session.ts';

type Prepared = { readonly sql: string; statement?: Statement };
type Portal = { readonly prepared: Prepared | undefined; isSuspended: boolean };

/** The extended protocol of one session (docs 53.2.3). */
export type ExtendedQuery = {
  /** Takes Parse, Bind, Describe, Execute, Close, Flush and Sync. */
  readonly take: (frame: Frame) => Promise<void>;
  /** An error makes the server pass over everything until the client's Sync. */
  readonly isSkipping: () => boolean;
};

export function createExtendedQuery(session: Session): ExtendedQuery {
  const { exchange, toClient, watching } = session;
  const statements = new Map<string, Prepared>();
  const portals = new Map<string, Portal>();
  /** An error of the client's own makes the server pass over all until its Sync. */
  let skipping = false;
  /** A portal that waits for its Execute, since the session is to be asked before. */
  let deferred: (() => Promise<void>)[] = [];
  const sendDeferred = async (): Promise<void> => {
    const waiting = deferred;
    deferred = [];
    for (const work of waiting) await work();
  };

  const enqueue = async (
    frame: Frame,
    kind: 'parse' | 'bind' | 'describe' | 'close',
    prepared: Prepared | undefined,
    undo: () => void,
  ): Promise<void> => {
    const ended = (ending: Ending): void => {
      if (ending.kind === 'done') return;
      undo();
      if (ending.kind !== 'refused') return;
      skipping = true;
      const statement = statementOf(prepared);
      if (statement) watching.refuse(statement, serverError(ending.fields));
    };
    exchange.send({ kind, bytes: frame.bytes, hear: ({ bytes }) => toClient(bytes), ended, streams: false });
    await forwardRest(session, frame);
  };
  const parse = (frame: Frame): Promise<void> => {
    const name = named(frame, 5);
    const sql = frame.more ? '-- a statement too long to be read' : sqlOf(session, frame, name.end);
    const prepared = { sql };
    return enqueue(frame, 'parse', prepared, put(statements, name.text, prepared));
  };
  const bind = (frame: Frame): Promise<void> => {
    const portal = named(frame, 5);
    const prepared = statements.get(named(frame, portal.end).text);
    const undo = put(portals, portal.text, { prepared, isSuspended: false });
    const isKnown = frame.more || watching.isRepeat(prepared?.sql);
    const statement = isKnown ? undefined : statementOf(prepared);
    if (statement && watching.asksBefore(statement)) {
      deferred.push(() => enqueue(frame, 'bind', prepared, undo));
      return Promise.resolve();
    }
    return enqueue(frame, 'bind', prepared, undo);
  };
  const close = (frame: Frame): Promise<void> => {
    const { text } = named(frame, 6);
    const undo = frame.bytes[5] === 0x53 ? take(statements, text) : take(portals, text);
    return enqueue(frame, 'close', undefined, undo);
  };
  const send = async (frame: Frame, portal: Portal | undefined): Promise<number | undefined> => {
    let copy: CopyIn | undefined;
    await sendDeferred();
    const hear = ({ type, bytes }: Frame): void => {
      toClient(bytes);
      if (type === 'G') copy = startCopyIn(session, true);
    };
    const ending = await forward(session, frame, { kind: 'execute', hear, streams: true, after: FLUSH });
    copy?.stop();
    await copy?.done;
    if (portal) portal.isSuspended = ending.kind === 'done' && ending.suspended;
    if (ending.kind === 'done') return countOf(ending.tag);
    if (ending.kind === 'refused') skipping = true;
    throw refusalOf(ending);
  };
  /** A statement like many before it: forwarded and timed, and its answer is not waited for. */
  const repeat = (frame: Frame, { sql }: Prepared): void => {
    const begun = performance.now();
    const ended = (ending: Ending): void => {
      if (ending.kind === 'done') {
        watching.repeated(sql, performance.now() - begun, countOf(ending.tag));
      } else if (ending.kind === 'refused') {
        skipping = true;
        watching.refuse(unread(sql), serverError(ending.fields));
      }
    };
    exchange.send({
      kind: 'execute',
      bytes: frame.bytes,
      hear: ({ bytes }) => toClient(bytes),
      ended,
      streams: true,
    });
  };
  const execute = async (frame: Frame): Promise<void> => {
    const portal = portals.get(named(frame, 5).text);
    const { prepared } = portal ?? {};
    if (prepared && portal?.isSuspended === false && isWhole(frame) && watching.isRepeat(prepared.sql))
      return repeat(frame, prepared);
    const statement = statementOf(portal?.prepared);
    try {
      // The rest of a portal that gave some of its rows already is the same statement.
      if (portal?.isSuspended) await send(frame, portal);
      else if (statement === undefined) await send(frame, portal);
      else
        await watching.run(statement, () => send(frame, portal), {
          implicit: false,
          pipelined: true,
          shape: portal?.prepared?.sql,
        });
    } catch (error) {
      // What came before it was refused, and the client has heard so.
      if (error instanceof PassedOver) return;
      if (!(error instanceof ServerError)) throw error;
      skipping = true;
    }
  };
  const synchronize = async (): Promise<void> => {
    if (watching.isOurs() && !skipping) {
      const refusal = await watching.endOurs('commit');
      if (refusal) toClient(refusal);
    } else {
      const ended = new Promise<Ending>((resolve) => exchange.send(sync(() => undefined, resolve)));
      await exchange.flush();
      const ending = await ended;
      if (ending.kind === 'lost') throw refusalOf(ending);
      // Without a block, the commit of what was pipelined can fail as late as here.
      if (ending.kind === 'refused') toClient(ending.bytes);
      await watching.endOurs('rollback');
    }
    skipping = false;
    watching.settle(exchange.status() !== 'I');
    toClient(readyForQuery(exchange.status()));
  };
  const flush = async (): Promise<void> => {
    exchange.pass(FLUSH);
    await exchange.flush();
  };
  const describe = (frame: Frame): Promise<void> => enqueue(frame, 'describe', undefined, () => undefined);
  const describeInTurn = async (frame: Frame): Promise<void> => {
    if (deferred.length === 0 || frame.more) return describe(frame);
    deferred.push(() => describe(frame));
  };
  const handlers: Readonly<Record<string, (frame: Frame) => Promise<void>>> = {
    P: parse,
    B: bind,
    D: describeInTurn,
    C: close,
    E: execute,
    H: flush,
    S: synchronize,
  };
  return {
    isSkipping: () => skipping,
    take: async (frame) => {
      // A refused Parse: what would have followed it is passed over with the rest.
      if (skipping) deferred = [];
      if (skipping && frame.type !== 'S') return drop(session, frame);
      if (frame.type !== 'D' && frame.type !== 'E') await sendDeferred();
      await handlers[frame.type]?.(frame);
    },
  };
}

function named({ bytes }: Frame, at: number): { readonly text: string; readonly end: number } {
  const found = textAt(bytes, at);
  if (found === undefined) throw new ProtocolError('A name in a message does not end.');
  return found;
}

function sqlOf({ decode }: Session, { bytes }: Frame, at: number): string {
  const end = bytes.indexOf(0, at);
  if (end < 0) throw new ProtocolError('The text in a Parse message does not end.');
  return decode(bytes.subarray(at, end));
}

/** Execute asks for all rows. */
function isWhole({ bytes }: Frame): boolean {
  return bytes.readInt32BE(bytes.length - 4) === 0;
}

/** Sets a name, and gives the way back. */
function put<Value>(map: Map<string, Value>, name: string, value: Value): () => void {
  const before = map.get(name);
  map.set(name, value);
  return () => {
    if (before === undefined) map.delete(name);
    else map.set(name, before);
  };
}

function take<Value>(map: Map<string, Value>, name: string): () => void {
  const before = map.get(name);
  map.delete(name);
  return () => {
    if (before !== undefined) map.set(name, before);
  };
}

/** Read when it is first executed. Undefined for an empty one, and for a portal that we do not know: SQL made it (DECLARE). */
function statementOf(prepared: Prepared | undefined): Statement | undefined {
  if (prepared === undefined) return undefined;
  if (prepared.statement === undefined) {
    const parsed = parseSql(prepared.sql, '');
    const [only] = parsed.ok ? parsed.statements : [];
    if (parsed.ok && only === undefined) return undefined;
    prepared.statement = only ?? unread(prepared.sql);
  }
  return prepared.statement;
}
