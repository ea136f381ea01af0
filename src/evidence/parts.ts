import * as z from 'zod';
import { SEVERITIES } from '../rules/rule.ts';
import { LOCK_MODES } from '../sql/effect.ts';

export const lockMode = z.enum(LOCK_MODES);
export const milliseconds = z.number().nonnegative();

export const placeSchema = z.strictObject({
  file: z.string(),
  line: z.int().positive(),
  column: z.int().positive(),
  endLine: z.int().positive(),
  endColumn: z.int().positive(),
  startByte: z.int().nonnegative(),
  endByte: z.int().nonnegative(),
});

export const findingSchema = z.strictObject({
  rule: z.string(),
  severity: z.enum(SEVERITIES),
  place: placeSchema,
  relation: z.string().optional(),
  message: z.string(),
  help: z.string(),
  fix: z.array(z.strictObject({ startByte: z.int(), endByte: z.int(), text: z.string() })),
  evidence: z.enum(['predicted', 'observed']),
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
});

/** A finding that an exception waives: shown as an accepted risk, never judged. `until` is its last day. */
export const acceptedSchema = z.strictObject({
  finding: findingSchema,
  reason: z.string(),
  owner: z.string(),
  until: z.iso.date(),
  /** Where the exception stands: in the policy, or in the migration itself, which the change's author wrote. */
  source: z.enum(['policy', 'file']),
});

/** Status of one check. `unproven`: it could not run, which is never a pass. `skipped`: nothing asked for it. */
export const statusSchema = z.enum(['passed', 'failed', 'unproven', 'skipped']);

/** A place of refusal: the server's or the parser's own words. */
export const problemSchema = z.strictObject({
  file: z.string(),
  line: z.int().positive().optional(),
  column: z.int().positive().optional(),
  message: z.string(),
  hint: z.string().optional(),
  /** SQLSTATE. */
  code: z.string().optional(),
});
