import { blockedBy, type RelationEffect } from '../sql/effect.ts';
import type { Setting } from './context.ts';
import { milliseconds } from './duration.ts';
import type { RuleContext } from './rule.ts';
import { onExisting } from './words.ts';

const NOT_TABLES = new Set(['index', 'sequence', 'view']);

/** The tables that a statement closes to writers, or to readers too, and that stood before the change. */
export function stronglyLocked({ effects, catalog }: RuleContext): readonly RelationEffect[] {
  return onExisting(effects, catalog).filter(
    ({ lock, kind, relation }) =>
      blockedBy(lock).writes &&
      !NOT_TABLES.has(kind) &&
      (catalog.relations.has(relation) || !catalog.complete),
  );
}

/** Whether a statement would wait for a lock for ever: no lock_timeout is in force, or 0, which means none (documentation 20.11.1). */
export function waitsForEver({ session }: RuleContext): boolean {
  return (limit(session.settings.get('lock_timeout')) ?? 0) === 0;
}

/** A timeout in milliseconds; undefined when it was not set. */
export function limit(setting: Setting | undefined): number | undefined {
  return setting === undefined ? undefined : milliseconds(setting.value);
}

/** Whether one of these timeouts is in force. */
export function isLimited({ session }: RuleContext, ...names: readonly string[]): boolean {
  return names.some((name) => (limit(session.settings.get(name)) ?? 0) > 0);
}
