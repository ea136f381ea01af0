import type { BranchLimits, QuarantineWish, Quota } from '../branching/provider.ts';
import { durationMs } from '../policy/duration.ts';
import type { Policy } from '../policy/schema.ts';
import { sizeBytes } from '../policy/size.ts';

/** What the policy asks of every copy that is made. */
export function branchWishes({ branch }: Policy): { limits: BranchLimits; quarantine: QuarantineWish } {
  const limits = {
    connections: branch.connections,
    statementTimeoutMs: branch['statement-timeout'] ? durationMs(branch['statement-timeout']) : 0,
    idleTransactionMs: durationMs(branch['idle-transaction-timeout']),
    idleSessionMs: branch['idle-session-timeout'] ? durationMs(branch['idle-session-timeout']) : 0,
  };
  return { limits, quarantine: branch.quarantine };
}

/** How many branches the policy allows. */
export function quotaOf({ branch }: Policy): Quota {
  const { bytes, ...counts } = branch.quota;
  return { ...counts, bytes: bytes === undefined ? undefined : sizeBytes(bytes) };
}
