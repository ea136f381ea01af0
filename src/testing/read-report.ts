import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { isAbsolute, relative, resolve } from 'node:path';
import { UserError } from '../errors.ts';
import { MAXIMUM_REPORT_BYTES, parseJunit, tooLarge } from './junit.ts';
import type { TestRun } from './test-run.ts';

/** What a file was at one moment; two stamps are equal when nobody wrote it in between. */
export type ReportStamp = string | undefined;

/** Takes the stamp of the report before the command runs, undefined when there is none yet. */
export async function stampReport(directory: string, file: string): Promise<ReportStamp> {
  try {
    const { ino, size, mtimeNs, ctimeNs } = await stat(resolve(directory, file), { bigint: true });
    return [ino, size, mtimeNs, ctimeNs].join(':');
  } catch {
    return undefined;
  }
}

/**
 * Reads the report that the command wrote, `file` relative to `directory`. Gives a UserError, rather than
 * throwing it, when the report is missing, left from before (its stamp is still `before`: a committed or
 * cached report would be silently green), no plain file, or nothing that `parseJunit` takes.
 */
export async function readReport(
  directory: string,
  file: string,
  before: ReportStamp,
): Promise<TestRun | UserError> {
  try {
    if (before !== undefined && (await stampReport(directory, file)) === before) throw stale(file);
    return parseJunit(await readBounded(directory, file), file);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

async function readBounded(directory: string, file: string): Promise<Buffer> {
  const path = resolve(directory, file);
  if (leaves(directory, path))
    throw new UserError(`The test report ${file} is outside ${directory}.`, {
      hint: 'Let the test command write it inside the repository.',
    });
  // The tests are pull-request code: a link to a device or a pipe would never end, nor would opening it.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => undefined);
  if (handle === undefined) throw missing(file);
  try {
    const found = await handle.stat();
    if (!found.isFile())
      throw new UserError(`The test report ${file} is not a plain file.`, {
        hint: 'Name the file itself, not a folder, a link to a device or a pipe.',
      });
    if (found.size > MAXIMUM_REPORT_BYTES) throw tooLarge(file);
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(found.size + 1) });
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function leaves(directory: string, path: string): boolean {
  const way = relative(resolve(directory), path);
  return way === '..' || way.startsWith('../') || isAbsolute(way);
}

function missing(file: string): UserError {
  return new UserError(
    `The test report ${file} is missing: the test runner crashed before writing it, or writes it elsewhere.`,
    { hint: 'See the end of the test command’s output, and compare tests.junit in the policy.' },
  );
}

function stale(file: string): UserError {
  return new UserError(`The test report ${file} is older than this run: the test command did not write it.`, {
    hint: 'Do not commit or cache the report; let the test command write it each time.',
  });
}
