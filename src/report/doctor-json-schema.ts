import * as z from 'zod';

/** The format's version: it grows when a reader would have to change. */
const DOCTOR_JSON_VERSION = 1;

/** Worst first. */
export const DOCTOR_STATUSES = ['problem', 'warning', 'unknown', 'ok'] as const;

const statement = z.strictObject({
  database: z
    .string()
    .nullable()
    .describe('Where it must be run; null: anywhere, such as the administrator’s database.'),
  statement: z.string().describe('One statement without a semicolon, fit to print and to run as it stands.'),
});

const check = z.strictObject({
  id: z.string(),
  group: z.enum(['server', 'administrator', 'baselines', 'isolation', 'capacity', 'disk', 'remains']),
  title: z.string().describe('What is in order when the status is ok.'),
  status: z
    .enum(DOCTOR_STATUSES)
    .describe(
      'problem: it stops or endangers branches. warning: it costs something, or may hurt later. unknown: it could not be seen, so nothing is proved.',
    ),
  detail: z.string().describe('What was found, with the numbers.'),
  remedy: z
    .strictObject({
      text: z.string(),
      sql: z
        .array(statement)
        .describe('To be run in this order, each by itself; empty where SQL cannot mend it.'),
    })
    .nullable(),
});

/** What `pullgres doctor --format json` prints. */
export const doctorJsonSchema = z.strictObject({
  version: z.literal(DOCTOR_JSON_VERSION),
  server: z.strictObject({
    postgres: z.int().describe('Major version.'),
    host: z.string(),
    port: z.int(),
    database: z.string(),
    user: z.string(),
  }),
  baseline: z.string().nullable().describe('The baseline that was asked for; null: all.'),
  summary: z.strictObject({ problem: z.int(), warning: z.int(), unknown: z.int(), ok: z.int() }),
  checks: z.array(check).describe('In the order in which they were asked.'),
});

export type DoctorJson = z.infer<typeof doctorJsonSchema>;
export type DoctorCheck = DoctorJson['checks'][number];

/** The whole report from what was found. */
export function doctorReport(found: Omit<DoctorJson, 'version' | 'summary'>): DoctorJson {
  const of = (status: DoctorCheck['status']) => found.checks.filter((each) => each.status === status).length;
  const summary = { problem: of('problem'), warning: of('warning'), unknown: of('unknown'), ok: of('ok') };
  const { server, baseline, checks } = found;
  return { version: DOCTOR_JSON_VERSION, server, baseline, summary, checks };
}

/** The format as JSON Schema, for `docs/doctor.schema.json`. */
export function doctorOutputSchema(): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(doctorJsonSchema, { target: 'draft-2020-12' }),
    title: 'Pullgres doctor',
    description:
      'What `pullgres doctor --format json` prints: every check of a branch server, with its remedy.',
  };
}
