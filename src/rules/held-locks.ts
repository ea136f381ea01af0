import { type LockMode, lockStrength } from '../sql/effect.ts';
import type { RuleContext } from './context.ts';

/** Whether the open transaction holds a lock as strong as this on the relation already, so that taking it again keeps nobody out who was not. */
export function isHeldAlready({ session }: RuleContext, relation: string, mode: LockMode): boolean {
  const held = session.transaction?.held.get(relation)?.mode;
  return held !== undefined && lockStrength(held) >= lockStrength(mode);
}
