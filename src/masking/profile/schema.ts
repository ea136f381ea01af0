import * as z from 'zod';
import { UNKNOWN } from './profile.ts';
import { percent, strategySchema } from './strategy-schema.ts';

const reason = z
  .string('say why, in at least 10 characters')
  .min(10, 'say why, in at least 10 characters')
  .describe('Why.');
const owner = z
  .string('say who answers for it')
  .min(1, 'say who answers for it')
  .describe('Who answers for it.');
const condition = z
  .string('write an SQL condition in quotes')
  .min(1, 'write an SQL condition')
  .max(2000)
  .describe('SQL condition over the row’s own columns.');

const tableSchema = z.union([
  z.enum(['empty', 'clear']),
  z
    .object({
      subset: condition.optional().describe('Only rows that meet this SQL condition are taken.'),
      sample: percent.optional().describe('Only this share of the rows is taken.'),
    })
    .catchall(strategySchema),
]);

const LINK_ADVICE = 'write `table.column -> table.column`';

/** `.github/masking.yml`: what becomes of each column when a masked baseline is made. */
export const profileSchema = z.strictObject({
  version: z.literal(1, 'write 1'),
  unknown: z
    .enum(UNKNOWN)
    .default('fail')
    .describe('Columns without a rule: the refresh fails, or they are masked by their type, or emptied.'),
  tables: z
    .record(z.string(), tableSchema)
    .default({})
    .describe('By table, schema.table or pattern with `*`: empty, clear, or what becomes of each column.'),
  allow: z
    .record(
      z.string(),
      z.strictObject({
        reason,
        owner,
        until: z.iso.date('write a date: 2027-01-31').describe('Day from which on the entry holds no more.'),
      }),
    )
    .default({})
    .describe('Columns that stay clear although they look personal, by table.column or table.column.$.path.'),
  texts: z
    .record(
      z.string().min(1).max(500),
      z.strictObject({
        reason,
        owner,
        until: z.iso.date('write a date: 2027-01-31').describe('Day from which on the entry holds no more.'),
      }),
    )
    .default({})
    .describe(
      'Objects of the schema whose text looks personal and names nobody, as the refusal names them: a function, a view. A real value of a masked column is refused all the same.',
    ),
  links: z
    .array(
      z.union(
        [z.string(LINK_ADVICE), z.strictObject({ link: z.string(LINK_ADVICE), when: condition })],
        LINK_ADVICE,
      ),
    )
    .default([])
    .describe('Foreign keys that the catalog does not know: `invoices.customer_ref -> users.public_id`.'),
  keep: z
    .record(z.string(), z.strictObject({ where: condition, reason, owner }))
    .default({})
    .describe('By table: rows that are not masked, such as accounts of the staff.'),
  verify: z
    .strictObject({
      sample: z
        .int()
        .min(100)
        .max(1_000_000)
        .default(100_000)
        .describe('Clear values that are looked for in the baseline.'),
      canaries: z
        .string('write env: and the name of an environment variable')
        .regex(
          /^env:[A-Za-z_][A-Za-z0-9_]*$/,
          'write env: and the name of an environment variable, never the values',
        )
        .optional()
        .describe('Where further values stand that must not be found, one a line: env:NAME.'),
      queries: z
        .record(z.string().min(1).max(200), z.string('write one SQL query').min(1).max(20_000))
        .default({})
        .describe(
          'Queries by name, with $1, $2 … for parameters, whose plans must stay as they are at the source.',
        ),
    })
    .prefault({})
    .describe('How the baseline is searched and compared.'),
});

/** The profile as zod gives it. */
export type WrittenProfile = z.output<typeof profileSchema>;
