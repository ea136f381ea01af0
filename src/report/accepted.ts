import type { AcceptedFinding, Evidence } from '../evidence/schema.ts';

/** The accepted risks of lint and rehearsal. */
export function acceptedFindings({ lint, rehearsal }: Evidence): readonly AcceptedFinding[] {
  return [...(lint?.accepted ?? []), ...(rehearsal?.accepted ?? [])];
}
