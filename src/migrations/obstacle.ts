import type { Refusal } from './migration.ts';

/** A way out that every obstacle shares: what Pullgres cannot do as the tool does, the tool itself can. */
const OTHERWISE =
  "let the tool run its migrations itself and Pullgres watch them: name the tool's own command as rehearsal.command in the policy";

/** What is in the way, and the two ways round it: `mend` is an imperative sentence without its end. */
export function obstacleOf(message: string, mend: string): Refusal {
  return { message, hint: orByItself(mend) };
}

/** An imperative sentence without its end, and the other way out: whatever the tool's settings are, it knows them itself. */
export function orByItself(mend: string): string {
  return `${mend}; or ${OTHERWISE}.`;
}
