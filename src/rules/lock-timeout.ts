import type { RuleContext } from './context.ts';

/** Whether a statement that does not get its lock soon gives up, instead of keeping everybody waiting behind it; 0 is no limit (documentation 19.11). */
export function givesUpWaiting({ session }: RuleContext): boolean {
  const value = session.settings.get('lock_timeout')?.value;
  return value !== undefined && Number.parseFloat(value) > 0;
}
