import { type LockMode, lockStrength } from '../sql/effect.ts';
import { relationName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import type { RuleContext } from './context.ts';
import type { OnTable } from './parts-of-tables.ts';

/** The trigger that a statement makes. A constraint trigger cannot be replaced. */
export function triggerMade(
  { node }: Statement,
  { catalog }: RuleContext,
): (OnTable & { readonly isConstraint: boolean }) | undefined {
  if (!('CreateTrigStmt' in node)) return undefined;
  const { relation, trigname: name = '', isconstraint = false } = node.CreateTrigStmt;
  return { table: relationName(catalog, relation), name, isConstraint: isconstraint };
}

/** Whether the open transaction holds the table in this mode or a stronger one already: those who wait for it wait once, not once a statement. */
export function isHeld(table: string, mode: LockMode, { session }: RuleContext): boolean {
  const held = session.transaction?.held.get(table);
  return held !== undefined && lockStrength(held.mode) >= lockStrength(mode);
}
