import * as z from 'zod';
import { observedSchema, rehearsalSchema } from '../evidence/rehearsal-schema.ts';
import { verdictSchema } from '../evidence/schema.ts';
import { POSTGRES_VERSIONS } from '../sql/effect.ts';
import { findingInJson, predictedMembers, unreadProblem } from './lint-json-schema.ts';

/** The format's version: it grows when a reader would have to change. */
export const REHEARSE_JSON_VERSION = 1;

const { place: _place, sql: _sql, agreement: _agreement, locks, ...shown } = observedSchema.shape;

const lock = z.strictObject({
  ...locks.element.shape,
  earlier: z
    .literal(true)
    .optional()
    .describe(
      'An earlier statement of the transaction took it, at least as strong as this one needs it; `heldMs` counts from this statement’s begin.',
    ),
});

const { migrations: runs, findings: _findings, accepted: _accepted, ...ofTheRun } = rehearsalSchema.shape;
const { statements: _statements, file: _file, ...ofOneMigration } = runs.element.shape;

const statement = z.strictObject({
  ...predictedMembers,
  observed: z
    .strictObject({ ...shown, locks: z.array(lock) })
    .nullable()
    .describe('What the server showed; null for a statement that did not run. Times in milliseconds.'),
  agreement: observedSchema.shape.agreement
    .unwrap()
    .nullable()
    .describe(
      'Whether what was predicted and what was observed are the same; a difference is a defect of Pullgres.',
    ),
});

const file = z.strictObject({
  path: z.string(),
  parsed: z.boolean().describe('False: something in the file could not be read.'),
  problems: z.array(unreadProblem).optional(),
  migrations: z
    .array(z.strictObject(ofOneMigration))
    .describe('The migrations of the file that ran, one in most tools.'),
  statements: z.array(statement),
  findings: z
    .array(findingInJson)
    .describe('Predicted and observed, each once, and those that are accepted.'),
});

/** What `pullgres rehearse --format json` prints. */
export const rehearseJsonSchema = z.strictObject({
  version: z.literal(REHEARSE_JSON_VERSION),
  postgres: z.union(POSTGRES_VERSIONS.map((version) => z.literal(version))).describe('The server judged by.'),
  tool: z.string().describe('The migration tool.'),
  files: z.array(file).describe('In the order of application.'),
  rehearsal: z.strictObject(ofTheRun),
  verdict: verdictSchema,
});

export type RehearseJson = z.infer<typeof rehearseJsonSchema>;

/** The format as JSON Schema, for `docs/rehearse.schema.json`. */
export function rehearseOutputSchema(): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(rehearseJsonSchema, { target: 'draft-2020-12' }),
    title: 'Pullgres rehearsal',
    description:
      'What `pullgres rehearse --format json` prints: what every statement was predicted to do, and what it did.',
  };
}
