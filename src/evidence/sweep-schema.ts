import * as z from 'zod';

/** The format's version: it grows when a reader would have to change. */
export const SWEEP_VERSION = 1;

const bytes = z.number().nonnegative();
const time = z.iso.datetime();
const count = z.int().nonnegative();

const outcome = z
  .enum(['removed', 'gone', 'kept', 'unknown', 'failed', 'planned', 'postponed'])
  .describe(
    'What came of the decision. planned: a dry run; postponed: the limit of one sweep, or a cancelled job; gone: somebody else removed it first.',
  );

const decided = {
  decision: z.enum(['delete', 'keep', 'unknown']),
  rule: z.string().describe('The decision’s reason as a word: closed, expired, open, connected …'),
  reason: z.string(),
  outcome,
  detail: z.string().optional().describe('Why the outcome is not what was decided.'),
};

const branch = z.strictObject({
  name: z.string(),
  subject: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('pull-request'), number: z.int().positive() }),
    z.strictObject({ kind: z.literal('merge-group'), headSha: z.string(), job: z.string().optional() }),
    z.strictObject({
      kind: z.literal('run'),
      runId: z.string(),
      attempt: z.int().positive(),
      job: z.string().optional(),
    }),
    z.strictObject({ kind: z.literal('named'), name: z.string() }),
  ]),
  author: z.string().optional(),
  pull: z.enum(['open', 'closed', 'unknown']).optional(),
  state: z.enum(['ready', 'making']),
  baseline: z.string(),
  createdAt: time,
  expiresAt: time,
  lastActivity: time
    .optional()
    .describe('Of the sessions that were connected; Postgres keeps none of others.'),
  sessions: count,
  busy: z.boolean().describe('A job worked on it.'),
  bytes: bytes.optional().describe('Logical size.'),
  divergedBytes: bytes
    .optional()
    .describe('What it shares with no other database, where the filesystem tells.'),
  ...decided,
});

const remain = z.strictObject({
  kind: z.enum(['database', 'building', 'shard', 'role', 'slot', 'directory']),
  name: z.string(),
  bytes: bytes.optional(),
  since: time.optional(),
  expiresAt: time.optional(),
  ...decided,
});

const share = {
  branches: count,
  bytes,
  divergedBytes: bytes.optional().describe('The sum of those branches of which it is known.'),
};

const totals = z.strictObject({
  ...share,
  byRepository: z
    .array(z.strictObject({ repositoryId: z.int(), ...share }))
    .describe('All repositories on the server, largest first; the others by number only.'),
  byAuthor: z
    .array(z.strictObject({ author: z.string().optional(), ...share }))
    .describe('Of this repository, largest first.'),
  deleted: count,
  kept: count,
  unknown: count.describe('Without what could not be seen.'),
  failed: count,
  planned: count,
  postponed: count,
  bytesFreed: bytes,
});

/** The record of one sweep: what was there, what was decided and why, and what came of it. No secret, no row of data. */
export const sweepSchema = z.strictObject({
  version: z.literal(SWEEP_VERSION),
  tool: z.strictObject({ name: z.literal('pullgres'), version: z.string() }),
  repository: z.strictObject({ id: z.int(), name: z.string() }),
  run: z.strictObject({ id: z.string(), attempt: z.int(), url: z.string() }).optional(),
  serverTime: time.describe('The server’s clock, by which everything is judged.'),
  durationMs: z.number().nonnegative(),
  mode: z.enum(['plan', 'apply']),
  modeReason: z.string(),
  survey: z.strictObject({
    complete: z
      .boolean()
      .describe(
        'GitHub told all open pull requests. If not, no branch of one is deleted, but where GitHub was not asked those whose own time is over.',
      ),
    open: count.optional().describe('Open pull requests.'),
    problems: z.array(z.string()),
  }),
  limits: z.strictObject({ maximum: count, graceMs: count, makingMs: count }),
  branches: z.array(branch).describe('Of this repository, by name.'),
  remains: z.array(remain),
  totals,
});

type Immutable<T> = T extends object ? { readonly [Key in keyof T]: Immutable<T[Key]> } : T;

export type SweepRecord = Immutable<z.infer<typeof sweepSchema>>;
export type SweptBranch = SweepRecord['branches'][number];
export type SweptRemain = SweepRecord['remains'][number];
export type SweepTotals = SweepRecord['totals'];
export type SweepOutcome = z.infer<typeof outcome>;

/** The format as JSON Schema, for `docs/sweep.schema.json`. */
export function sweepJsonSchema(): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(sweepSchema, { target: 'draft-2020-12' }),
    title: 'Pullgres sweep',
    description:
      'What a sweep found on the branch server, decided and did. Gathered over time, `totals` shows how branches and their bytes grow.',
  };
}
