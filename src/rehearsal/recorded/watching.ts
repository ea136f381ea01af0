import { ServerError } from '../../postgres/connection.ts';
import { type Injected, PassedOver } from '../../postgres/wire/injected.ts';
import type { Statement } from '../../sql/statement.ts';
import { sameInTransaction } from '../alone.ts';
import { readBackend } from '../backend.ts';
import { ObservationError, observing, type Send } from '../execute.ts';
import { type Draft, newDraft } from '../ledger.ts';
import { mayRead, setsLimit } from '../unlimited.ts';
import { begin, commit, runStatement, transactionEnded, type Watch } from '../watch.ts';
import { beginInPipeline, forgetTree, rollBack, timed } from './in-session.ts';
import { type Levels, TELLS_LEVEL } from './levels.ts';
import { BEGINS, ENDS, isChained, transactionKind } from './message-plan.ts';
import { createRepeats } from './repeats.ts';
import type { Shadows } from './shadows.ts';
import { type Weight, weigh } from './statement-weight.ts';

/** Begin and end of the transaction that the server itself would have around several statements, between the drafts. */
export type Mark = { readonly before: number; readonly sql: 'BEGIN' | 'COMMIT' | 'ROLLBACK' };

/** How the statements of one session are watched, and in what transaction the session stands. */
export type Watching = {
  readonly watch: Watch;
  readonly marks: readonly Mark[];
  /** What the server refused. */
  readonly refused: ReadonlyMap<Draft, ServerError>;
  /** Statements of the client's open block that do more than read. */
  readonly unfinished: () => number;
  /** A statement was refused before it could be sent, at Parse or Bind. */
  readonly refuse: (statement: Statement, error: ServerError) => void;
  /** Statements that read catalogs alone. */
  readonly reads: () => number;
  /** A transaction of ours is open, of which the client knows nothing. */
  readonly isOurs: () => boolean;
  /** The client stands in a transaction block of its own. */
  readonly inBlock: () => boolean;
  /** What the server itself says of the block, after ReadyForQuery. */
  readonly settle: (inBlock: boolean) => void;
  /** Sends the statement and watches it. Throws what `send` throws. */
  readonly run: (statement: Statement, send: Send, place: Placing) => Promise<void>;
  /** The session is asked before this statement is sent, outside a transaction: a portal would not live through that. */
  readonly asksBefore: (statement: Statement) => boolean;
  /** Whether the session has watched this shape so often that it knows it. */
  readonly isRepeat: (shape: string | undefined) => boolean;
  /** A repeat has ended: its time and its rows go to the one that stands for all. */
  readonly repeated: (shape: string, durationMs: number, rows: number | undefined) => void;
  /** Ends our transaction: commits, or rolls back after a refusal. Gives the server's words when it refuses to commit. */
  readonly endOurs: (how: 'commit' | 'rollback') => Promise<Buffer | undefined>;
};

/** `implicit`: one of several in a message. `pipelined`: the transaction ends at the client's Sync. */
export type Placing = {
  readonly implicit: boolean;
  readonly pipelined: boolean;
  /** The statement without its values, where it may be one of many. */
  readonly shape?: string | undefined;
};

export type WatchingOptions = {
  readonly watch: Watch;
  readonly injected: Injected;
  readonly levels: Levels;
  readonly shadows: Shadows;
  /** The observer could not look. */
  readonly onBlind: (error: ObservationError) => void;
  readonly onRefused: (draft: Draft, error: ServerError) => void;
};

/** Characters of SQL that are kept of one session. */
const MOST_TEXT = 64 * 1024 * 1024;
const TOO_MUCH = 'The command sent more SQL in one session than is kept (64 million characters).';

const IDLE = new Set(['SelectStmt', 'VariableSetStmt', 'TransactionStmt']);

