import type { MigrationRun } from '../evidence/schema.ts';
import { groupBy } from '../group-by.ts';

/** What ran of each file, as one: a file may hold several migrations, and is shown once. */
export function fileRuns(migrations: readonly MigrationRun[]): ReadonlyMap<string, MigrationRun> {
  const byFile = groupBy(migrations, ({ file }) => file);
  return new Map([...byFile].map(([file, runs]) => [file, runs.reduce(together)]));
}

function together(before: MigrationRun, after: MigrationRun): MigrationRun {
  return {
    ...before,
    outcome: after.outcome === 'failed' ? 'failed' : before.outcome,
    durationMs: before.durationMs + after.durationMs,
    statements: [...before.statements, ...after.statements],
    problem: before.problem ?? after.problem,
    state: before.state ?? after.state,
    down: isReversed(before) ? (after.down ?? before.down) : before.down,
  };
}

function isReversed({ down }: MigrationRun): boolean {
  return down === undefined || down.status === 'reversed';
}
