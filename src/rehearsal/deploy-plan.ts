import type { MigrationRun, ObservedStatement, RehearsalRecord } from '../evidence/schema.ts';
import { code } from '../rules/words.ts';
import { blockedBy, type LockMode, lockStrength } from '../sql/effect.ts';
import type { Rates } from './contention/targets.ts';
import { duration } from './duration.ts';
import { type Hold, lockTimeout } from './lock-timeout.ts';

export type Deploy = NonNullable<RehearsalRecord['deploy']>;

/** A statement as it ran, with its kind in the grammar. */
export type Step = ObservedStatement & { readonly kind: string };

export type DeployInput = {
  /** The migrations in order, each parted into its transactions. */
  readonly migrations: readonly {
    readonly file: string;
    readonly durationMs: MigrationRun['durationMs'];
    readonly transactions: readonly (readonly Step[])[];
  }[];
  /** Names of the tables and materialized views that existed before the change. */
  readonly existing: ReadonlySet<string>;
  readonly isPartitioned: (relation: string) => boolean;
  readonly parentsOf: (relation: string) => readonly string[];
  readonly rates: Rates;
  /** All migrations ran to their end: only then can it be said that nothing is blocked. */
  readonly isWhole: boolean;
  /** Whether a table held no row when the migrations began: what it went through says nothing of production. */
  readonly isEmpty: (relation: string) => boolean;
};

/** Holds, and work under a lock, that are shorter than this need no plan. Milliseconds. */
const SHORT_MS = 100;

function stronger(a: LockMode, b: LockMode): LockMode {
  return lockStrength(a) >= lockStrength(b) ? a : b;
}

/** The locks of one transaction that keep others from an existing table, with the step that took them. */
function blocking(steps: readonly Step[], { existing }: DeployInput) {
  return steps.flatMap((step, at) =>
    step.locks
      .filter(({ relation, mode }) => existing.has(relation) && blockedBy(mode).writes)
      .map((lock) => ({ ...lock, at, step })),
  );
}

/** How long a transaction blocks each table: all its locks last until it ends, so the first of a table lasts longest. */
function holds(steps: readonly Step[], input: DeployInput): readonly Hold[] {
  const found = new Map<string, Hold>();
  for (const { relation, mode, heldMs } of blocking(steps, input)) {
    const known = found.get(relation) ?? { relation, mode, heldMs: 0 };
    found.set(relation, {
      relation,
      mode: stronger(mode, known.mode),
      heldMs: Math.max(heldMs, known.heldMs),
    });
  }
  return [...found.values()];
}

function addUp(all: readonly Hold[]): readonly Hold[] {
  const total = new Map<string, Hold>();
  for (const { relation, mode, heldMs } of all) {
    const known = total.get(relation);
    total.set(relation, {
      relation,
      mode: known === undefined ? mode : stronger(mode, known.mode),
      heldMs: heldMs + (known?.heldMs ?? 0),
    });
  }
  return [...total.values()].toSorted((a, b) => b.heldMs - a.heldMs || (a.relation < b.relation ? -1 : 1));
}

function blockedWords({ relation, mode, heldMs }: Hold): string {
  const what = blockedBy(mode).reads ? 'reads and writes' : 'writes';
  return `${what} of ${code(relation)} for ${duration(heldMs)}`;
}

/** Tables in one sentence. */
const LISTED = 5;

