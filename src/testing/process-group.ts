import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** From SIGTERM to SIGKILL. The runner itself waits 7.5 s after SIGINT before it goes on to SIGTERM. */
const KILL_AFTER_MS = 5_000;
const POLL_MS = 50;

/** The kernel is quick to kill; what lasts longer hangs in a system call, and waiting does not help. */
const DEATH_MS = 1_000;

/**
 * Ends every process of the group: SIGTERM, up to 5 s, SIGKILL. Returns when no process of the group runs.
 * A stopped process gets SIGCONT too, since it would not hear SIGTERM.
 */
export async function endGroup(group: number): Promise<void> {
  if (!send(group, 'SIGTERM')) return;
  send(group, 'SIGCONT');
  if (await ended(group, KILL_AFTER_MS)) return;
  send(group, 'SIGKILL');
  await ended(group, DEATH_MS);
}

async function ended(group: number, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (send(group, 0) && !onlyZombies(group)) {
    if (performance.now() > end) return false;
    await sleep(POLL_MS);
  }
  return true;
}

/** False when the group is empty (ESRCH), or holds nothing that we may signal (EPERM). */
function send(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

/**
 * The dead that nobody has reaped still count for kill(2). A container job's first process (`tail -f
 * /dev/null` on GitHub's runner) reaps nobody, so waiting for them would last for ever.
 */
function onlyZombies(group: number): boolean {
  if (process.platform !== 'linux') return false;
  const members = processStates().filter((each) => each.group === group);
  return members.length > 0 && members.every(({ state }) => state === 'Z' || state === 'X');
}

/** proc(5): `pid (comm) state ppid pgrp …`, where comm may hold spaces and parentheses. */
function processStates(): readonly { state: string; group: number }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
        const [state = '', , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return [{ state, group: Number(group) }];
      } catch {
        return [];
      }
    });
}
