import type { Evidence } from '../evidence/schema.ts';
import { failedMigrations } from '../evidence/verdict.ts';
import { fingerprint } from '../rules/fingerprint.ts';
import type { Finding } from '../rules/rule.ts';
import type { Place } from '../sql/statement.ts';

/** What a migration that the server refused is called beside the rules. */
export const MIGRATION_FAILED = 'migration-failed';

type Told = Pick<Evidence, 'lint' | 'rehearsal'>;

/**
 * Migrations that failed on the branch, in the form of findings, for formats that know nothing else. Each stands on the
 * whole line that the server named, or on the file's first; `texts` are those of the files that are at hand.
 */
export function failedMigrationFindings(
  evidence: Told,
  texts: ReadonlyMap<string, string>,
): readonly Finding[] {
  return failedMigrations(evidence).map(({ file, problem, state }) => {
    const at = problem?.file ?? file;
    return {
      rule: MIGRATION_FAILED,
      severity: 'error',
      place: linePlace(at, problem?.line ?? 1, texts.get(at)),
      relation: undefined,
      message: `The migration failed on the branch: ${problem?.message ?? 'the server gave no message'}`,
      help: [problem?.hint, problem?.code && `SQLSTATE ${problem.code}.`, state].filter(Boolean).join(' '),
      fix: [],
      evidence: 'observed',
      fingerprint: fingerprint(MIGRATION_FAILED, undefined, file, problem?.code ?? ''),
    };
  });
}

/** Without the text, or where it has no such line, only the line is known. */
function linePlace(file: string, asked: number, text: string | undefined): Place {
  const lines = text?.split('\n') ?? [];
  const line = text === undefined || asked <= lines.length ? asked : 1;
  const own = (lines[line - 1] ?? '').replace(/\r$/, '');
  const startByte = Buffer.byteLength(lines.slice(0, line - 1).join('\n')) + (line > 1 ? 1 : 0);
  return {
    file,
    line,
    column: 1,
    endLine: line,
    endColumn: [...own].length + 1,
    ...(text === undefined
      ? { startByte: 0, endByte: 0 }
      : { startByte, endByte: startByte + Buffer.byteLength(own) }),
  };
}
