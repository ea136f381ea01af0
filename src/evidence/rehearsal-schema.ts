import * as z from 'zod';
import {
  acceptedSchema,
  findingSchema,
  lockMode,
  milliseconds,
  placeSchema,
  problemSchema,
  statusSchema,
} from './parts.ts';

const count = z.int().nonnegative();
/** Offsets in milliseconds from the migration's begin, by the clock that stands still while we look. */
const moment = milliseconds;

const lockSchema = z.strictObject({
  relation: z.string(),
  mode: lockMode,
  /** From the statement's begin to the end of its transaction. */
  heldMs: milliseconds,
  from: moment.optional(),
  to: moment.optional(),
});

/** Rows that would break what the statement is about to ask for; the rows themselves are never told. */
const preflightSchema = z.strictObject({
  check: z.enum(['nulls', 'duplicates', 'orphans', 'violations', 'unconvertible']),
  relation: z.string(),
  /** Columns or the constraint. */
  subject: z.string(),
  /** Left out when the count was not finished within its limit. */
  rows: count.optional(),
  durationMs: milliseconds,
  /** The query that finds these rows. */
  find: z.string().optional(),
});

/** What static model and server say differently about one statement: our defect, or a word on why they could not agree. */
const agreementSchema = z.strictObject({
  status: z.enum(['agrees', 'differs', 'not seen', 'sampled', 'not run']),
  /** `lock AccessExclusiveLock on public.users`, predicted and not observed. */
  missing: z.array(z.string()),
  /** Observed and not predicted. */
  unexpected: z.array(z.string()),
});

/** What the server showed for one statement. Times in milliseconds. */
export const observedSchema = z.strictObject({
  place: placeSchema,
  sql: z.string(),
  durationMs: milliseconds,
  from: moment.optional(),
  rows: count.optional(),
  /** Each relation's strongest lock that is new or stronger than before the statement. */
  locks: z.array(lockSchema),
  rewrites: z.array(z.string()),
  /** Verifications and validations, as the server's own messages tell. */
  scans: z.array(z.string()),
  builds: z.array(z.string()),
  /** The relations on which the indexes of `builds` stand, as far as the server named them. */
  builtOn: z.array(z.string()).optional(),
  /** Sequential scans and the rows that they read (pg_stat_xact_user_tables). */
  sequential: z.array(z.strictObject({ relation: z.string(), scans: count, rows: count })).optional(),
  /** The server's WAL while the statement ran, so with that of other sessions. */
  walBytes: count.optional(),
  /** Time in which the statement waited for other sessions' locks. */
  waits: z.array(z.strictObject({ ms: milliseconds, blockers: z.array(z.string()) })).optional(),
  /** Locks were sampled from another session (statement outside a transaction), so a short one may be missing. */
  sampled: z.boolean(),
  /** How often was looked, and the longest time between two looks: a lock shorter than that may be missing. */
  sampling: z.strictObject({ looks: count, longestGapMs: milliseconds }).optional(),
  preflight: z.array(preflightSchema).optional(),
  agreement: agreementSchema.optional(),
});

/** What a migration left behind that somebody has to finish. */
const leftoverSchema = z.strictObject({
  kind: z.enum(['invalid index', 'leftover index', 'unvalidated constraint', 'disabled trigger']),
  relation: z.string(),
  name: z.string(),
});

/** Up, down, up: whether the catalogs before and after are equal. */
const downSchema = z.strictObject({
  status: z.enum(['reversed', 'differs', 'failed', 'missing', 'not tried']),
  reason: z.string().optional(),
  /** Lines of the readable difference between the schema before up and after down. */
  difference: z.array(z.string()).optional(),
  problem: problemSchema.optional(),
});

const migrationRunSchema = z.strictObject({
  version: z.string(),
  file: z.string(),
  outcome: z.enum(['applied', 'failed']),
  durationMs: milliseconds,
  statements: z.array(observedSchema),
  problem: problemSchema.optional(),
  /** What stands and what was undone after a failure, and how to go on. */
  state: z.string().optional(),
  walBytes: count.optional(),
  tempBytes: count.optional(),
  /** Blocks of 8 kB: from the cache, and from beyond it. */
  blocks: z.strictObject({ hit: count, read: count }).optional(),
  leftovers: z.array(leftoverSchema).optional(),
  down: downSchema.optional(),
});

/** Who would have waited: readers and writers that went on beside the migrations. */
const contentionSchema = z.strictObject({
  status: z.enum(['measured', 'off', 'unsafe']),
  reason: z.string().optional(),
  tables: z.array(
    z.strictObject({
      relation: z.string(),
      reads: count,
      writes: count,
      longestReadMs: milliseconds,
      longestWriteMs: milliseconds,
      /** The statement that ran during the longest stall. */
      place: placeSchema.optional(),
      /** Queries that would have queued behind the longest stall at production's rate. */
      queuedReads: count.optional(),
      queuedWrites: count.optional(),
      note: z.string().optional(),
    }),
  ),
  /** The transaction that was held open beside the migrations, and the statements that waited for it. */
  idle: z
    .strictObject({
      heldMs: milliseconds,
      waited: z.array(z.strictObject({ place: placeSchema, ms: milliseconds })),
    })
    .optional(),
});

/** A duration on the branch, extrapolated to production by what drives it. */
const estimateSchema = z.strictObject({
  place: placeSchema,
  relation: z.string(),
  driver: z.enum(['rows', 'bytes', 'index bytes']),
  /** The branch's share of production: 0.1 is a tenth. */
  share: z.number().positive(),
  measuredMs: milliseconds,
  lowMs: milliseconds,
  highMs: milliseconds,
  queuedReads: count.optional(),
  queuedWrites: count.optional(),
  words: z.string(),
});

const scaleSchema = z.strictObject({
  /** Where production's sizes come from, or why there is no estimate. */
  source: z.string(),
  estimates: z.array(estimateSchema),
  /** What could not be extrapolated, and why: a sentence each. */
  notes: z.array(z.string()).optional(),
});

/** The order of the deploy, what each table goes through in all of it, and what to set. */
const deploySchema = z.strictObject({
  tables: z.array(z.strictObject({ relation: z.string(), mode: lockMode, heldMs: milliseconds })),
  /** Sentences, in order. */
  advice: z.array(z.string()),
  lockTimeoutMs: milliseconds.optional(),
});

/** One object that the migrations changed, by identity: a rename is not a drop and a creation. */
const schemaChangeSchema = z.strictObject({
  change: z.enum(['created', 'dropped', 'altered', 'renamed', 'rewritten']),
  kind: z.string(),
  name: z.string(),
  /** Its name before, where it was renamed. */
  was: z.string().optional(),
  /** Lines of DDL that went and that came, as pg_get_*def gives them. */
  removed: z.array(z.string()),
  added: z.array(z.string()),
});

/** A static finding that the run disproved, with what was measured. */
const refutedSchema = z.strictObject({ finding: findingSchema, reason: z.string() });

export const rehearsalSchema = z.strictObject({
  status: statusSchema,
  reason: z.string().optional(),
  /** What was applied, in order; the last may have failed. */
  migrations: z.array(migrationRunSchema),
  findings: z.array(findingSchema),
  accepted: z.array(acceptedSchema).optional(),
  refuted: z.array(refutedSchema).optional(),
  contention: contentionSchema.optional(),
  scale: scaleSchema.optional(),
  deploy: deploySchema.optional(),
  schema: z.array(schemaChangeSchema).optional(),
  /** Nothing was pending after the run, as the tool itself would say. */
  settled: z.boolean().optional(),
});
