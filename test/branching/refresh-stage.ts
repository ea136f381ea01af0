import { createHash } from 'node:crypto';
import type { BuildingSite, Proved } from '../../src/branching/refresh-baseline.ts';
import { canonicalJson, signAttestation } from '../../src/masking/attestation.ts';
import { type AttestationBody, NEEDED_CHECKS } from '../../src/masking/attestation-body.ts';
import { signingKey } from '../../src/masking/signing-key.ts';
import { Secret } from '../../src/secret.ts';
import { ask } from './sql-conformance.ts';

export const KEY = signingKey({ given: undefined, master: new Secret('k'.repeat(43)) });

export const MANIFEST = canonicalJson({
  version: 1,
  source: 'the shop’s standby',
  takenAt: '2026-06-01T00:00:00.000Z',
  tables: [{ relation: 'public.notes', rows: 5_000_000, bytes: 900_000_000, indexBytes: 1_000 }],
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** What a sound refresh of this database would prove. `change` makes it unsound. */
export function provedAt(site: BuildingSite, change: Partial<AttestationBody> = {}): Proved {
  const sourceAt = new Date(Date.now() - 60_000).toISOString();
  const { id: baseline, databaseOid, systemIdentifier } = site;
  const body: AttestationBody = {
    ...{ version: 1, baseline, databaseOid, systemIdentifier, sourceAt, provedAt: new Date().toISOString() },
    ...{ profileHash: sha256('profile'), manifestHash: sha256(MANIFEST) },
    ...{ schemaFingerprint: sha256('schema'), keyId: 'd'.repeat(16), tool: 'pullgres test' },
    ...{ tables: 1, rows: 1, needles: 100, bytesScanned: 8_192 },
    checks: NEEDED_CHECKS.map((name) => ({ name, status: 'proved' })),
    ...change,
  };
  return { attestation: JSON.stringify(signAttestation(body, KEY)), sourceAt, manifest: MANIFEST };
}

/** Fills the database as its builder, with one row. */
export async function fill(
  site: BuildingSite,
  row: string,
  change?: Partial<AttestationBody>,
): Promise<Proved> {
  await ask(site.facts, 'CREATE TABLE notes (id serial, row text)');
  await ask(site.facts, `INSERT INTO notes (row) VALUES ('${row}')`);
  return provedAt(site, change);
}
