import { LOCK_MODES, type LockMode } from '../sql/effect.ts';
import { relationName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import type { RuleContext } from './context.ts';
import type { OnTable } from './parts-of-tables.ts';

/** The table and name of the trigger that a statement makes. */
export function triggerMade({ node }: Statement, { catalog }: RuleContext): OnTable | undefined {
  if (!('CreateTrigStmt' in node)) return undefined;
  const { relation, trigname: name = '' } = node.CreateTrigStmt;
  return { table: relationName(catalog, relation), name };
}

/** Whether the open transaction holds the table in this mode or a stronger one already: those who wait for it wait once, not once a statement. */
export function isHeld(table: string, mode: LockMode, { session }: RuleContext): boolean {
  const held = session.transaction?.held.get(table);
  return held !== undefined && LOCK_MODES.indexOf(held.mode) >= LOCK_MODES.indexOf(mode);
}
