import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const KINDS = ['OUTPUT', 'STATE', 'ENV', 'PATH', 'STEP_SUMMARY'] as const;
type Kind = (typeof KINDS)[number];

/** The runner drops a summary beyond this whole (actions/runner, FileCommandManager.cs). Bytes. */
export const SUMMARY_LIMIT = 1024 * 1024;

/** The five files of one step: absolute paths by kind, to be handed over as `GITHUB_<kind>`. */
export type CommandFiles = Readonly<Record<Kind, string>>;

/** Makes five fresh, empty files below `temporary`. */
export function createCommandFiles(temporary: string): CommandFiles {
  const folder = join(temporary, '_runner_file_commands');
  mkdirSync(folder, { recursive: true });
  const suffix = randomUUID();
  const files = Object.fromEntries(
    KINDS.map((kind) => [kind, join(folder, `${kind.toLowerCase()}_${suffix}`)]),
  );
  for (const file of Object.values(files)) writeFileSync(file, '');
  return files as CommandFiles;
}

/** Pairs read before the first malformed line, and what was wrong with it. */
export type KeyValues = { readonly pairs: Record<string, string>; readonly problem: string | undefined };

/**
 * Parses `name=value` and `name<<DELIMITER` by the runner's rules (actions/runner, FileCommandManager.cs):
 * whichever of `=` and `<<` comes first decides, and reading stops at the first malformed line.
 */
export function parseKeyValues(text: string): KeyValues {
  const lines = text.split('\n');
  const pairs: Record<string, string> = {};
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? '';
    if (line === '') continue;
    const equals = line.indexOf('=');
    const heredoc = line.indexOf('<<');
    if (equals >= 0 && (heredoc < 0 || equals < heredoc)) {
      pairs[line.slice(0, equals)] = line.slice(equals + 1);
      continue;
    }
    const [name = '', delimiter = ''] = heredoc < 0 ? [] : [line.slice(0, heredoc), line.slice(heredoc + 2)];
    if (name === '' || delimiter === '') return { pairs, problem: `Invalid format '${line}'` };
    const end = lines.indexOf(delimiter, at + 1);
    if (end < 0) return { pairs, problem: `Invalid value. Matching delimiter not found '${delimiter}'` };
    pairs[name] = lines.slice(at + 1, end).join('\n');
    at = end;
  }
  return { pairs, problem: undefined };
}

/** A missing file is an empty one, as on the runner. */
export function readCommandFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** When a step last wrote to one of its files, in milliseconds of the wall clock; 0 when it never did. */
export function lastWrite(files: CommandFiles): number {
  const times = Object.values(files).map((path) => {
    const facts = statSync(path, { throwIfNoEntry: false });
    return facts && facts.size > 0 ? facts.mtimeMs : 0;
  });
  return Math.max(...times);
}
