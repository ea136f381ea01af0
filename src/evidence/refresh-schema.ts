import * as z from 'zod';
import { manifestSchema } from './manifest.ts';

/** The format's version: it grows when a reader would have to change. */
export const REFRESH_VERSION = 1;

const count = z.int().nonnegative();
const bytes = z.number().nonnegative();
const milliseconds = z.number().nonnegative();
const time = z.iso.datetime();
const ratio = z.number().min(0).max(1);

/** `unproven`: it could not be asked, or was cut short by a budget; never the same as proved. */
export const proofStatus = z.enum(['proved', 'failed', 'unproven']);

/** One check of the proof or of the drill. */
export const checkSchema = z.strictObject({
  name: z.string(),
  status: proofStatus,
  /** One sentence with the numbers; no value of any row. */
  summary: z.string(),
  durationMs: milliseconds,
  /** What is wrong, where: table, column, count. */
  problems: z.array(z.strictObject({ where: z.string(), what: z.string() })).default([]),
});

const tableSchema = z.strictObject({
  table: z.string(),
  rows: z.enum(['copied', 'empty']),
  sourceRows: count.nullable().describe('Rows that the source was asked for; null when it was not counted.'),
  copiedRows: count,
  bytes,
  durationMs: milliseconds,
  masked: count.describe('Masked columns.'),
  clear: count,
  pruned: z
    .array(z.strictObject({ rule: z.string(), rows: count }))
    .optional()
    .describe('Rows copied and removed again, since what they refer to is left out: by foreign key or link.'),
});

const scrubbedSchema = z.strictObject({
  kind: z.string().describe('comment, default, view, function, user mapping, subscription …'),
  name: z.string(),
  action: z.enum(['removed', 'blanked', 'kept', 'refused']),
  why: z.string(),
});

const fidelitySchema = z.strictObject({
  column: z.string(),
  strategy: z.string(),
  score: ratio.describe('1 is equal to the source, as the planner sees it.'),
  parts: z.record(z.string(), ratio),
});

const drillSchema = z.strictObject({
  source: z.enum(['dump', 'physical']),
  takenAt: time.nullable(),
  rpoSeconds: z.number().nonnegative().nullable().describe('Age of the newest data that came back.'),
  rtoMs: milliseconds.nullable().describe('From the first byte fetched to the first answered query.'),
  steps: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(['passed', 'failed', 'skipped']),
      durationMs: milliseconds,
      limitMs: milliseconds.nullable(),
      summary: z.string(),
    }),
  ),
});

/** All that a refresh did, without a value of any row and without a secret. */
export const refreshSchema = z.strictObject({
  version: z.literal(REFRESH_VERSION),
  status: z
    .enum(['published', 'refused', 'failed'])
    .describe('refused: a check said no, nothing was published. failed: it could not run to its end.'),
  reason: z.string().optional(),
  name: z.string().describe('What branches ask for.'),
  baseline: z.string().nullable().describe('Id of the version that was published.'),
  previous: z.string().nullable().describe('Id of the version that branches were made from until now.'),
  source: z.string(),
  sourceAt: time.nullable(),
  startedAt: time,
  durationMs: milliseconds,
  profileHash: z.string(),
  keyId: z.string(),
  tables: z.array(tableSchema),
  scrubbed: z.array(scrubbedSchema),
  checks: z.array(checkSchema),
  needles: count,
  bytesScanned: bytes,
  fidelity: z.array(fidelitySchema),
  risks: z.array(
    z.strictObject({
      table: z.string(),
      key: z.string(),
      bits: z.number(),
      probability: z.number().nullable(),
    }),
  ),
  notes: z.array(z.string()),
  removed: z.array(z.string()).describe('Ids of older versions that were removed.'),
  manifest: manifestSchema.nullable(),
  drill: drillSchema.nullable(),
});

export type RefreshRecord = z.infer<typeof refreshSchema>;
export type ProofCheck = z.infer<typeof checkSchema>;
export type DrillRecord = z.infer<typeof drillSchema>;

/** The record as JSON Schema (docs/refresh.schema.json). */
export function refreshJsonSchema(): object {
  return {
    ...z.toJSONSchema(refreshSchema, { target: 'draft-2020-12', io: 'output' }),
    title: 'Pullgres refresh',
    description: 'What a refresh did, what it proved, and what it refused. No value of any row.',
  };
}
