import type { Report } from './missing.ts';

/** A report for a partition: what was told of its table already is not told again, under either name. */
export function partitionReport(
  report: Report,
  told: ReadonlySet<string>,
  partition: string,
  root: string,
): Report {
  return {
    note: () => {},
    problem: (where, what, remedy) => {
      const above = where.startsWith(partition) ? `${root}${where.slice(partition.length)}` : where;
      if (!told.has(above)) report.problem(where, what, remedy);
    },
  };
}
