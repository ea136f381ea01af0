import type { Connection } from '../postgres/connection.ts';

/** What each observer's session has prepared. */
const prepared = new WeakMap<Connection, Set<string>>();

/**
 * Asks a question, about one backend (`$1`) or none, that is asked again and again: planned once in the observer's session, since
 * planning is most of such a question's time, and time of the server is time of what it runs. `name` is an identifier.
 */
export async function askAgain(
  observer: Connection,
  name: string,
  sql: string,
  processId = 0,
): Promise<Record<string, unknown>[]> {
  const names = prepared.get(observer) ?? new Set();
  if (!names.has(name)) {
    // Else the first five would be planned anew (docs: PREPARE, Notes).
    await observer.script(`set plan_cache_mode to force_generic_plan; prepare ${name}(int) as ${sql}`);
    prepared.set(observer, names.add(name));
  }
  return (await observer.query(`execute ${name}(${Math.trunc(processId)})`)).rows;
}
