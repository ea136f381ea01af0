import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export type TrackedProcess = { readonly pid: number; readonly command: string };

function readProcess(pid: string, mark: string): TrackedProcess | undefined {
  try {
    // A zombie's environment reads empty, so one that only waits for its parent is not counted.
    if (!readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(mark)) return undefined;
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
    return { pid: Number(pid), command };
  } catch {
    return undefined; // It ended while we looked, or it is another user's.
  }
}

/** Living processes whose environment carries this `RUNNER_TRACKING_ID`. Linux only: elsewhere none are seen. */
export function trackedProcesses(trackingId: string): TrackedProcess[] {
  if (process.platform !== 'linux') return [];
  const mark = `RUNNER_TRACKING_ID=${trackingId}`;
  return readdirSync('/proc')
    .filter((name) => /^[0-9]+$/.test(name))
    .map((pid) => readProcess(pid, mark))
    .filter((found) => found !== undefined);
}

/** As `trackedProcesses`, once those that are already ending have had `graceMs` to be gone. */
export async function lastingProcesses(trackingId: string, graceMs = 400): Promise<TrackedProcess[]> {
  const until = Date.now() + graceMs;
  let found = trackedProcesses(trackingId);
  while (found.length > 0 && Date.now() < until) {
    await sleep(20);
    found = trackedProcesses(trackingId);
  }
  return found;
}

/** Kills every process that carries the tracking id. */
export function killTracked(trackingId: string): void {
  for (const { pid } of trackedProcesses(trackingId)) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended in the meantime.
    }
  }
}
