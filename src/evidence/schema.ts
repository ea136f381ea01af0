import * as z from 'zod';
import { makingSchema } from './making-schema.ts';
import {
  acceptedSchema,
  findingSchema,
  lockMode,
  milliseconds,
  placeSchema,
  problemSchema,
  statusSchema,
} from './parts.ts';
import { rehearsalSchema } from './rehearsal-schema.ts';

/** The evidence format's version. A reader refuses one that it does not know. */
export const EVIDENCE_VERSION = 1;

const predictedSchema = z.strictObject({
  relation: z.string(),
  kind: z.string(),
  lock: lockMode,
  rewrite: z.boolean(),
  scan: z.boolean(),
  builds: z.string().optional(),
  dataLoss: z.boolean(),
  conditional: z.literal(true).optional(),
  why: z.string(),
});

const statementSchema = z.strictObject({
  place: placeSchema,
  sql: z.string(),
  kind: z.string(),
  inTransaction: z.boolean().optional(),
  seen: z.boolean(),
  effects: z.array(predictedSchema),
});

export const lintSchema = z.strictObject({
  status: statusSchema,
  reason: z.string().optional(),
  postgresVersion: z.int(),
  files: z.array(z.string()),
  statements: z.array(statementSchema),
  findings: z.array(findingSchema),
  accepted: z.array(acceptedSchema),
  problems: z.array(problemSchema),
});

const testCountsSchema = z.strictObject({
  passed: z.int(),
  failed: z.int(),
  errored: z.int(),
  skipped: z.int(),
});

const failedTestSchema = z.strictObject({
  name: z.string(),
  message: z.string(),
  file: z.string().optional(),
  line: z.int().optional(),
});

const shardSchema = z.strictObject({
  /** From 1. */
  index: z.int().positive(),
  status: statusSchema,
  reason: z.string().optional(),
  /** Time to make the copy. */
  copyMs: milliseconds.optional(),
  durationMs: milliseconds.optional(),
  counts: testCountsSchema.optional(),
});

export const testsSchema = z.strictObject({
  status: statusSchema,
  reason: z.string().optional(),
  exitCode: z.int().optional(),
  durationMs: milliseconds.optional(),
  counts: testCountsSchema.optional(),
  /** At most 50, worst first. */
  failures: z.array(failedTestSchema),
  /** One for each copy of the migrated branch that tests ran on, in order of their indexes. */
  shards: z.array(shardSchema).optional(),
  /** The merge base's own tests on the migrated schema: whether the running version survives the deploy. */
  oldCode: z
    .strictObject({
      status: statusSchema,
      reason: z.string().optional(),
      commit: z.string().optional(),
      durationMs: milliseconds.optional(),
      counts: testCountsSchema.optional(),
      failures: z.array(failedTestSchema),
    })
    .optional(),
});

export const branchSchema = z.strictObject({
  name: z.string(),
  id: z.string(),
  provider: z.string(),
  created: z.boolean(),
  /** Why the branch was brought back to its baseline in this run, when it was. */
  resetReason: z.string().optional(),
  lifetime: z.enum(['job', 'pull request', 'time']),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  baseline: z.strictObject({
    id: z.string(),
    kind: z.enum(['schema', 'synthetic', 'masked']),
    createdAt: z.iso.datetime(),
    /** Of a version of a masked baseline: what the workflow asks for. */
    name: z.string().optional(),
    /** When the source of its rows was read. */
    sourceAt: z.iso.datetime().optional(),
    /** Its attestation was judged by the policy and holds. */
    proved: z.literal(true).optional(),
  }),
  postgresVersion: z.int(),
  durationMs: milliseconds,
  /** Set when this run made the branch or brought it back to its baseline. */
  making: makingSchema.optional(),
  /** Logical bytes; `diverged` are those that it no longer shares with its baseline, where the filesystem tells. */
  size: z
    .strictObject({ bytes: z.number().nonnegative(), divergedBytes: z.number().nonnegative().optional() })
    .optional(),
});

export const migrationsSchema = z.strictObject({
  tool: z.string(),
  directory: z.string(),
  /** Paths that the pull request adds, in order of application. */
  added: z.array(z.string()),
  /** Merged migrations that the pull request edits or deletes. */
  altered: z.array(z.strictObject({ file: z.string(), change: z.enum(['edited', 'deleted']) })),
  base: z.int().nonnegative(),
});

export const verdictSchema = z.strictObject({
  conclusion: z.enum(['pass', 'warn', 'fail', 'unproven']),
  /** One sentence each, worst first. */
  reasons: z.array(z.string()),
});

/** The record of one run: what was asked, decided, done and measured. Never holds a secret or a row of data. */
export const evidenceSchema = z.strictObject({
  version: z.literal(EVIDENCE_VERSION),
  tool: z.strictObject({ name: z.literal('pullgres'), version: z.string() }),
  run: z.strictObject({
    id: z.string(),
    attempt: z.int(),
    url: z.string().optional(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime(),
  }),
  subject: z.strictObject({
    kind: z.enum(['pull-request', 'merge-group', 'push', 'manual']),
    repository: z.string(),
    repositoryId: z.int(),
    pullRequest: z.int().optional(),
    headSha: z.string(),
    baseSha: z.string(),
  }),
  policy: z.strictObject({
    source: z.enum(['defaults', 'file']),
    path: z.string(),
    /** Commit the policy was read from. */
    commit: z.string().optional(),
    /** The pull request edits the policy; the edit takes effect after the merge. */
    editedHere: z.boolean(),
    required: z.array(z.enum(['lint', 'rehearsal', 'tests'])),
    failOn: z.enum(['error', 'warning', 'never']),
  }),
  migrations: migrationsSchema.optional(),
  branch: branchSchema.optional(),
  lint: lintSchema.optional(),
  rehearsal: rehearsalSchema.optional(),
  tests: testsSchema.optional(),
  /** Set when the branch is gone, and only once the provider confirmed it. */
  teardown: z.strictObject({ branch: z.string(), removed: z.boolean(), at: z.iso.datetime() }).optional(),
  verdict: verdictSchema,
});

/** Records are never changed in place; findings and effects, whose arrays are read-only, fit in as they are. */
type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;

export type Evidence = Immutable<z.infer<typeof evidenceSchema>>;
export type LintRecord = Immutable<z.infer<typeof lintSchema>>;
export type RehearsalRecord = Immutable<z.infer<typeof rehearsalSchema>>;
export type AcceptedFinding = Immutable<z.infer<typeof acceptedSchema>>;
export type StatementRecord = Immutable<z.infer<typeof statementSchema>>;
export type MigrationRun = RehearsalRecord['migrations'][number];
export type ObservedStatement = MigrationRun['statements'][number];
export type SchemaChange = NonNullable<RehearsalRecord['schema']>[number];
export type TestsRecord = Immutable<z.infer<typeof testsSchema>>;
export type BranchRecord = Immutable<z.infer<typeof branchSchema>>;
export type MigrationsRecord = Immutable<z.infer<typeof migrationsSchema>>;
export type Problem = Immutable<z.infer<typeof problemSchema>>;
export type Verdict = Immutable<z.infer<typeof verdictSchema>>;
