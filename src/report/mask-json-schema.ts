import * as z from 'zod';

export const MASK_JSON_VERSION = 1;

/** What `pullgres mask check --format json` prints. */
export const maskCheckOutput = z.strictObject({
  version: z.literal(MASK_JSON_VERSION),
  profile: z.string().describe('The file that was checked.'),
  source: z.string().describe('What it was held against.'),
  conclusion: z
    .enum(['clean', 'problems'])
    .describe('clean: a refresh would not be refused because of the profile; exit code 0.'),
  problems: z
    .array(z.strictObject({ where: z.string(), what: z.string(), remedy: z.string() }))
    .describe(
      'What stands in the way of a refresh; `remedy` is a line to paste into the profile, or what to do.',
    ),
  tables: z
    .strictObject({ copied: z.int(), empty: z.int() })
    .nullable()
    .describe('null while there are problems.'),
  columns: z
    .strictObject({ masked: z.int(), clear: z.int(), computed: z.int() })
    .nullable()
    .describe('Of the tables that are copied; null while there are problems.'),
  risks: z
    .array(
      z.strictObject({
        table: z.string(),
        key: z.string(),
        bits: z.int(),
        probability: z
          .number()
          .nullable()
          .describe('That any two rows of the key fall together; null when nobody knows the number of rows.'),
      }),
    )
    .describe('Keys for which only hashing is to be had.'),
  notes: z.array(z.string()).describe('What was decided without the profile’s word.'),
  weakened: z
    .strictObject({
      base: z.string().describe('The commit that it is compared with.'),
      rules: z.array(z.strictObject({ where: z.string(), what: z.string() })),
      unknown: z.string().nullable().describe('Why it could not be compared; null when it was.'),
    })
    .nullable()
    .describe('What the profile masks less than at the base; null when no base was named.'),
});

export type MaskCheck = z.infer<typeof maskCheckOutput>;

/** The format as JSON Schema, for `docs/mask.schema.json`. */
export function maskOutputSchema(): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(maskCheckOutput, { target: 'draft-2020-12' }),
    title: 'Pullgres mask check',
    description: 'What `pullgres mask check --format json` prints.',
  };
}
