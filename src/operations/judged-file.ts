import type { Evidence } from '../evidence/schema.ts';
import { workingTree } from '../migrations/file-tree.ts';
import { seenStatements } from '../report/findings.ts';
import type { World } from '../runner/world.ts';

/** A checked-out file, if every statement that was judged stands there at its place. */
export type JudgedFiles = (path: string) => Promise<Buffer | undefined>;

/**
 * Reads files as they were judged: a report may run in a job that has checked out another commit, or none, and then
 * there is no text to count columns in or to mend.
 */
export function judgedFiles(world: World, evidence: Evidence): JudgedFiles {
  const tree = workingTree(world.workspace);
  const statements = seenStatements(evidence);
  return async (path) => {
    // A link, a folder or a path that leaves the repository was never judged.
    const bytes = await tree.read(path).catch(() => undefined);
    const own = statements.filter(({ place }) => place.file === path);
    const stands = ({ place, sql }: (typeof own)[number]) => {
      const there = bytes?.toString('utf8', place.startByte, place.endByte);
      // The evidence cuts a long statement, with this mark at its end.
      return there === sql || (sql.endsWith('…') && there?.startsWith(sql.slice(0, -1)));
    };
    return own.every(stands) ? bytes : undefined;
  };
}
