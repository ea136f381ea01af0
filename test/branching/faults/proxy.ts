import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import { createFramer, type Frame } from '../../../src/postgres/wire/framing.ts';
import { listenOnLoopback } from '../../../src/postgres/wire/listener.ts';
import { textAt } from '../../../src/postgres/wire/messages.ts';

/**
 * `before`: the server has not got the statement. `during`: it has, and nobody waits for it to end. `after`: it has
 * answered. The client hears nothing of either before the fault is over.
 */
export type Moment = 'before' | 'during' | 'after';

/** The `statement`-th of all that clients send, from 1, whichever session it comes by. */
export type Point = { readonly statement: number; readonly moment: Moment };

/** What stands at a point: the session's backend, and ways to break what connects it. */
export type Struck = {
  readonly processId: number;
  /** Both ends of this session get a reset. */
  readonly cut: () => void;
  /** Every session, and those that are still to come. */
  readonly cutAll: () => void;
  /** Nothing goes through any more, in either direction, and nothing is closed. */
  readonly silence: () => void;
};

export type FaultyProxy = {
  /** The same server, through the proxy. */
  readonly facts: ConnectionFacts;
  /** The statements so far, in the order of their coming. */
  readonly statements: readonly string[];
  readonly wasReached: () => boolean;
  readonly close: () => Promise<void>;
};

/** A message of any length is held until it is whole: tests send small ones. */
const WHOLE = 64 * 1024 * 1024;
/** As long as a `during` lets the server work: long enough to begin, too short to copy a database. */
const BEGUN_MS = 15;

type Wire = {
  readonly client: Socket;
  readonly server: Socket;
  processId: number;
  /** Answers that wait for the end of the fault; undefined when they pass. */
  held: Buffer[] | undefined;
  onReady: () => void;
};

type State = 'open' | 'silent' | 'cut';

/** Stands between a client and the server, without TLS, and calls `strike` at the point; all else passes unchanged. */
export async function startFaultyProxy(
  upstream: ConnectionFacts,
  point?: Point,
  strike: (struck: Struck) => Promise<void> | void = () => undefined,
): Promise<FaultyProxy> {
  const wires = new Set<Wire>();
  const opened: Socket[] = [];
  const statements: string[] = [];
  let state: State = 'open';
  let isReached = false;
  const cutAll = (): void => {
    state = 'cut';
    for (const wire of wires) cutWire(wire);
  };
  const hit = async (wire: Wire): Promise<void> => {
    isReached = true;
    await strike({
      processId: wire.processId,
      cut: () => cutWire(wire),
      cutAll,
      silence: () => {
        state = 'silent';
      },
    });
  };
  const listener = await listenOnLoopback(async (client) => {
    if (state === 'cut') return reset(client);
    const server = connect(upstream.port, upstream.host).setNoDelay();
    const wire: Wire = { client, server, processId: 0, held: undefined, onReady: () => undefined };
    wires.add(wire);
    opened.push(client, server);
    const isSilent = () => state === 'silent';
    passAnswers(wire, isSilent);
    passRequests(wire, isSilent, async (frame) => {
      if (!beginsStatement(frame)) return undefined;
      const number = statements.push(sqlOf(frame));
      if (number !== point?.statement) return undefined;
      if (point.moment === 'before') await hit(wire);
      return point.moment === 'before' ? undefined : () => hitLater(wire, point.moment, hit);
    });
    joinEnds(wire, () => wires.delete(wire));
    client.resume();
  });
  return {
    facts: { ...upstream, host: listener.host, port: listener.port, sslmode: 'disable' },
    statements,
    wasReached: () => isReached,
    close: async () => {
      // Of sessions that seem to be over, too: an end whose reset waits for a connection would keep this process.
      for (const socket of opened) socket.destroy();
      await listener.close();
    },
  };
}

