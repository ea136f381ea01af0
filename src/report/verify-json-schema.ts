import * as z from 'zod';

export const VERIFY_JSON_VERSION = 1;

const checkSchema = z.strictObject({
  id: z.enum(['attestation', 'schema', 'manifest', 'closed', 'untouched', 'template', 'sessions']),
  status: z
    .enum(['proved', 'failed', 'unproven'])
    .describe('unproven: it could not be asked, which is never taken for proved.'),
  summary: z.string(),
  hint: z.string().nullable(),
});

const signedSchema = z
  .strictObject({
    signer: z.string().describe('First 16 hexadecimal digits of the SHA-256 of the public key.'),
    provedAt: z.iso.datetime(),
    profileHash: z.string(),
    manifestHash: z.string(),
    schemaFingerprint: z.string(),
    keyId: z.string(),
    tables: z.int(),
    rows: z.int(),
    needles: z.int(),
    bytesScanned: z.number(),
    checks: z.array(z.strictObject({ name: z.string(), status: z.string() })),
    tool: z.string(),
  })
  .describe('What the attestation says; believed only when the check `attestation` is proved.');

/** What `pullgres verify --format json` prints. */
export const verifyOutput = z.strictObject({
  version: z.literal(VERIFY_JSON_VERSION),
  baseline: z.string().describe('Id of the version that was asked.'),
  name: z.string().nullable(),
  database: z.string(),
  sourceAt: z.iso.datetime().nullable().describe('When the source of its rows was read.'),
  trusted: z.boolean().describe('Every check is proved; exit code 0.'),
  checks: z.array(checkSchema),
  signed: signedSchema.nullable(),
});

export type VerifyJson = z.infer<typeof verifyOutput>;
export type VerifyCheck = VerifyJson['checks'][number];

/** The format as JSON Schema, for `docs/verify.schema.json`. */
export function verifyOutputSchema(): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(verifyOutput, { target: 'draft-2020-12' }),
    title: 'Pullgres verify',
    description: 'What `pullgres verify --format json` prints.',
  };
}
