import type { World } from '../runner/world.ts';
import type { PostgresVersion } from '../sql/effect.ts';

/** Judged by when nobody says what production runs. */
export const NEWEST: PostgresVersion = 18;

/** Today in UTC, for the expiry of exceptions: `2026-11-21`. */
export function today(world: World): string {
  return world.now().toISOString().slice(0, 10);
}
