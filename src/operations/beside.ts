import type { Migration } from '../migrations/migration.ts';
import { durationMs } from '../policy/duration.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import { type ContentionRecord, startContention } from '../rehearsal/contention/contention.ts';
import {
  contentionTargets,
  type Rates,
  type Targets,
  unsafeToProbe,
} from '../rehearsal/contention/targets.ts';
import type { Limits } from '../rehearsal/problem.ts';
import type { RehearsalRequest, RehearsalResult } from '../rehearsal/rehearse.ts';
import type { Sizes } from '../rehearsal/sizes.ts';
import type { LoadedPolicy } from './policy.ts';
import type { RehearseOptions } from './rehearse.ts';

/** What stands beside a rehearsal; `stop` ends it and gives the record. */
export type Beside = {
  readonly contention?: RehearsalRequest['contention'];
  readonly stop: (runs?: RehearsalResult['migrations']) => Promise<ContentionRecord>;
};

type BesideOptions = {
  readonly facts: ConnectionFacts;
  readonly migrations: readonly Migration[];
  readonly rates: Rates;
  readonly sizes: Sizes;
  readonly signal: AbortSignal;
};

function idleMs({ loaded }: RehearseOptions): number | undefined {
  const idle = loaded.policy.rehearsal['idle-transaction'];
  return idle === undefined ? undefined : durationMs(idle);
}

/** The policy's limits; `extraMs` comes on top of each. */
export function limitsOf({ policy: { rehearsal } }: LoadedPolicy, extraMs = 0): Limits {
  return {
    statementTimeoutMs: durationMs(rehearsal['statement-timeout']) + extraMs,
    lockTimeoutMs: durationMs(rehearsal['lock-timeout']) + extraMs,
  };
}

/**
 * The limits beside an idle transaction, where one is asked for: a wait for it comes on top, since what it keeps waiting,
 * and for how long, is what was asked.
 */
export function limitsBeside(options: RehearseOptions): Limits {
  return limitsOf(options.loaded, idleMs(options));
}

function nothing(status: 'off' | 'unsafe', reason: string): Beside {
  return { stop: async () => ({ status, reason, tables: [] }) };
}

const OFF = 'rehearsal.contention is off in the policy';
const UNTOUCHED = 'no table that existed before is locked or changed';

function chosen(
  { loaded, lint, catalog }: RehearseOptions,
  { migrations, rates, sizes }: BesideOptions,
): Targets {
  const paths = new Set(migrations.map(({ path }) => path));
  const statements = lint.statements.filter(({ place }) => paths.has(place.file));
  const targets = contentionTargets(statements, catalog, rates, sizes);
  if (loaded.policy.rehearsal.contention === 'auto') return targets;
  return { ...targets, probed: [], left: [] };
}

/** Begins what the policy asks for beside the migrations. Throws the signal's reason when aborted. */
export async function startBeside(options: RehearseOptions, beside: BesideOptions): Promise<Beside> {
  if (beside.migrations.length === 0) return nothing('off', 'nothing is pending');
  const unsafe = unsafeToProbe(beside.migrations);
  if (unsafe !== undefined) return nothing('unsafe', unsafe);
  const idle = idleMs(options);
  const targets = chosen(options, beside);
  if (targets.probed.length === 0 && idle === undefined) {
    return nothing('off', options.loaded.policy.rehearsal.contention === 'off' ? OFF : UNTOUCHED);
  }
  const { facts, rates, signal } = beside;
  const contention = await startContention({ facts, targets, rates, idleMs: idle, signal });
  return { contention, stop: contention.stop };
}
