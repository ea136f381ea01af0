import type { Refusal } from './migration.ts';

/** A way out that every obstacle shares: what Pullgres cannot do as the tool does, the tool itself can. */
const OTHERWISE =
  "let the tool run its migrations itself and Pullgres watch them: `pullgres rehearse --command` with the tool's own command";

/** What is in the way, and the two ways round it: `mend` is an imperative sentence without its end. */
export function obstacleOf(message: string, mend: string): Refusal {
  return { message, hint: `${mend}; or ${OTHERWISE}.` };
}
