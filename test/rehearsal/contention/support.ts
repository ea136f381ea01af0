import { setTimeout as sleep } from 'node:timers/promises';
import type { Migration } from '../../../src/migrations/migration.ts';
import { catalogOf } from '../../../src/operations/live-catalog.ts';
import type { ConnectionFacts } from '../../../src/postgres/facts.ts';
import {
  type Contention,
  type ContentionRecord,
  startContention,
} from '../../../src/rehearsal/contention/contention.ts';
import { contentionTargets, type Rates, type Targets } from '../../../src/rehearsal/contention/targets.ts';
import type { RehearsalResult } from '../../../src/rehearsal/rehearse.ts';
import type { LockMode } from '../../../src/sql/effect.ts';
import { one, rehearsed } from '../support.ts';

type More = {
  readonly rates?: Rates;
  readonly idleMs?: number;
  readonly signal?: AbortSignal;
  readonly lock?: LockMode;
};

/** What the catalog says of these relations, chosen as if a statement locked them. */
export async function targetsOf(
  facts: ConnectionFacts,
  relations: readonly string[],
  lock: LockMode = 'AccessExclusiveLock',
): Promise<Targets> {
  const { catalog } = await catalogOf(facts);
  const effects = relations.map((relation) => ({ relation, lock }));
  return contentionTargets([{ sql: '', kind: '', seen: true, effects }], catalog, new Map());
}

export async function started(
  facts: ConnectionFacts,
  relations: readonly string[],
  more: More = {},
): Promise<Contention> {
  const { rates = new Map(), idleMs, signal, lock } = more;
  const targets = await targetsOf(facts, relations, lock);
  return startContention({ facts, targets, rates, idleMs, signal });
}

/** Rehearses beside probes of these relations. */
export async function beside(
  facts: ConnectionFacts,
  relations: readonly string[],
  migrations: readonly Migration[],
  more: More = {},
): Promise<{ readonly result: RehearsalResult; readonly record: ContentionRecord }> {
  const contention = await started(facts, relations, more);
  try {
    const signal = more.signal === undefined ? {} : { signal: more.signal };
    const result = await rehearsed(facts, migrations, { contention, ...signal });
    return {
      result,
      record: await contention.stop(result.status === 'passed' ? result.migrations : undefined),
    };
  } finally {
    await contention.stop();
  }
}

/** Sessions in this database beside the one that asks, once those that said good-bye have had five seconds to go. */
export async function sessionsLeft(facts: ConnectionFacts): Promise<number> {
  const count = async () => {
    const row = await one(
      facts,
      `select count(*)::int as n from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
    );
    return Number(row?.n);
  };
  for (let attempt = 0; attempt < 50; attempt++) {
    if ((await count()) === 0) return 0;
    await sleep(100);
  }
  return count();
}
