import * as z from 'zod';
import { quarantinedSchema } from '../evidence/making-schema.ts';

const bytes = z.int().nonnegative().describe('Logical size, as Postgres counts it.');
const time = z.iso.datetime().describe('By the server’s clock, UTC.');

const branchSchema = z
  .strictObject({
    branch: z.string().describe('Name of the branch: the database’s name.'),
    id: z.string(),
    baseline: z.string().describe('Id of the baseline that it is made from.'),
    created: z.boolean().describe('This call made it.'),
    createdAt: time,
    expires: time,
    strategy: z
      .enum(['wal-log', 'file-copy', 'clone'])
      .nullable()
      .describe('How the files were copied; null where this call copied nothing.'),
    predictedMs: z.number().nonnegative().nullable().describe('Time foreseen for the copy.'),
    actualMs: z.number().nonnegative().nullable().describe('Time that the copy took.'),
    quarantine: z
      .array(quarantinedSchema)
      .describe(
        'What came with the baseline, could reach out of the branch, and was made harmless by this call.',
      ),
    url: z.string().optional().describe('With its password; only with --show-url.'),
  })
  .describe('`pullgres branch create`, `connect` and `reset`.');

const listedSchema = z.strictObject({
  branch: z.string(),
  id: z.string(),
  repository: z.string().nullable().describe('owner/name as it was called last; null where nobody said.'),
  repositoryId: z.int(),
  pullRequest: z.int().nullable().describe('Null for the branch of a merge group, a run or a name.'),
  name: z.string().nullable().describe('By which somebody asked for it; null for all other branches.'),
  baseline: z.string(),
  createdAt: time,
  expires: time,
  state: z
    .enum(['ready', 'making'])
    .describe('`making`: a call makes it now, or one that was ended left it half made.'),
  expired: z.boolean().describe('Its role can no longer log in.'),
  touched: z.boolean().describe('A migration was begun on it: it is no longer equal to its baseline.'),
  author: z.string().nullable().describe('Login of the pull request’s author.'),
  bytes: bytes.nullable().describe('Null where it cannot be known.'),
});

const removedSchema = z
  .strictObject({ branch: z.string(), removed: z.boolean().describe('False: there was nothing to remove.') })
  .describe('`pullgres branch remove`.');

const baselineSchema = z
  .strictObject({
    baseline: z.string().describe('Its id.'),
    name: z.string().nullable().describe('Of a version of a masked baseline: what branches ask for.'),
    kind: z.enum(['schema', 'synthetic', 'masked']),
    database: z.string(),
    createdAt: time,
    sourceAt: z.iso.datetime().nullable().describe('When the source of its rows was read.'),
    proved: z
      .boolean()
      .nullable()
      .describe('Whether the policy trusts the proof of its masking; null for other kinds.'),
    notProved: z.string().nullable().describe('Why no branch is made from it.'),
    bytes,
    branches: z.int().nonnegative().describe('Branches that are made from it.'),
  })
  .describe('`pullgres baseline publish`.');

const removedBaselineSchema = z
  .strictObject({ baseline: z.string(), removed: z.boolean() })
  .describe('`pullgres baseline remove`.');

/** What `pullgres branch … --format json` and `pullgres baseline … --format json` print. */
export const branchOutput = z.union([
  branchSchema,
  z.array(listedSchema).describe('`pullgres branch list`, ordered by id.'),
  removedSchema,
  baselineSchema,
  z.array(baselineSchema).describe('`pullgres baseline list`, ordered by id.'),
  removedBaselineSchema,
]);

export type BranchJson = z.infer<typeof branchSchema>;
export type ListedJson = z.infer<typeof listedSchema>;
export type RemovedJson = z.infer<typeof removedSchema>;
export type BaselineJson = z.infer<typeof baselineSchema>;
export type RemovedBaselineJson = z.infer<typeof removedBaselineSchema>;

/** The format as JSON Schema, for `docs/branch.schema.json`. */
export function branchOutputSchema(): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(branchOutput, { target: 'draft-2020-12' }),
    title: 'Pullgres branches',
    description:
      'What `pullgres branch` and `pullgres baseline` print with `--format json`: one of these, by subcommand.',
  };
}
