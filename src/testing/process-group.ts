import { setTimeout as sleep } from 'node:timers/promises';

/** From SIGTERM to SIGKILL. The runner itself waits 7.5 s after SIGINT before it goes on to SIGTERM. */
export const KILL_AFTER_MS = 5_000;
const POLL_MS = 20;

/** A killed process that its parent has not reaped yet still counts as alive: do not wait for that for ever. */
const REAP_MS = 1_000;

/**
 * Ends every process of the group: SIGTERM, up to 5 s, SIGKILL. Returns when the group is empty.
 * A stopped process gets SIGCONT too, since it would not hear SIGTERM.
 */
export async function endGroup(group: number): Promise<void> {
  if (!send(group, 'SIGTERM')) return;
  send(group, 'SIGCONT');
  if (await emptied(group, KILL_AFTER_MS)) return;
  send(group, 'SIGKILL');
  await emptied(group, REAP_MS);
}

async function emptied(group: number, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (send(group, 0)) {
    if (performance.now() > end) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** False when no process of the group is left (kill(2): a negative id means the group; ESRCH). */
function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    // EPERM: members are left, but none that we may signal (macOS also says so for a group of zombies).
    return (error as NodeJS.ErrnoException).code === 'EPERM' && signal !== 0;
  }
}
