import type { BranchLimits, QuarantineWish, Quota, Trust } from '../branching/provider.ts';
import { durationMs } from '../policy/duration.ts';
import type { Policy } from '../policy/schema.ts';
import { sizeBytes } from '../policy/size.ts';
import { trustOf } from './trust.ts';

/** What the policy asks of every copy that is made. */
export function branchWishes({ branch, masking }: Policy): {
  limits: BranchLimits;
  quarantine: QuarantineWish;
  trust: Trust;
} {
  const limits = {
    connections: branch.connections,
    statementTimeoutMs: branch['statement-timeout'] ? durationMs(branch['statement-timeout']) : 0,
    idleTransactionMs: durationMs(branch['idle-transaction-timeout']),
    idleSessionMs: branch['idle-session-timeout'] ? durationMs(branch['idle-session-timeout']) : 0,
  };
  return { limits, quarantine: branch.quarantine, trust: trustOf(masking) };
}

/** How many branches the policy allows. */
export function quotaOf({ branch }: Policy): Quota {
  const { bytes, ...counts } = branch.quota;
  return { ...counts, bytes: bytes === undefined ? undefined : sizeBytes(bytes) };
}
