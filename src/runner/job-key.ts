import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { World } from './world.ts';

const KEY = /^[0-9a-f]{8}$/;

/**
 * Eight hexadecimal digits that all steps of this job share, its post steps too, and no other job has. GitHub gives a job
 * no such name: the legs of a matrix have one GITHUB_JOB, and two runners may have one RUNNER_NAME. So the first step
 * draws it and keeps it in the runner's temporary folder, which is emptied before and after each job.
 */
export async function jobKey({ temporary }: Pick<World, 'temporary'>): Promise<string> {
  const path = join(temporary, 'job');
  const kept = await readKey(path);
  if (kept !== undefined) return kept;
  await mkdir(temporary, { recursive: true, mode: 0o700 });
  const key = randomBytes(4).toString('hex');
  await writeFile(path, key, { mode: 0o600 });
  return key;
}

async function readKey(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text !== undefined && KEY.test(text) ? text : undefined;
}
