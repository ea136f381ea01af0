import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inspect } from 'node:util';
import type { Branch, CreateRequest } from '../../../src/branching/provider.ts';
import { type Connection, openConnection } from '../../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import { identifier } from '../../../src/postgres/quote.ts';
import type { Secret } from '../../../src/secret.ts';
import { ask, tell } from '../sql-conformance.ts';
import type { ChildOrder } from './child.ts';
import {
  alwaysWrong,
  contentOf,
  entryOf,
  leaks,
  left,
  type Scope,
  survey,
  unsettled,
  within,
} from './invariants.ts';
import { fill, type OperationName, type Order, perform } from './operation.ts';
import { type Moment, type Point, type Struck, startFaultyProxy } from './proxy.ts';
import { providerFor, requestFor } from './requests.ts';
import { dropBaseline, freshRepository, type Stage } from './stage.ts';
import { CRASHES, type Kind, STRIKES } from './strikes.ts';

/** One fault at one point of one operation. */
export type Trial = { readonly operation: OperationName; readonly kind: Kind; readonly point: Point };

export type Outcome = {
  readonly trial: Trial;
  /** The statement at the point; undefined when the operation ended before it. */
  readonly statement: string | undefined;
  /** What the invariants say, in words. */
  readonly violations: readonly string[];
};

type Arranged = {
  readonly order: Order;
  readonly scope: Scope;
  readonly secrets: Record<string, Secret>;
  /** Ends what the trial holds open by itself. */
  readonly release: () => Promise<void>;
};

const MADE_IN_TRIAL: ReadonlySet<OperationName> = new Set(['ensureBaseline', 'publishBaseline']);

/** The state of the server in which the operation is of use. */
export async function arrange(stage: Stage, operation: OperationName): Promise<Arranged> {
  const repositoryId = freshRepository();
  const own = MADE_IN_TRIAL.has(operation);
  const baselineId = own ? `baseline of ${repositoryId}` : stage.baselineId;
  const request = requestFor(repositoryId, baselineId);
  const plain = {
    order: { operation, request },
    scope: { repositoryId, baselineId: own ? baselineId : undefined },
    secrets: {},
    release: async () => undefined,
  };
  if (operation === 'publishBaseline') {
    const database = `pullgres_shop_${repositoryId}`;
    await ask(stage.admin, `CREATE DATABASE ${identifier(database)}`);
    await fill({ ...stage.admin, database });
    // What is recovered after a crash skips the values of a sequence that were logged ahead (docs: CREATE SEQUENCE).
    await ask(stage.admin, 'CHECKPOINT');
    const filler = await openConnection({ ...stage.admin, database }, { applicationName: STAYS });
    return { ...plain, order: { operation, request, database }, release: () => filler.close() };
  }
  if (operation === 'create' || operation === 'ensureBaseline') return plain;
  const { branch } = await stage.provider.create(request);
  const facts = await stage.provider.connect(branch);
  const held = operation === 'remove' ? await obstruct(facts, repositoryId) : undefined;
  return {
    ...plain,
    order: { operation, request, branch },
    secrets: { 'branch’s password': facts.password },
    release: async () => held?.close(),
  };
}

const STAYS = 'a session that stays';

/** A session that stays, and a prepared transaction: either stops a plain DROP DATABASE. */
async function obstruct(facts: ConnectionFacts, repositoryId: number): Promise<Connection> {
  await tell(facts, 'BEGIN', 'CREATE TABLE held ()', `PREPARE TRANSACTION 'held by ${repositoryId}'`);
  return openConnection(facts, { applicationName: STAYS });
}

/** The operation without a fault: its statements, in order. */
export async function soundRun(stage: Stage, operation: OperationName): Promise<readonly string[]> {
  const arranged = await arrange(stage, operation);
  const proxy = await startFaultyProxy(stage.admin);
  try {
    await perform(providerFor(proxy.facts), arranged.order);
    return proxy.statements;
  } finally {
    await proxy.close();
    assert.deepEqual(await aftermath(stage, arranged, true), []);
    await arranged.release();
  }
}

/** Runs the operation with its fault and gives what is wrong afterwards. */
export async function runTrial(stage: Stage, trial: Trial, program: string): Promise<Outcome> {
  const { point } = trial;
  const arranged = await arrange(stage, trial.operation);
  const run = trial.kind === 'kill our process' ? inChild(program) : inProcess;
  const { output, statement, problem } = await struckRun(stage, trial, arranged.order, run);
  if (CRASHES.has(trial.kind)) await stage.server.revive();
  const violations = [
    ...(problem ? [problem] : []),
    ...alwaysWrong(within(await survey(stage.admin), arranged.scope)),
    ...(await failuresOf(() => aftermath(stage, arranged, point.moment !== 'before'))),
    ...leaks(output, { ...stage.secrets, ...arranged.secrets }),
  ];
  await arranged.release();
  return { trial, statement, violations };
}

type Ended = { readonly output: string; readonly succeeded: boolean };
type Running = { readonly ended: Promise<Ended>; readonly kill: () => Promise<void> };
type Run = (facts: ConnectionFacts, order: Order) => Running;