function listed(items: readonly string[]): string {
  const more = items.length > LISTED ? [`${items.length - LISTED} more`] : [];
  const all = [...items.slice(0, LISTED), ...more];
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} and ${all.at(-1)}`;
}

function orderAdvice(input: DeployInput): string[] {
  return input.migrations.flatMap(({ file, durationMs, transactions }) => {
    const long = addUp(transactions.flatMap((steps) => holds(steps, input))).filter(
      ({ heldMs }) => heldMs >= SHORT_MS,
    );
    if (long.length === 0) return [];
    return [`${code(file)} (${duration(durationMs)}) blocks ${listed(long.map(blockedWords))}.`];
  });
}

function worksOn({ rewrites, scans, builtOn = [], locks }: Step): readonly string[] {
  const named = [...rewrites, ...scans, ...builtOn];
  return named.length > 0 ? named : locks.map(({ relation }) => relation);
}

/** Work that goes on under a lock and has nothing to do with it: committed first, it would keep nobody waiting. */
function splitAdvice(steps: readonly Step[], file: string, input: DeployInput): string[] {
  const [worst] = blocking(steps, input)
    .map((lock) => {
      const later = steps
        .slice(lock.at + 1)
        .filter((step) => step.kind !== 'TransactionStmt' && !worksOn(step).includes(lock.relation));
      return { lock, later, ms: later.reduce((sum, { durationMs }) => sum + durationMs, 0) };
    })
    .toSorted((a, b) => b.ms - a.ms);
  if (worst === undefined || worst.ms < SHORT_MS) return [];
  const { lock, later, ms } = worst;
  const slowest = later.toSorted((a, b) => b.durationMs - a.durationMs)[0];
  const { mode, relation, step } = lock;
  return [
    `Split ${code(file)}: line ${step.place.line} takes ${mode} on ${code(relation)} and keeps it for ${duration(ms)} of other work, most of it in line ${slowest?.place.line}. Move that work into a migration of its own.`,
  ];
}

function isFamily(a: string, b: string, parentsOf: DeployInput['parentsOf']): boolean {
  const line = (relation: string): readonly string[] => [relation, ...parentsOf(relation).flatMap(line)];
  return line(a).some((ancestor) => line(b).includes(ancestor));
}

/** Two tables locked one after the other: whoever uses them in the other order waits for us while we wait for him. */
function deadlockAdvice(steps: readonly Step[], file: string, input: DeployInput): string[] {
  const [first, ...rest] = blocking(steps, input);
  if (first === undefined) return [];
  const others = rest.filter(
    ({ at, relation }) => at !== first.at && !isFamily(relation, first.relation, input.parentsOf),
  );
  const [second] = others;
  if (second === undefined) return [];
  return [
    `${code(file)} locks ${code(first.relation)} (line ${first.step.place.line}) and then ${code(second.relation)} (line ${second.step.place.line}) in one transaction: sessions that use them in the other order can deadlock with it. Change one table in each transaction.`,
  ];
}

const CONCURRENT: Readonly<Record<string, string>> = {
  IndexStmt: 'CREATE INDEX CONCURRENTLY',
  ReindexStmt: 'REINDEX … CONCURRENTLY',
};

/** The server refuses CONCURRENTLY on a partitioned table, so a build that went from there into its partitions has no such form. */
function outsideAdvice(steps: readonly Step[], file: string, input: DeployInput): string[] {
  return blocking(steps, input).flatMap(({ step, relation, heldMs }) => {
    const form = CONCURRENT[step.kind];
    const builds = step.builds.length > 0 && step.durationMs >= SHORT_MS;
    const isParted = step.locks.some((lock) => input.isPartitioned(lock.relation));
    if (form === undefined || !builds || isParted) return [];
    return [
      `Use ${form} for line ${step.place.line} of ${code(file)}, in a migration that runs outside a transaction: as it stands it blocks ${code(relation)} for ${duration(heldMs)}.`,
    ];
  });
}

/** That nothing is blocked for long, where the run can tell it. */
function calm(all: readonly Hold[], { isWhole, isEmpty }: DeployInput): string[] {
  if (!isWhole) return [];
  const words = `No table that existed before is blocked for ${SHORT_MS} ms or longer`;
  const empty = [...new Set(all.map(({ relation }) => relation))].filter(isEmpty);
  if (empty.length === 0) return [`${words}.`];
  const verb = empty.length === 1 ? 'is' : 'are';
  return [
    `${words} on these rows; ${listed(empty.map(code))} ${verb} empty here, which says nothing of production.`,
  ];
}

/**
 * What to know and to do for the deploy of all migrations: how long each existing table is blocked in total, what to
 * split, what to run outside a transaction, and which lock_timeout to set. By measurement on the branch.
 */
export function deployPlan(input: DeployInput): Deploy {
  const each = input.migrations.flatMap(({ file, transactions }) =>
    transactions.map((steps) => ({ file, steps, holds: holds(steps, input) })),
  );
  const all = each.flatMap((transaction) => transaction.holds);
  const tables = addUp(all).map((hold) => ({ ...hold }));
  const timeout = lockTimeout(all, input.rates);
  const order = orderAdvice(input);
  const advice = [
    ...(order.length === 0 ? calm(all, input) : order),
    ...each.flatMap(({ steps, file }) => splitAdvice(steps, file, input)),
    ...each.flatMap(({ steps, file }) => outsideAdvice(steps, file, input)),
    ...each.flatMap(({ steps, file }) => deadlockAdvice(steps, file, input)),
    ...(timeout === undefined ? [] : [timeout.advice]),
  ];
  return {
    tables,
    advice: [...new Set(advice)],
    ...(timeout === undefined ? {} : { lockTimeoutMs: timeout.ms }),
  };
}
