import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, relative } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** Nothing that a program of the system needs, and what a planted one would look for. */
const WITHHELD = /^(INPUT|STATE|ACTIONS)_|TOKEN/i;

/**
 * The environment for a program of the system: without inputs, states and tokens, and with a PATH that has no relative
 * folder and none inside the workspace, because whoever wrote the pull request chose what stands there.
 */
export function programEnvironment(environment: Environment = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(environment).filter(
    ([name]) => !WITHHELD.test(name) && name.toUpperCase() !== 'PATH',
  );
  return { ...Object.fromEntries(kept), PATH: trustedFolders(environment).join(delimiter) };
}

/** The absolute path of a program on the PATH outside the workspace, undefined when there is none. */
export function findProgram(name: string, environment: Environment = process.env): string | undefined {
  const file = process.platform === 'win32' ? `${name}.exe` : name;
  return trustedFolders(environment)
    .map((folder) => join(folder, file))
    .find((path) => isExecutable(path) && !insideWorkspace(path, environment));
}

function trustedFolders(environment: Environment): readonly string[] {
  const path = Object.entries(environment).find(([name]) => name.toUpperCase() === 'PATH')?.[1] ?? '';
  return path
    .split(delimiter)
    .filter((folder) => isAbsolute(folder) && !insideWorkspace(folder, environment));
}

/** A link inside the workspace to the outside counts as inside, and one from the outside to the inside too. */
function insideWorkspace(path: string, environment: Environment): boolean {
  const workspaces = [process.cwd(), environment.GITHUB_WORKSPACE]
    .filter((folder) => folder !== undefined && isAbsolute(folder))
    .flatMap((folder) => [folder as string, real(folder as string)])
    // A container may work in `/`: then nothing of the system would be left.
    .filter((folder) => relative('/', folder) !== '');
  return workspaces.some((folder) => [path, real(path)].some((candidate) => holds(folder, candidate)));
}

function holds(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!/^\.\.([/\\]|$)/.test(way) && !isAbsolute(way));
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