export function createWatching({
  watch,
  injected,
  levels,
  shadows,
  onBlind,
  onRefused,
}: WatchingOptions): Watching {
  const refused = new Map<Draft, ServerError>();
  const repeats = createRepeats(shadows.generation);
  /** The last repeat since somebody looked. */
  let unlooked: Draft | undefined;
  let kept = 0;
  let blockFrom = 0;
  const marks: Mark[] = [];
  let reads = 0;
  let ours: 'one' | 'several' | undefined;
  let block = false;

  const beginOurs = async ({ implicit, pipelined }: Placing): Promise<void> => {
    if (pipelined) await beginInPipeline(watch);
    else await begin(watch);
    ours = implicit || pipelined ? 'several' : 'one';
    if (ours === 'several') marks.push({ before: watch.drafts.length, sql: 'BEGIN' });
  };
  const endedOurs = (sql: Mark['sql']): void => {
    // One statement between two Syncs is by itself, as one in a simple query is (docs 53.2.3).
    const isAlone = marks.at(-1)?.before === watch.drafts.length - 1;
    if (ours === 'several' && isAlone) marks.pop();
    else if (ours === 'several') marks.push({ before: watch.drafts.length, sql });
    ours = undefined;
  };
  const endOurs: Watching['endOurs'] = async (how) => {
    if (ours === undefined) return undefined;
    if (how === 'commit') await catchUp();
    const begun = watch.clock.time();
    const last = watch.drafts.at(-1);
    try {
      if (how === 'commit') await commit(watch);
      else await rollBack(watch);
      return undefined;
    } catch (error) {
      if (error instanceof ServerError) {
        if (last) noteRefusal(last, error);
        return injected.refusal();
      }
      if (!(error instanceof PassedOver)) throw error;
      // The client's own last message was refused, and it has heard so.
      await rollBack(watch);
      return undefined;
    } finally {
      if (last) last.durationMs += watch.clock.time() - begun;
      endedOurs(how === 'commit' ? 'COMMIT' : 'ROLLBACK');
    }
  };
  /** Sends it, timed, and without a look. */
  const sendTimed = async (statement: Statement, send: Send): Promise<void> => {
    watch.hasLimit ||= setsLimit(statement);
    const draft = newDraft(statement, watch.origin);
    watch.drafts.push(draft);
    await timed(watch, draft, send);
  };
  /** What repeats may have locked besides, such as another partition, is seen before the transaction ends or goes on. */
  const catchUp = async (): Promise<void> => {
    const draft = unlooked;
    unlooked = undefined;
    if (draft === undefined || !watch.inTransaction) return;
    const { observer, worker, clock, ledger } = watch;
    try {
      const { inTransaction, locks } = await observing(clock, () => readBackend(observer, worker.processId));
      if (inTransaction) ledger.enter(draft, locks, clock.time() - draft.durationMs, clock.time());
    } catch (error) {
      if (!(error instanceof ObservationError)) throw error;
      onBlind(error);
    }
  };
  const runCommand = async (statement: Statement, send: Send): Promise<void> => {
    const kind = transactionKind(statement);
    await catchUp();
    if (kind === 'TRANS_STMT_ROLLBACK_TO') return runWatched(statement, send);
    try {
      await sendTimed(statement, send);
    } finally {
      if (ENDS.includes(kind)) {
        transactionEnded(watch);
        block = isChained(statement) && block;
        // The client ended what we began for it.
        ours = undefined;
      }
    }
    if (!BEGINS.includes(kind)) return;
    blockFrom = marks.at(-1)?.before ?? watch.drafts.length;
    if (ours === undefined) blockFrom = watch.drafts.length;
    ours = undefined;
    block = true;
  };
  const runWatched = async (statement: Statement, send: Send, shape?: string): Promise<void> => {
    let answered = false;
    await catchUp();
    try {
      await runStatement(watch, statement, async () => {
        const rows = await send();
        answered = true;
        return rows;
      });
      const draft = watch.drafts.at(-1);
      const knows = shape !== undefined && !(await observing(watch.clock, shadows.hasCode));
      if (draft) repeats.note(statement, knows ? shape : undefined, draft);
    } catch (error) {
      // The statement itself is done and its answer given: only what it locked is not known.
      if (!(error instanceof ObservationError) || !answered) throw error;
      onBlind(error);
    }
  };
  const noteRefusal = (draft: Draft, error: ServerError): void => {
    refused.set(draft, error);
    onRefused(draft, error);
  };
  const refuse: Watching['refuse'] = (statement, error) => {
    const draft = newDraft(statement, watch.origin);
    watch.drafts.push(draft);
    noteRefusal(draft, error);
  };
  const run: Watching['run'] = async (statement, send, placing) => {
    const before = watch.drafts.length;
    kept += statement.sql.length;
    if (kept > MOST_TEXT) {
      onBlind(new ObservationError(TOO_MUCH));
      await send();
      return;
    }
    try {
      await runNow(statement, send, placing);
    } catch (error) {
      if (error instanceof ServerError) {
        const draft = watch.drafts[before];
        if (draft) noteRefusal(draft, error);
        else refuse(statement, error);
      }
      throw error;
    } finally {
      for (const draft of watch.drafts.slice(before)) forgetTree(draft);
    }
  };
  const runNow: Watching['run'] = async (statement, send, placing) => {
    const weight = weigh(statement);
    watch.inTransaction = block || ours !== undefined;
    const tells = (weight === 'read' || weight === 'light') && TELLS_LEVEL.test(statement.sql);
    if (!tells) {
      try {
        await runByWeight(weight, statement, send, placing);
      } finally {
        if (weight === 'watched') shadows.soil(statement);
      }
      // Any code of the user's may have run in it.
      if (weight === 'watched' && mayRead(statement)) await watch.clock.aside(levels.keep);
      return;
    }
    if (statement.kind !== 'DiscardStmt') {
      // What we set would end the client's pipeline, and its portals would go with it.
      if (placing.pipelined && !watch.inTransaction) await beginOurs(placing);
      await levels.lend();
    }
    try {
      await runByWeight(weight, statement, send, placing);
    } finally {
      await levels.takeBack();
    }
  };
  /** What a function made in the same transaction has locked, under the name of one of the server's. */
  const seeRead = async (statement: Statement): Promise<void> => {
    if (!watch.inTransaction) return;
    const { observer, worker, clock, ledger, drafts } = watch;
    const { locks } = await observing(clock, () => readBackend(observer, worker.processId));
    const taken = ledger.fresh(locks).filter(({ mode }) => mode !== 'AccessShareLock');
    if (taken.length === 0) return;
    const draft = newDraft(statement, watch.origin);
    drafts.push(draft);
    ledger.enter(draft, locks, clock.time(), clock.time());
  };
  const runByWeight = async (
    weight: Weight,
    statement: Statement,
    send: Send,
    placing: Placing,
  ): Promise<void> => {
    if (weight === 'read' && !(await observing(watch.clock, () => shadows.fallOn(statement)))) {
      reads++;
      await send();
      await seeRead(statement);
      if (!TELLS_LEVEL.test(statement.sql)) repeats.noteRead(placing.shape);
    } else if (weight === 'light' && !placing.implicit) await sendTimed(statement, send);
    else if (weight === 'transaction') await runCommand(statement, send);
    else {
      const needs = placing.implicit || sameInTransaction(statement);
      if (!watch.inTransaction && needs) await beginOurs(placing);
      await runWatched(statement, send, placing.shape);
    }
  };
  return {
    watch,
    marks,
    refused,
    refuse,
    unfinished: () =>
      block ? watch.drafts.slice(blockFrom).filter(({ statement }) => !IDLE.has(statement.kind)).length : 0,
    reads: () => reads,
    isOurs: () => ours !== undefined,
    inBlock: () => block,
    settle: (inBlock) => {
      block = inBlock && ours === undefined;
      if (!inBlock && watch.inTransaction) transactionEnded(watch);
    },
    run,
    asksBefore: (statement) =>
      !block && ours === undefined && weigh(statement) === 'watched' && !sameInTransaction(statement),
    isRepeat: (shape) => repeats.of(shape) !== undefined,
    repeated: (shape, durationMs, rows) => {
      const { draft } = repeats.of(shape) ?? {};
      if (draft === 'read') reads++;
      if (draft === undefined || draft === 'read') return;
      unlooked = draft;
      draft.durationMs += durationMs;
      if (rows !== undefined) draft.rows = (draft.rows ?? 0) + rows;
    },
    endOurs,
  };
}
