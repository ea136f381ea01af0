import { spawn } from 'node:child_process';
import { UserError } from '../errors.ts';
import { findProgram, programEnvironment } from '../program.ts';

export type GitResult = { readonly code: number; readonly stdout: Buffer; readonly stderr: string };

/** Git's own variables would turn it to another repository or configuration; hooks of the runner set them. */
function cleanEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const kept = Object.entries(programEnvironment()).filter(([name]) => !name.startsWith('GIT_'));
  return {
    ...Object.fromEntries(kept),
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    LC_ALL: 'C',
    ...extra,
  };
}

/**
 * Runs git with an argument array in the repository's top folder. Never throws for git's own failures: read `code`.
 * Throws UserError when git is not installed.
 */
export function runGit(
  root: string,
  args: readonly string[],
  options: { readonly input?: string; readonly environment?: Readonly<Record<string, string>> } = {},
): Promise<GitResult> {
  const program = findProgram('git');
  if (program === undefined) return Promise.reject(noGit(root, undefined));
  return new Promise((resolve, reject) => {
    // A container's user often differs from the checkout's owner; this allows the one folder that the caller named.
    const child = spawn(program, ['-c', `safe.directory=${root}`, ...args], {
      cwd: root,
      env: cleanEnvironment(options.environment ?? {}),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    child.on('error', (cause) => reject(noGit(root, cause)));
    child.on('close', (code) =>
      resolve({ code: code ?? 1, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString() }),
    );
  });
}

function noGit(root: string, cause: unknown): UserError {
  return new UserError(`git could not be started in ${root}.`, {
    hint: 'Run actions/checkout before this action, on a runner that has git.',
    cause,
  });
}

/** Throws UserError unless the text is a full commit hash. Nothing else is ever handed to git as a commit. */
export function fullSha(text: string): string {
  if (/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(text)) return text;
  throw new UserError(`${JSON.stringify(text.slice(0, 80))} is not a full commit hash.`, {
    hint: 'Branch and tag names are not taken here.',
  });
}
