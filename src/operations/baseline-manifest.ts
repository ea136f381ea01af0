import { createHash } from 'node:crypto';
import type { Provider } from '../branching/provider.ts';
import { ProviderError } from '../errors.ts';
import { type Manifest, readManifest } from '../evidence/manifest.ts';
import { attestationOf } from './trust.ts';

/** SHA-256 of a manifest's text, hexadecimal, as an attestation has it. */
export function manifestHash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/**
 * The manifest that a masked baseline's refresh kept beside it, told as such; undefined for other baselines and when
 * there is none. Throws ProviderError when it is not the one that the baseline's proof speaks of.
 */
export async function manifestBeside(provider: Provider, baselineId: string): Promise<Manifest | undefined> {
  const baseline = await provider.findBaseline(baselineId);
  if (baseline?.attestation === undefined) return undefined;
  const text = await provider.manifestOf(baselineId);
  if (text === undefined) return undefined;
  const attestation = attestationOf(baseline.attestation);
  if (!('body' in attestation) || attestation.body.manifestHash !== manifestHash(text)) {
    throw new ProviderError(
      `The manifest in pullgres.manifests is not the one that the proof of the baseline ${baselineId} speaks of.`,
      { hint: 'It was changed by hand: refresh the baseline, or name a manifest as rehearsal.production.' },
    );
  }
  const manifest = readManifest(text, `the manifest of the baseline ${baselineId}`);
  return { ...manifest, source: `${manifest.source}, as kept with the baseline ${baselineId}` };
}
