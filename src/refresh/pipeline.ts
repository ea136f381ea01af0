import { availableParallelism } from 'node:os';
import { ProviderError } from '../errors.ts';
import type { MaskKeys } from '../masking/keys.ts';
import type { MaskPlan, TablePlan } from '../masking/mask-plan.ts';
import type { CopyConnection } from '../postgres/copy.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { type Copied, copyTable, tableName } from './copy-table.ts';
import { holdTables } from './hold-tables.ts';
import { type Pace, pace } from './pace.ts';
import type { OnRefreshProgress } from './progress.ts';
import { type Pruned, pruneOrphans } from './prune.ts';
import { type ReaderPool, readerPool } from './reader-pool.ts';
import type { RefreshSource } from './source.ts';
import { openSourceSession, openTargetSession } from './source-session.ts';
import { type Subsetting, subsetting } from './subset.ts';

const MOST_WORKERS = 4;

export type LoadRows = {
  readonly source: RefreshSource;
  /** The target's database with its tables, without keys, triggers and foreign keys; a role that owns them. */
  readonly target: ConnectionFacts;
  readonly plan: MaskPlan;
  /** Of all `domainsOf(plan)`. */
  readonly keys: MaskKeys;
  /** Sessions on either side; min(4, cores) when left out, and one more on the source, which holds the tables. */
  readonly workers?: number | undefined;
  readonly onProgress?: OnRefreshProgress | undefined;
  readonly signal?: AbortSignal | undefined;
};

/** What became of one table; evidence/refresh-schema.ts has its form. */
export type TableRecord = {
  /** As SQL. */
  readonly table: string;
  readonly rows: 'copied' | 'empty';
  /** Rows that the source gave; null when it was not asked. */
  readonly sourceRows: number | null;
  /** Rows that are there now. */
  readonly copiedRows: number;
  /** Through the pipe. */
  readonly bytes: number;
  readonly durationMs: number;
  /** Columns. */
  readonly masked: number;
  readonly clear: number;
  /** Rows that were copied and removed again, by the foreign key or link that leads nowhere. */
  readonly pruned?: readonly { readonly rule: string; readonly rows: number }[];
};

export function defaultWorkers(): number {
  return Math.min(MOST_WORKERS, availableParallelism());
}

/**
 * Copies the rows of all tables of the plan through their masks, biggest first, several at once; a table whose connection
 * is lost is begun anew once. Then removes what a subset leaves without parents.
 * @throws ProviderError without any value, UserError, or the signal's reason; no session is left at either server then.
 */
export async function loadRows(request: LoadRows): Promise<readonly TableRecord[]> {
  request.signal?.throwIfAborted();
  const subset = subsetting(request.plan, request.source.schema);
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(request.signal === undefined ? [] : [request.signal])]);
  const open = (): Promise<CopyConnection> => openSourceSession(request.source, request.keys, signal);
  const holder = await open();
  const size = Math.max(1, request.workers ?? defaultWorkers());
  const readers = readerPool(size, holder.serverVersion, open);
  try {
    const queue = [...request.plan.tables.values()].filter(hasRows).toSorted((a, b) => weight(b) - weight(a));
    await holdTables(holder, queue);
    const encoding = await encodingOf(holder);
    const load = { request, subset, readers, encoding, signal, pace: paceOf(queue, request.onProgress) };
    const loaded = await runAll(queue, size, load, stop);
    await holdAgain(holder, open, queue);
    return await finish(load, loaded);
  } finally {
    await Promise.all([readers.close(), holder.close()]);
  }
}

/** By the snapshot it can be told afterwards, too, that nobody replaced a table: a session that was lost is no reason to begin anew. */
async function holdAgain(
  holder: CopyConnection,
  open: () => Promise<CopyConnection>,
  queue: readonly TablePlan[],
): Promise<void> {
  try {
    await holdTables(holder, queue);
  } catch (error) {
    if (!(error instanceof ProviderError && error.retryable && error.status !== undefined)) throw error;
    const another = await open();
    await holdTables(another, queue).finally(() => another.close());
  }
}

type Load = {
  readonly request: LoadRows;
  readonly subset: Subsetting;
  readonly readers: ReaderPool;
  readonly encoding: string;
  readonly signal: AbortSignal;
  readonly pace: Pace;
};

function hasRows(plan: TablePlan): boolean {
  const withExtension = plan.table.ofExtension !== undefined && plan.table.extensionRows === undefined;
  return plan.rows === 'copy' && plan.table.kind === 'table' && !withExtension;
}

