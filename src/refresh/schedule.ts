import type { Connection } from '../postgres/connection.ts';

/** Work on a session of its own, and the tables that it locks: `exclusive` against everybody, `shared` against exclusive ones. */
export type Task = {
  readonly exclusive: readonly string[];
  readonly shared: readonly string[];
  readonly run: (session: Connection) => Promise<void>;
};

/**
 * Runs the tasks over some sessions at once, in their order but for those that would only wait for another's lock. The
 * first failure lets the running ones end and starts no more; it is thrown.
 */
export async function runTasks(
  tasks: readonly Task[],
  size: number,
  open: () => Promise<Connection>,
): Promise<void> {
  const waiting = [...tasks];
  const running = new Map<Task, Promise<void>>();
  const idle: Connection[] = [];
  const sessions: Connection[] = [];
  let failure: { readonly error: unknown } | undefined;
  const start = (task: Task): void => {
    waiting.splice(waiting.indexOf(task), 1);
    const work = async (): Promise<void> => {
      try {
        const session = idle.pop() ?? (await open());
        if (!sessions.includes(session)) sessions.push(session);
        await task.run(session);
        idle.push(session);
      } catch (error) {
        failure ??= { error };
      }
      running.delete(task);
    };
    running.set(task, work());
  };
  try {
    while (running.size > 0 || (waiting.length > 0 && failure === undefined)) {
      const free = failure === undefined && running.size < size;
      const next = free
        ? waiting.find((task) => [...running.keys()].every((other) => !collide(task, other)))
        : undefined;
      if (next !== undefined) start(next);
      else await Promise.race(running.values());
    }
  } finally {
    await Promise.all(sessions.map((session) => session.close()));
  }
  if (failure !== undefined) throw failure.error;
}

function collide(one: Task, other: Task): boolean {
  const meets = (locks: readonly string[], task: Task): boolean =>
    locks.some((lock) => task.exclusive.includes(lock) || task.shared.includes(lock));
  return meets(one.exclusive, other) || one.shared.some((lock) => other.exclusive.includes(lock));
}
