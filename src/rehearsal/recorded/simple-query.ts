import { performance } from 'node:perf_hooks';
import { ServerError } from '../../postgres/connection.ts';
import { isUtf8 } from '../../postgres/wire/encoding.ts';
import type { Ending } from '../../postgres/wire/exchange.ts';
import type { Frame } from '../../postgres/wire/framing.ts';
import { countOf } from '../../postgres/wire/injected.ts';
import { queryMessage, readyForQuery } from '../../postgres/wire/messages.ts';
import { movePosition } from '../../postgres/wire/server-fields.ts';
import { type CopyIn, startCopyIn } from './copy-in.ts';
import { planMessage, type Step, unread } from './message-plan.ts';
import { refusalOf } from './refusal.ts';
import { shapeOf } from './repeats.ts';
import { forward, type Session } from './session.ts';

const SYNTAX_HIDDEN = 'a statement too long to be read';
const FAST_PATH = 'a call by the protocol’s function call message';

/** The last CommandComplete waits until our COMMIT has passed: the server, too, commits before it says so. */
type Held = { complete: Buffer | undefined };

/** Runs what a Query message holds, each statement by itself, and answers as if it had been one message. */
export async function simpleQuery(session: Session, frame: Frame): Promise<void> {
  const { watching } = session;
  const held: Held = { complete: undefined };
  const shape = frame.more ? undefined : shapeOf(session.decode(frame.bytes.subarray(5, -1)));
  if (shape !== undefined && watching.isRepeat(shape)) return repeat(session, frame, shape);
  const steps = stepsOf(session, frame);
  let failed = false;
  if (steps.length === 0) await sendFrame(session, frame, wholeStep(frame.bytes), held);
  for (const step of steps) {
    try {
      const placing = { implicit: step.implicit, pipelined: false, shape };
      await watching.run(step.statement, () => sendStep(session, frame, step, held), placing);
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      failed = true;
      break;
    }
    if (step !== steps.at(-1)) release(session, held);
  }
  await finish(session, held, failed);
}

/** A statement like many before it: forwarded and timed. */
async function repeat(session: Session, frame: Frame, shape: string): Promise<void> {
  const held: Held = { complete: undefined };
  const begun = performance.now();
  try {
    const rows = await sendFrame(session, frame, wholeStep(frame.bytes), held);
    session.watching.repeated(shape, performance.now() - begun, rows);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    session.watching.refuse(unread(session.decode(frame.bytes.subarray(5, -1))), error);
  }
  await finish(session, held, false);
}

/** A FunctionCall message: nothing is known of it but its transaction and its locks. */
export async function functionCall(session: Session, frame: Frame): Promise<void> {
  const step = { ...wholeStep(Buffer.alloc(0)), statement: unread(`-- ${FAST_PATH}`) };
  const held: Held = { complete: undefined };
  let failed = false;
  try {
    const placing = { implicit: false, pipelined: false };
    await session.watching.run(step.statement, () => sendFrame(session, frame, step, held), placing);
  } catch (error) {
    if (!(error instanceof ServerError)) throw error;
    failed = true;
  }
  await finish(session, held, failed);
}

function wholeStep(bytes: Buffer): Step {
  return { statement: unread(`-- ${SYNTAX_HIDDEN}`), bytes, before: () => 0, implicit: false };
}

function stepsOf({ decode, encoding, watching }: Session, frame: Frame): readonly Step[] {
  if (frame.more) return [wholeStep(frame.bytes)];
  const bytes = frame.bytes.subarray(5, -1);
  const where = { inBlock: watching.inBlock(), divisible: isUtf8(encoding(), bytes) };
  const steps = planMessage(bytes, decode(bytes), where);
  return steps;
}

function sendStep(session: Session, frame: Frame, step: Step, held: Held): Promise<number | undefined> {
  if (frame.more) return sendFrame(session, frame, step, held);
  return sendFrame(session, { ...frame, bytes: queryMessage(step.bytes) }, step, held);
}

async function sendFrame(
  session: Session,
  frame: Frame,
  step: Step,
  held: Held,
): Promise<number | undefined> {
  const { toClient } = session;
  let copy: CopyIn | undefined;
  const hear = ({ type, bytes }: Frame): void => {
    if (type === 'Z') return;
    release(session, held);
    if (type === 'C') held.complete = bytes;
    else toClient(type === 'E' ? movePosition(bytes, step.before()) : bytes);
    if (type === 'G') copy = startCopyIn(session, false);
    if (type === 'C' || type === 'E') copy?.stop();
  };
  const ending: Ending = await forward(session, frame, { kind: 'query', hear, streams: true });
  copy?.stop();
  await copy?.done;
  if (ending.kind !== 'done') throw refusalOf(ending);
  return countOf(ending.tag);
}

function release({ toClient }: Session, held: Held): void {
  if (held.complete) toClient(held.complete);
  held.complete = undefined;
}

async function finish(session: Session, held: Held, failed: boolean): Promise<void> {
  const { watching, exchange, toClient } = session;
  const refusal = await watching.endOurs(failed ? 'rollback' : 'commit');
  if (refusal) toClient(refusal);
  else release(session, held);
  watching.settle(exchange.status() !== 'I');
  toClient(readyForQuery(exchange.status()));
}
