import type { Proved } from '../branching/refresh-baseline.ts';
import { signAttestation } from '../masking/attestation.ts';
import { type RefreshManifest, refreshManifest, schemaFingerprint } from '../refresh/manifest.ts';
import type { World } from '../runner/world.ts';
import { version } from '../version.ts';
import { manifestHash } from './baseline-manifest.ts';
import type { Asked, Proving } from './refresh-proof.ts';

const TOOL = `pullgres ${version}`;

/** What is told of the source beside the baseline. */
export function manifestOf({ source, records, profileHash, keys, log }: Proving): RefreshManifest {
  const { schema, description, takenAt } = source;
  const { keyId } = keys;
  return refreshManifest({
    schema,
    description,
    takenAt,
    records,
    profileHash,
    keyId,
    tool: TOOL,
    statistics: false,
    drill: log.drill(),
  });
}

/** The proof, signed, as it is published. */
export async function signed(
  { now }: World,
  { source, site, keys, key, records, profileHash }: Proving,
  { checks, needles, bytes }: Asked,
  manifest: RefreshManifest,
): Promise<Proved> {
  const text = JSON.stringify(manifest);
  const { id: baseline, databaseOid, systemIdentifier } = site;
  const attestation = signAttestation(
    {
      version: 1,
      baseline,
      databaseOid,
      systemIdentifier,
      sourceAt: source.takenAt,
      provedAt: now().toISOString(),
      profileHash,
      manifestHash: manifestHash(text),
      schemaFingerprint: schemaFingerprint(source.schema),
      keyId: keys.keyId,
      tables: records.length,
      rows: records.reduce((sum, { copiedRows }) => sum + copiedRows, 0),
      needles,
      bytesScanned: bytes,
      checks: checks.map(({ name, status }) => ({ name, status })),
      tool: TOOL,
    },
    key,
  );
  return { attestation: JSON.stringify(attestation), sourceAt: source.takenAt, manifest: text };
}