/**
 * Cuts as a dead network does. libuv refuses to reset what was ended already (uv_tcp_close_reset: EINVAL), and Node would
 * then wait for that end for ever when the process is over.
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy();
  else socket.resetAndDestroy();
}

function cutWire({ client, server }: Wire): void {
  reset(client);
  reset(server);
}

async function hitLater(wire: Wire, moment: Moment, hit: (wire: Wire) => Promise<void>): Promise<void> {
  if (moment === 'during') await sleep(BEGUN_MS);
  else await answered(wire);
  await hit(wire);
  for (const chunk of wire.held ?? []) wire.client.write(chunk);
  wire.held = undefined;
}

/** Or the session ended without an answer. */
function answered(wire: Wire): Promise<void> {
  return new Promise((resolve) => {
    wire.onReady = resolve;
    wire.server.once('close', () => resolve());
  });
}

/** A simple query, or the Parse that begins an extended one (docs 53.2.2, 53.2.3). */
const beginsStatement = ({ type }: Frame): boolean => type === 'Q' || type === 'P';
const endsStatement = ({ type }: Frame): boolean => type === 'Q' || type === 'S';

function sqlOf({ type, bytes }: Frame): string {
  const name = type === 'P' ? textAt(bytes, 5) : undefined;
  return textAt(bytes, name?.end ?? 5)?.text ?? '';
}

/** The server's messages: its process id, and the end of each statement. */
function passAnswers(wire: Wire, isSilent: () => boolean): void {
  const { client, server } = wire;
  const read = createFramer({
    holds: () => WHOLE,
    emit: ({ type, bytes }) => {
      if (type === 'K') wire.processId = bytes.readInt32BE(5);
      if (type === 'Z') wire.onReady();
    },
  });
  server.on('data', (chunk: Buffer) => {
    if (isSilent()) return;
    if (wire.held) wire.held.push(chunk);
    else client.write(chunk);
    read(chunk);
  });
}

/**
 * The client's messages, one after the other. `enter` is called with each before it goes on, and gives what is to be
 * done once the statement that it begins is on its way.
 */
function passRequests(
  wire: Wire,
  isSilent: () => boolean,
  enter: (frame: Frame) => Promise<(() => Promise<void>) | undefined>,
): void {
  const frames: Frame[] = [];
  const read = createFramer({ holds: () => WHOLE, emit: (frame) => void frames.push(frame) });
  let late: (() => Promise<void>) | undefined;
  let isBusy = false;
  const pump = async (): Promise<void> => {
    if (isBusy) return;
    isBusy = true;
    for (let frame = frames.shift(); frame; frame = frames.shift()) {
      late ??= await enter(frame);
      if (isSilent() || wire.server.destroyed) continue;
      if (late) wire.held ??= [];
      wire.server.write(frame.bytes);
      if (!late || !endsStatement(frame)) continue;
      await late();
      late = undefined;
    }
    isBusy = false;
  };
  withoutStartup(wire, isSilent, (chunk) => {
    read(chunk);
    void pump();
  });
}

/** The first message has no type, only a length (docs 53.7, StartupMessage); what follows goes to `next`. */
function withoutStartup(
  { client, server }: Wire,
  isSilent: () => boolean,
  next: (chunk: Buffer) => void,
): void {
  let startup: Buffer | undefined = Buffer.alloc(0);
  client.on('data', (chunk: Buffer) => {
    if (!startup) return next(chunk);
    startup = Buffer.concat([startup, chunk]);
    if (startup.length < 4 || startup.length < startup.readInt32BE(0)) return;
    const end = startup.readInt32BE(0);
    const rest = startup.subarray(end);
    if (!isSilent()) server.write(startup.subarray(0, end));
    startup = undefined;
    if (rest.length > 0) next(rest);
  });
}

/** The end of one side is the end of the other, after what is on its way. */
function joinEnds({ client, server }: Wire, onClosed: () => void): void {
  client.on('end', () => server.end());
  client.on('close', () => server.end());
  server.on('end', () => client.end());
  server.on('error', () => reset(client));
  server.on('close', () => {
    client.destroySoon();
    onClosed();
  });
}
