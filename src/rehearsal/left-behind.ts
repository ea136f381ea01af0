import type { Migration } from '../migrations/migration.ts';
import type { Connection } from '../postgres/connection.ts';
import type { Finding } from '../rules/rule.ts';
import { parseSql } from '../sql/parse.ts';
import type { Statement } from '../sql/statement.ts';
import { failureState } from './failure-state.ts';
import { leftoverFinding } from './leftover-findings.ts';
import { type Leftover, newLeftovers, readLeftovers, recordedLeftovers } from './leftovers.ts';
import type { MigrationRecord } from './rehearse-one.ts';

type Left = { readonly migration: Migration; readonly leftovers: readonly Leftover[] };

/** What the migrations of one run leave behind, read after each of them. */
export type LeftBehind = {
  /** Reads what the migration left, once its session is closed, and says how a failed one stands. */
  readonly after: (migration: Migration, record: MigrationRecord) => Promise<MigrationRecord>;
  /** The records without what a later migration finished, and a finding for each thing that is still there. */
  readonly settle: (records: readonly MigrationRecord[]) => {
    readonly migrations: MigrationRecord[];
    readonly findings: Finding[];
  };
};

function statementsOf(migration: Migration): readonly Statement[] {
  const parsed = parseSql(migration.text, migration.path, migration.up);
  return parsed.ok ? parsed.statements : [];
}

function withState(
  migration: Migration,
  record: MigrationRecord,
  leftovers: readonly Leftover[],
): MigrationRecord {
  if (record.outcome === 'applied') return record;
  const state = failureState({
    migration,
    statements: statementsOf(migration),
    sent: record.statements.length,
    // A refusal of the history or of COMMIT has no line.
    refusedLater: record.problem?.line === undefined,
    leftovers,
  });
  return { ...record, state };
}

function withLeftovers(record: MigrationRecord, leftovers: readonly Leftover[]): MigrationRecord {
  return leftovers.length === 0 ? record : { ...record, leftovers: recordedLeftovers(leftovers) };
}

/** Begins with what is unfinished already, which is no migration's fault. Throws what the observer throws. */
export async function startLeftBehind(observer: Connection): Promise<LeftBehind> {
  let last = await readLeftovers(observer);
  const left: Left[] = [];
  const stillThere = ({ leftovers }: Left): readonly Leftover[] =>
    last.filter(({ key }) => leftovers.some((each) => each.key === key));
  return {
    after: async (migration, record) => {
      const before = last;
      last = await readLeftovers(observer);
      const leftovers = newLeftovers(before, last);
      left.push({ migration, leftovers });
      return withState(migration, record, leftovers);
    },
    settle: (records) => ({
      migrations: records.map((record, at) => {
        const own = left[at];
        return own === undefined ? record : withLeftovers(record, stillThere(own));
      }),
      findings: left.flatMap((own) => {
        const leftovers = stillThere(own);
        if (leftovers.length === 0) return [];
        const statements = statementsOf(own.migration);
        const file = own.migration.path;
        return leftovers.map((leftover) => leftoverFinding({ leftover, statements, file }));
      }),
    }),
  };
}
