/** A part of the proof: `failed` keeps the baseline from being published, and so does `unproven`. */
export type ProofStatus = 'proved' | 'failed' | 'unproven';

/** What a signature stands for. No value of any row. */
export type AttestationBody = {
  readonly version: 1;
  /** Id of the baseline. */
  readonly baseline: string;
  /** OID of its database, and pg_control_system's identifier where it may be asked: a label that is copied elsewhere does not hold there. */
  readonly databaseOid: number;
  readonly systemIdentifier: string | null;
  /** ISO 8601: when the source was read, and when the proof ended. */
  readonly sourceAt: string;
  readonly provedAt: string;
  /** SHA-256, hexadecimal. */
  readonly profileHash: string;
  readonly manifestHash: string;
  readonly schemaFingerprint: string;
  readonly keyId: string;
  readonly tables: number;
  readonly rows: number;
  readonly needles: number;
  readonly bytesScanned: number;
  readonly checks: readonly { readonly name: string; readonly status: ProofStatus }[];
  readonly tool: string;
};

/** Kept in the baseline's label as JSON text. */
export type Attestation = {
  readonly body: AttestationBody;
  /** First 16 hexadecimal digits of the SHA-256 of the public key (SubjectPublicKeyInfo, DER). */
  readonly signer: string;
  /** Ed25519 over the body as canonical JSON, base64. */
  readonly signature: string;
};

/** Checks without which no proof is whole; a proof may name more. */
export const NEEDED_CHECKS = ['structure', 'masks', 'rows', 'bytes', 'overlap'] as const;
