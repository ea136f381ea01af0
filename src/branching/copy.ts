import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../errors.ts';
import type { Admin, Server } from './admin.ts';
import { type CopyRequest, copyDatabase } from './databases.ts';
import { readSpace } from './disk.ts';
import { writeMeasurement } from './measurements.ts';
import { refuseUnfit } from './preflight.ts';
import { judgePreflight } from './preflight-checks.ts';
import { readServerState } from './preflight-facts.ts';
import type { Copy, CopyStrategy } from './provider.ts';
import { requiredSpace, type Space, shortage } from './space.ts';
import {
  type Chosen,
  chooseStrategy,
  copySize,
  isModelOff,
  offText,
  type TemplateFacts,
} from './strategy.ts';
import { readTemplateFacts } from './template-facts.ts';

/** As long as Postgres itself waits for a template's guests to leave (procarray.c: CountOtherDBBackends). */
const GUESTS_MS = 5_000;
const LOOK_MS = 250;

/**
 * The template's facts once nothing speaks against a copy. Throws ProviderError with the number and the remedy, for
 * guests only when they stay. `freedBytes`: what is dropped before the copy, so that its space counts as free.
 */
export async function requireFit(admin: Admin, template: string, freedBytes = 0): Promise<TemplateFacts> {
  const facts = withFreed(await readTemplateFacts(admin, template), freedBytes);
  const chosen = chooseStrategy(facts);
  const deadline = performance.now() + GUESTS_MS;
  let state = await readServerState(admin, template);
  while (state.sessions > 0 && performance.now() < deadline) {
    await sleep(LOOK_MS);
    state = await readServerState(admin, template);
  }
  refuseUnfit(template, judgePreflight({ state, facts, chosen }));
  return facts;
}

function withFreed(facts: TemplateFacts, freedBytes: number): TemplateFacts {
  if (!facts.space || freedBytes === 0) return facts;
  const { data } = facts.space;
  return { ...facts, space: { ...facts.space, data: { ...data, freeBytes: data.freeBytes + freedBytes } } };
}

/**
 * Copies a baseline as `copyDatabase` does, in the way that its facts and this server's past speak for, and tells how.
 * Throws ProviderError before anything is written when the copy would not fit, or the server would refuse it.
 */
export async function copyBaseline(server: Server, admin: Admin, request: CopyRequest): Promise<Copy> {
  const facts = await requireFit(admin, request.template);
  if (!isTight(facts)) return copyWith(server, admin, request, facts);
  return oneAtATime(admin, async () =>
    copyWith(server, admin, request, await requireFit(admin, request.template)),
  );
}

/** Copies that begin at the same time each see the same free space. Where it would not hold ten of them they take turns. */
const TOGETHER = 10;

function isTight(facts: TemplateFacts): boolean {
  if (!facts.space) return false;
  const { data, wal } = requiredSpace(chooseStrategy(facts).strategy, copySize(facts));
  return shortage(facts.space, { data: data * TOGETHER, wal: wal * TOGETHER }) !== undefined;
}

async function oneAtATime<T>(admin: Admin, work: () => Promise<T>): Promise<T> {
  await admin.query("SELECT pg_advisory_lock(hashtextextended('pullgres copy', 0))");
  try {
    return await work();
  } finally {
    await admin
      .query("SELECT pg_advisory_unlock(hashtextextended('pullgres copy', 0))")
      .catch(() => undefined);
  }
}

async function copyWith(
  server: Server,
  admin: Admin,
  request: CopyRequest,
  facts: TemplateFacts,
): Promise<Copy> {
  let run: Run | undefined;
  await copyDatabase(admin, request, async (statement) => {
    run = await createCopy(admin, statement, facts);
  });
  if (!run) throw new Error('copyDatabase ran no CREATE DATABASE');
  const { chosen, actualMs } = run;
  const actualBytes = await takenSince(facts);
  const copy: Copy = {
    ...chosen,
    reflink: facts.reflink,
    bytes: facts.bytes,
    ...(facts.files === undefined ? {} : { files: facts.files }),
    actualMs,
    ...(actualBytes === undefined ? {} : { actualBytes }),
  };
  if (isModelOff(copy)) server.onProgress(offText(copy));
  await writeMeasurement(admin, { ...copySize(facts), strategy: copy.strategy, actualMs });
  return copy;
}

type Run = { readonly chosen: Chosen; readonly actualMs: number };

/** Runs the CREATE DATABASE, in milliseconds. A clone that the server refuses is no reason to have no branch: the next best way is taken, if there is room for it. */
export async function createCopy(
  admin: Pick<Admin, 'script' | 'serverVersion'>,
  statement: string,
  facts: TemplateFacts,
): Promise<Run> {
  const chosen = chooseStrategy(facts);
  const started = performance.now();
  try {
    await createBy(admin, statement, chosen.strategy);
    return { chosen, actualMs: performance.now() - started };
  } catch (error) {
    const cloneRefused = chosen.strategy === 'clone' ? refusalOfClone(error) : undefined;
    if (cloneRefused === undefined) throw error;
    const without = { ...facts, cloneRefused };
    const next = chooseStrategy(without).strategy;
    if (facts.space && shortage(facts.space, requiredSpace(next, copySize(facts)))) throw error;
    return createCopy(admin, statement, without);
  }
}

/** By the class of its SQLSTATE: a value or a feature that the server lacks, or an error of its filesystem that is not a full disk (53100). */
function refusalOfClone(error: unknown): string | undefined {
  if (!(error instanceof ProviderError) || !/^(22023|0A000|58)/.test(String(error.status))) return undefined;
  return `the server refused it (${error.status})`;
}

/** Runs a CREATE DATABASE by the strategy. `file_copy_method` is set both ways: a server that is set to clone would do so although nothing proves that it shares. */
export async function createBy(
  admin: Pick<Admin, 'script' | 'serverVersion'>,
  statement: string,
  strategy: CopyStrategy,
): Promise<void> {
  if (admin.serverVersion < 15) return admin.script(statement);
  if (strategy === 'wal-log') return admin.script(`${statement} STRATEGY wal_log`);
  if (admin.serverVersion < 18) return admin.script(`${statement} STRATEGY file_copy`);
  await admin.script(`SET file_copy_method = ${strategy === 'clone' ? 'clone' : 'copy'}`);
  try {
    await admin.script(`${statement} STRATEGY file_copy`);
  } finally {
    await admin.script('RESET file_copy_method').catch(() => undefined);
  }
}

const freeBytes = ({ data, wal }: Space): number => data.freeBytes + (wal?.freeBytes ?? 0);

/** Free space that went since the facts were read; what others wrote and removed meanwhile is in it, and btrfs tells of some of it later. */
async function takenSince({ directory, space }: TemplateFacts): Promise<number | undefined> {
  if (directory === undefined || !space) return undefined;
  const now = await readSpace(directory).catch(() => undefined);
  return now && Math.max(0, freeBytes(space) - freeBytes(now));
}
