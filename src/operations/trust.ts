import type { Distrust, Trust } from '../branching/provider.ts';
import { UserError } from '../errors.ts';
import { judgeAttestation, readAttestation } from '../masking/attestation.ts';
import type { Attestation } from '../masking/attestation-body.ts';
import { durationMs } from '../policy/duration.ts';
import type { Policy } from '../policy/schema.ts';

/** By whose signature, and for how long, the policy trusts a masked baseline. Needs no secret. */
export function trustOf(masking: Pick<Policy['masking'], 'public-keys' | 'max-age'>): Trust {
  const publicKeys = masking['public-keys'];
  const maxAgeMs = durationMs(masking['max-age']);
  return (baseline, { now, databaseOid, systemIdentifier }) => {
    if (publicKeys.length === 0) return NO_KEYS;
    const read = attestationOf(baseline.attestation ?? '');
    if ('why' in read) return read;
    if (baseline.sourceAt !== read.body.sourceAt) {
      return {
        why: 'Its label tells another age than its proof: it was changed by hand.',
        hint: 'Refresh the baseline.',
      };
    }
    const at = { baseline: baseline.id, databaseOid, systemIdentifier };
    return judgeAttestation(read, { publicKeys, at, now, maxAgeMs });
  };
}

const NO_KEYS: Distrust = {
  why: 'The policy names no key whose signature it trusts.',
  hint: 'Put the public key that `pullgres mask key` printed under masking.public-keys in .github/pullgres.yml; or use a baseline of kind schema or synthetic.',
};

const UNATTESTED: Distrust = {
  why: 'It bears no attestation: nothing proves that it is masked.',
  hint: 'Refresh the baseline: it was changed by hand, or made without a proof.',
};

/** What the label bears, not judged yet; or why it cannot be read. */
export function attestationOf(text: string): Attestation | Distrust {
  if (text === '') return UNATTESTED;
  try {
    return readAttestation(text);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { why: error.message, hint: error.hint ?? 'Refresh the baseline.' };
  }
}
