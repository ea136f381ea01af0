import { createPublicKey, type KeyObject, sign as signBytes, verify as verifyBytes } from 'node:crypto';
import * as z from 'zod';
import { UserError } from '../errors.ts';
import { type Attestation, type AttestationBody, NEEDED_CHECKS } from './attestation-body.ts';
import { readPublicKey, requireEd25519, signerOf } from './signing-key.ts';

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();
const time = z.iso.datetime();

const bodySchema = z.strictObject({
  version: z.literal(1),
  baseline: z.string().min(1).max(200),
  databaseOid: z.int().positive().max(0xffff_ffff),
  systemIdentifier: z
    .string()
    .regex(/^[0-9]{1,20}$/)
    .nullable(),
  sourceAt: time,
  provedAt: time,
  profileHash: hash,
  manifestHash: hash,
  schemaFingerprint: z.string().regex(/^[0-9a-f]{16,64}$/),
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
  tables: count,
  rows: count,
  needles: count,
  bytesScanned: z.number().nonnegative(),
  checks: z
    .array(
      z.strictObject({ name: z.string().min(1).max(80), status: z.enum(['proved', 'failed', 'unproven']) }),
    )
    .max(100),
  tool: z.string().max(100),
}) satisfies z.ZodType<AttestationBody>;

const attestationSchema = z.strictObject({
  body: bodySchema,
  signer: z.string().regex(/^[0-9a-f]{16}$/),
  /** 64 bytes. */
  signature: z.string().regex(/^[A-Za-z0-9+/]{86}==$/),
}) satisfies z.ZodType<Attestation>;

/** Characters; a whole one has about two thousand. */
const MAXIMUM_TEXT = 32_768;

/** JSON with the keys of every object in the order of their UTF-16 code units and without space, so that equal values are equal bytes (as RFC 8785 for what is signed here). */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${sorted.map(([key, each]) => `${JSON.stringify(key)}:${canonicalJson(each)}`).join(',')}}`;
}

/** Signs the body. Throws UserError when the key is no Ed25519 key; ZodError for a body that could not be read back. */
export function signAttestation(body: AttestationBody, privateKey: KeyObject): Attestation {
  requireEd25519(privateKey);
  const signed = bodySchema.parse(body);
  const signature = signBytes(null, Buffer.from(canonicalJson(signed)), privateKey).toString('base64');
  return { body: signed, signer: signerOf(createPublicKey(privateKey)), signature };
}

/** Reads an attestation, which proves nothing yet. Throws UserError when it is too long, malformed, or says more than is known here. */
export function readAttestation(text: string): Attestation {
  const malformed = (why: string, cause?: unknown): UserError =>
    new UserError(`The attestation cannot be read: ${why}.`, {
      hint: 'Refresh the baseline: it was changed by hand, or another version of Pullgres wrote it.',
      cause,
    });
  if (text.length > MAXIMUM_TEXT)
    throw malformed(`it has more than ${MAXIMUM_TEXT.toLocaleString('en')} characters`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw malformed('it is not JSON', cause);
  }
  const result = attestationSchema.safeParse(json);
  if (result.success) return result.data;
  const places = result.error.issues.map(({ path }) => path.join('.') || 'the whole').slice(0, 5);
  throw malformed(`wrong are ${places.join(', ')}`, result.error);
}

/** Where the attestation was found, and by what it is judged. */
export type Judging = {
  /** As the policy has them. */
  readonly publicKeys: readonly string[];
  readonly at: {
    /** The baseline's id. */
    readonly baseline: string;
    readonly databaseOid: number;
    /** Null where the server does not tell. */
    readonly systemIdentifier: string | null;
  };
  readonly now: Date;
  readonly maxAgeMs: number;
};

/** Why a baseline is not trusted, in a sentence, and what to do. */
export type Distrust = { readonly why: string; readonly hint: string };

const ANEW = 'Refresh the baseline.';

/** Undefined when the attestation is signed by a trusted key, stands for this very database, says that all is proved, and is young enough. */
export function judgeAttestation(attestation: Attestation, judging: Judging): Distrust | undefined {
  return (
    unsigned(attestation, judging.publicKeys) ??
    elsewhere(attestation.body, judging.at) ??
    unproved(attestation.body) ??
    untimely(attestation.body, judging)
  );
}

function unsigned(
  { body, signer, signature }: Attestation,
  publicKeys: readonly string[],
): Distrust | undefined {
  const read = publicKeys.map(readPublicKey);
  const key = read.find((each) => each !== undefined && signerOf(each) === signer);
  if (!key) {
    const broken = read.filter((each) => each === undefined).length;
    const told = broken === 0 ? '' : ` ${broken} of the policy’s keys cannot be read.`;
    return {
      why: `The key ${signer}, which signed its proof, is not in the policy.${told}`,
      hint: 'If it is yours, put its public key under masking.public-keys; `pullgres mask key` prints it. Else refresh the baseline.',
    };
  }
  if (verifyBytes(null, Buffer.from(canonicalJson(body)), key, Buffer.from(signature, 'base64')))
    return undefined;
  return { why: 'The signature of its proof is wrong: what it says was changed.', hint: ANEW };
}

function elsewhere(body: AttestationBody, at: Judging['at']): Distrust | undefined {
  if (body.baseline !== at.baseline)
    return { why: `Its proof is about the baseline ${JSON.stringify(body.baseline)}.`, hint: ANEW };
  if (body.databaseOid !== at.databaseOid) {
    return {
      why: `Its proof is about the database number ${body.databaseOid}, and this is number ${at.databaseOid}: a copy, or made again.`,
      hint: ANEW,
    };
  }
  if (body.systemIdentifier === at.systemIdentifier) return undefined;
  return at.systemIdentifier === null
    ? {
        why: 'Its proof names the server that it is about, and this server does not tell which it is.',
        hint: 'GRANT EXECUTE ON FUNCTION pg_control_system() to the administrator, or refresh the baseline.',
      }
    : {
        why: 'Its proof is about a database of another server.',
        hint: 'Refresh the baseline on this server.',
      };
}

function unproved({ checks }: AttestationBody): Distrust | undefined {
  const missing = NEEDED_CHECKS.filter((needed) => !checks.some(({ name }) => name === needed));
  if (missing.length > 0) return { why: `Its proof says nothing of: ${missing.join(', ')}.`, hint: ANEW };
  const open = checks.filter(({ status }) => status !== 'proved');
  if (open.length === 0) return undefined;
  const words = open.map(({ name, status }) => `${name} ${status}`).join(', ');
  return { why: `Its proof is not whole: ${words}.`, hint: ANEW };
}

/** Clocks of the source, the server and the runner differ. */
const SKEW_MS = 5 * 60_000;

function untimely({ sourceAt, provedAt }: AttestationBody, { now, maxAgeMs }: Judging): Distrust | undefined {
  const ahead = [sourceAt, provedAt].find((each) => Date.parse(each) > now.getTime() + SKEW_MS);
  if (ahead !== undefined) {
    return {
      why: `Its proof is dated ${ahead}, which is still to come.`,
      hint: 'Set the clocks of the source, the branch server and the runner right, then refresh the baseline.',
    };
  }
  if (now.getTime() - Date.parse(sourceAt) <= maxAgeMs) return undefined;
  return {
    why: `Its source was read at ${sourceAt}, longer ago than the policy allows.`,
    hint: `${ANEW} Or raise masking.max-age in the policy.`,
  };
}
