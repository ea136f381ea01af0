import { branchPassword } from '../../src/branching/credentials.ts';
import { parseLabel } from '../../src/branching/labels.ts';
import { createMemoryProvider, type MemoryStore, memoryStore } from '../../src/branching/memory.ts';
import type { Trust } from '../../src/branching/provider.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { type Subject, soundOnly } from './subject.ts';

/** The rows behind the facts, as a server would give them: only to the right password. */
function open(store: MemoryStore, facts: ConnectionFacts): string[] {
  const database = store.databases.get(facts.database);
  if (!database) throw new Error(`no database ${facts.database}`);
  const label = parseLabel(database.comment);
  const labels =
    label && 'branch' in label
      ? label.branch.labels
      : label && 'shard' in label
        ? label.shard.labels
        : undefined;
  if (labels) {
    const expected = branchPassword(store.secret, labels).reveal();
    if (facts.password.reveal() !== expected) throw new Error('wrong password');
  }
  return database.rows;
}

/** A subject over memory; every reading of the clock is a second later. */
export function memorySubject(store: MemoryStore = memoryStore()): Subject {
  let seconds = 0;
  const now = () => new Date(Date.UTC(2026, 5, 1, 0, 0, seconds++));
  const trust = { judge: soundOnly };
  const options = { now, store, pageSize: 2, trust: ((...given) => trust.judge(...given)) as Trust };
  return {
    provider: createMemoryProvider(options),
    another: createMemoryProvider(options),
    repositoryId: 1001,
    trust,
    write: async (facts, row) => void open(store, facts).push(row),
    read: async (facts) => [...open(store, facts)],
    plant: async (name, comment) => void store.databases.set(name, { comment, rows: [] }),
    relabel: async (name, comment) => {
      const database = store.databases.get(name);
      if (database) database.comment = comment;
    },
    databases: async () => [...store.databases.keys()].sort(),
    dispose: async () => {},
  };
}