async function struckRun(stage: Stage, { kind, point }: Trial, order: Order, run: Run) {
  let running: Running | undefined;
  const strike = (struck: Struck) => STRIKES[kind](struck, stage, async () => running?.kill());
  const proxy = await startFaultyProxy(stage.admin, point, strike);
  try {
    running = run(proxy.facts, order);
    const { output, succeeded } = await running.ended;
    const reached = proxy.wasReached();
    const statement = reached ? proxy.statements[point.statement - 1] : undefined;
    const mustSucceed = kind === 'hold the answer back' && !succeeded;
    return { output, statement, problem: mustSucceed ? `it failed: ${output.slice(0, 500)}` : undefined };
  } finally {
    await proxy.close();
  }
}

const inProcess: Run = (facts, order) => {
  const lines: string[] = [];
  const provider = providerFor(facts, { onProgress: (text) => void lines.push(text) });
  const ended = perform(provider, order).then(
    () => ({ output: lines.join('\n'), succeeded: true }),
    (error: unknown) => ({ output: [...lines, inspect(error, { depth: 10 })].join('\n'), succeeded: false }),
  );
  return { ended, kill: async () => undefined };
};

function inChild(program: string): Run {
  return (facts, order) => {
    const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'pipe'] });
    const chunks: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    const told: ChildOrder = { ...order, facts: { ...facts, password: facts.password.reveal() } };
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(told));
    const gone = once(child, 'close');
    const ended = gone.then(([code]) => ({
      output: Buffer.concat(chunks).toString(),
      succeeded: code === 0,
    }));
    return {
      ended,
      kill: async () => {
        child.kill('SIGKILL');
        await gone;
      },
    };
  };
}

async function failuresOf(work: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await work();
  } catch (error) {
    return [`the next run fails: ${inspect(error)}`];
  }
}

/** What the next run finds, does and leaves: everything whole, the baseline's rows, and nothing in the end. `again`: a reset is done once more. */
async function aftermath(
  stage: Stage,
  { order, scope, secrets }: Arranged,
  again: boolean,
): Promise<readonly string[]> {
  const { operation, request } = order;
  const own = MADE_IN_TRIAL.has(operation);
  if (own) await perform(stage.provider, order);
  const wrong = [...(await usable(stage, request, secrets))];
  if (operation === 'reset' && again) wrong.push(...(await usableAfterReset(stage, request)));
  await stage.provider.remove(request.identity);
  if ((await stage.provider.remove(request.identity)).removed)
    wrong.push('there was more to remove the second time');
  if (own) {
    const found = await stage.provider.findBaseline(request.baselineId);
    if (!found) wrong.push('the baseline is not found');
    await dropOwnBaseline(stage, order);
  } else {
    const entry = await entryOf(stage.admin, stage.baselineDatabase);
    if (entry !== stage.fingerprint.entry) wrong.push(`the baseline’s entry changed to ${entry}`);
  }
  return [...wrong, ...left(within(await survey(stage.admin), scope))];
}

/** The branch that `create` gives now is whole, and equals the baseline. */
async function usable(
  stage: Stage,
  request: CreateRequest,
  secrets: Record<string, Secret>,
): Promise<readonly string[]> {
  const { branch } = await stage.provider.create(request);
  const wrong = [...(await likeBaseline(stage, branch))];
  secrets['next branch’s password'] = (await stage.provider.connect(branch)).password;
  const { repositoryId } = request.identity;
  return [...wrong, ...unsettled(within(await survey(stage.admin), { repositoryId }))];
}

async function usableAfterReset(stage: Stage, request: CreateRequest): Promise<readonly string[]> {
  const found = await stage.provider.find(request.identity);
  if (!found) return ['the branch is not found'];
  const facts = await stage.provider.connect(found);
  await ask(facts, 'DROP TABLE tags');
  const { branch } = await stage.provider.reset(found, request.baselineId);
  return likeBaseline(stage, branch);
}

async function likeBaseline({ provider, fingerprint }: Stage, branch: Branch): Promise<readonly string[]> {
  const facts = await provider.connect(branch);
  await ask(facts, 'CREATE TABLE mine (id int)');
  await ask(facts, 'DROP TABLE mine');
  const content = await contentOf(facts);
  return content === fingerprint.content
    ? []
    : [`${branch.name} holds other rows than its baseline: ${content}`];
}

async function dropOwnBaseline({ admin }: Stage, { request, database }: Order): Promise<void> {
  const rows = await ask(admin, `SELECT datname::text AS name FROM pg_database WHERE datistemplate`);
  const names = rows.map(({ name }) => String(name));
  const built = names.find(
    (name) => name.includes(`_${request.identity.repositoryId}_`) && name.startsWith('pullgres_baseline'),
  );
  const name = database ?? built;
  if (name) await dropBaseline(admin, request.baselineId, name);
}

export function trialName({ operation, kind, point }: Trial): string {
  return `${operation}: ${kind} ${point.moment} statement ${point.statement}`;
}
export const MOMENTS: readonly Moment[] = ['before', 'during', 'after'];