function weight({ table }: TablePlan): number {
  return table.bytes ?? (table.blocks ?? 0) * 8192;
}

function paceOf(queue: readonly TablePlan[], onProgress: OnRefreshProgress | undefined): Pace {
  const sizes = new Map(queue.map((plan) => [tableName(plan), weight(plan)]));
  return pace('rows', sizes, onProgress ?? (() => undefined));
}

async function encodingOf(session: CopyConnection): Promise<string> {
  const { rows } = await session.query("SELECT pg_catalog.current_setting('server_encoding') AS encoding");
  return String(rows[0]?.encoding).replaceAll(/[^A-Za-z0-9_]/g, '');
}

/** A worker's session on the target: none before its first table and after a failure. */
type Slot = { session: CopyConnection | undefined };

/** By tableKey; the first failure ends the others at both servers. */
async function runAll(
  queue: readonly TablePlan[],
  size: number,
  load: Load,
  stop: AbortController,
): Promise<ReadonlyMap<string, TableRecord>> {
  const records = new Map<string, TableRecord>();
  const waiting = [...queue];
  const work = async (): Promise<void> => {
    const slot: Slot = { session: undefined };
    try {
      for (let plan = waiting.shift(); plan !== undefined; plan = waiting.shift()) {
        records.set(plan.key, await loadTable(plan, load, slot));
      }
    } catch (error) {
      waiting.length = 0;
      stop.abort(error);
      throw error;
    } finally {
      await slot.session?.close();
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: Math.min(size, queue.length) }, work));
  load.request.signal?.throwIfAborted();
  if (stop.signal.aborted) throw stop.signal.reason;
  for (const worker of ended) if (worker.status === 'rejected') throw worker.reason;
  return records;
}

async function loadTable(plan: TablePlan, load: Load, slot: Slot): Promise<TableRecord> {
  const name = tableName(plan);
  const started = performance.now();
  let bytes = 0;
  load.pace.begin(name);
  const attempt = (): Promise<Copied> => {
    bytes = 0;
    return copyOnce(plan, load, slot, (more) => {
      bytes += more;
      load.pace.bytes(name, more);
    });
  };
  const copied = await attempt().catch((error: unknown) => {
    if (load.signal.aborted || !(error instanceof ProviderError && error.retryable)) throw error;
    return attempt();
  });
  load.pace.end(name);
  return {
    ...columnsOf(plan),
    table: name,
    rows: 'copied',
    ...copied,
    bytes,
    durationMs: performance.now() - started,
  };
}

async function copyOnce(
  plan: TablePlan,
  load: Load,
  slot: Slot,
  onBytes: (bytes: number) => void,
): Promise<Copied> {
  const target = slot.session ?? (await openTargetSession(load.request.target, load.signal));
  slot.session = target;
  try {
    const conditions = load.subset.conditions.get(plan.key) ?? [];
    const blocks = plan.table.blocks ?? 0;
    const table = { plan, conditions, blocks, encoding: load.encoding, onBytes };
    return await copyTable(table, load.readers, target);
  } catch (error) {
    slot.session = undefined;
    await target.close();
    throw error;
  }
}

function columnsOf({ columns }: TablePlan): { masked: number; clear: number } {
  const count = (kind: string): number => columns.filter(({ mask }) => mask.kind === kind).length;
  return { masked: count('masked'), clear: count('clear') };
}

/** Removes what has lost its parents, and puts the records into the plan's order. */
async function finish(load: Load, loaded: ReadonlyMap<string, TableRecord>): Promise<readonly TableRecord[]> {
  const pruned = await prune(load);
  return [...load.request.plan.tables].map(([key, plan]) => {
    const record = loaded.get(key);
    if (record === undefined) return emptyRecord(plan);
    const own = pruned.filter(({ table }) => table === key);
    if (own.length === 0) return record;
    const removed = own.reduce((sum, { rows }) => sum + rows, 0);
    return {
      ...record,
      copiedRows: record.copiedRows - removed,
      pruned: own.map(({ rule, rows }) => ({ rule, rows })),
    };
  });
}

async function prune({ request, subset, signal }: Load): Promise<readonly Pruned[]> {
  if (subset.prune.length === 0) return [];
  const target = await openTargetSession(request.target, signal);
  try {
    return await pruneOrphans(target, subset);
  } finally {
    await target.close();
  }
}

function emptyRecord(plan: TablePlan): TableRecord {
  const nothing = { sourceRows: null, copiedRows: 0, bytes: 0, durationMs: 0 };
  return { ...columnsOf(plan), table: tableName(plan), rows: 'empty', ...nothing };
}
