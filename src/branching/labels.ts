import * as z from 'zod';
import { KEBAB_NAME } from './identity.ts';
import type { Baseline, BranchIdentity, BranchLabels } from './provider.ts';

const PREFIX = 'pullgres:';

const job = z
  .string()
  .regex(/^[0-9a-f]{8}$/)
  .optional();

const subject = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('pull-request'), number: z.int().positive() }),
  z.object({ kind: z.literal('merge-group'), headSha: z.string().min(1), job }),
  z.object({ kind: z.literal('run'), runId: z.string().min(1), attempt: z.int().positive(), job }),
  z.object({ kind: z.literal('named'), name: z.string().regex(KEBAB_NAME) }),
]) satisfies z.ZodType<BranchIdentity['subject']>;

const time = z.iso.datetime();

const branchLabels = z.object({
  repositoryId: z.int().nonnegative(),
  subject,
  headSha: z.string(),
  baseRef: z.string(),
  baselineId: z.string().min(1),
  createdAt: time,
  expiresAt: time,
  touched: z.boolean(),
  author: z.string().max(100).optional(),
  repository: z.string().max(200).optional(),
}) satisfies z.ZodType<BranchLabels>;

/** Whose the branch is that a role belongs to: roles are made before the database, and hold its place until it is there. */
const roleOwner = branchLabels.pick({
  repositoryId: true,
  subject: true,
  baselineId: true,
  createdAt: true,
  author: true,
  repository: true,
});

export type RoleOwner = Pick<
  BranchLabels,
  'repositoryId' | 'subject' | 'baselineId' | 'createdAt' | 'author' | 'repository'
>;

const baseline = z.object({
  id: z.string().min(1),
  kind: z.enum(['schema', 'synthetic', 'masked']),
  createdAt: time,
  name: z.string().min(1).max(100).optional(),
  sourceAt: time.optional(),
  attestation: z.string().max(65_536).optional(),
}) satisfies z.ZodType<Baseline>;

/** Keys unknown to this version are passed over, so that an older job still reads what a newer one wrote. */
const label = z.union([
  z.object({
    /** `making` from the first label until the last step of create: nobody may use it, remove and create clear it. */
    branch: z.object({ state: z.enum(['making', 'ready']), labels: branchLabels }),
  }),
  z.object({
    /** A copy of the branch for tests, of use to nobody once its lease is free. */
    shard: z.object({
      labels: branchLabels,
      index: z.int().nonnegative(),
      createdAt: time,
      expiresAt: time,
    }),
  }),
  z.object({ baseline }),
  z.object({ building: z.object({ baselineId: z.string().min(1), createdAt: time }) }),
  /** `owner` only on roles of branches, and not on those that older versions made. */
  z.object({ role: z.object({ database: z.string().min(1), owner: roleOwner.optional() }) }),
]);

/** What a database or role of ours says about itself: a branch, a shard of one, a baseline, a baseline being built, or a role of one of them. */
export type Label = z.infer<typeof label>;

/** The label as kept in COMMENT ON DATABASE or COMMENT ON ROLE: `pullgres:{json}`. Throws ZodError rather than write what could not be read back. */
export function labelText(value: Label): string {
  return `${PREFIX}${JSON.stringify(label.parse(value))}`;
}

/** Reads a label back; undefined when the comment is missing, somebody else's or malformed: then the thing is not ours. */
export function parseLabel(comment: string | null | undefined): Label | undefined {
  if (!comment?.startsWith(PREFIX)) return undefined;
  try {
    return label.safeParse(JSON.parse(comment.slice(PREFIX.length))).data;
  } catch {
    return undefined;
  }
}
