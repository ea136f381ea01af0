import * as z from 'zod';
import { milliseconds } from './parts.ts';

const bytes = z.number().nonnegative();

/** What came with the baseline, could reach out of the branch, and was made harmless. Names only, never an option's value. */
export const quarantinedSchema = z.strictObject({
  kind: z.enum([
    'user mapping',
    'foreign server',
    'foreign-data wrapper',
    'foreign table',
    'subscription',
    'publication',
    'cron job',
    'event trigger',
    'trigger',
    'function',
    'queue',
    'table',
  ]),
  name: z.string(),
  action: z.enum(['dropped', 'disabled', 'emptied', 'revoked']),
  rows: z.int().nonnegative().optional(),
});

/** How the branch's files were copied: what was foreseen, and what came of it. */
export const copySchema = z.strictObject({
  strategy: z.enum(['wal-log', 'file-copy', 'clone']),
  why: z.string(),
  reflink: z.enum(['proved', 'absent', 'unknown']),
  bytes,
  files: z.int().nonnegative().optional(),
  predictedMs: milliseconds,
  actualMs: milliseconds,
  predictedBytes: bytes,
  actualBytes: bytes.optional(),
});

/** How a branch was made, or made anew, in this run. */
export const makingSchema = z.strictObject({
  durationMs: milliseconds,
  copy: copySchema.optional(),
  quarantine: z.array(quarantinedSchema),
});
