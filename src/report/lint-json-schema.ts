import * as z from 'zod';
import { SEVERITIES } from '../rules/rule.ts';
import { LOCK_MODES, POSTGRES_VERSIONS } from '../sql/effect.ts';

/** The format's version: it grows when a reader would have to change. */
export const LINT_JSON_VERSION = 1;

const line = z.int().positive().describe('Counted from 1.');
const column = z.int().positive().describe('Counted from 1, in characters (code points), tabs as one.');
const relation = z.string().describe('Schema-qualified and unquoted: `public.users`.');
const severity = z.enum(SEVERITIES);

const lock = z.strictObject({
  relation,
  mode: z.enum(LOCK_MODES).describe('In the words of pg_locks.'),
  blocks: z
    .array(z.enum(['reads', 'writes', 'ddl']))
    .describe('Whose work on the relation waits while the lock is held. `ddl` is other schema changes.'),
});

/** What is said of a statement before it runs. */
export const predictedMembers = {
  line,
  endLine: line,
  column,
  sql: z
    .string()
    .describe(
      'The statement without its semicolon, values that were put in for variables and placeholders included, cut with `…` behind 10,000 characters.',
    ),
  kind: z.string().describe('The tag of Postgres’ parse tree: `AlterTableStmt`.'),
  inTransaction: z.boolean(),
  seen: z.boolean().describe('False: what the statement does cannot be known, and the lists may be short.'),
  locks: z.array(lock).describe('Every relation that is locked, with the strongest mode.'),
  rewrites: z.array(relation).describe('Tables, partitions and materialized views that are written anew.'),
  scans: z.array(relation).describe('Tables, partitions and materialized views that are read whole.'),
  builds: z.array(z.string()).describe('Indexes that are built.'),
  dataLoss: z.array(relation).describe('Relations that lose data.'),
};
const statement = z.strictObject(predictedMembers);

const exception = z
  .strictObject({ reason: z.string(), owner: z.string(), until: z.iso.date() })
  .describe('Why the finding is accepted, by whom, and through which day.');

const complaint = {
  rule: z.string(),
  severity,
  line,
  endLine: line,
  column,
  relation: relation.nullable(),
  message: z.string().describe('What happens to the running application, one sentence.'),
  help: z.string().describe('What to do instead, one sentence.'),
  fix: z
    .array(
      z.strictObject({
        startByte: z.int().nonnegative(),
        endByte: z.int().nonnegative(),
        text: z.string(),
      }),
    )
    .describe(
      'Edits of the file that mend it, in bytes of its UTF-8 text; empty when there is no mechanical one.',
    ),
};

const fingerprint = z
  .string()
  .regex(/^[0-9a-f]{16}$/)
  .describe('The same for the same complaint about the same statement, wherever it stands.');

export const findingInJson = z.strictObject({
  ...complaint,
  docs: z.url().describe('The rule’s page.'),
  fingerprint,
  also: z
    .array(z.strictObject({ ...complaint, fingerprint }))
    .describe(
      'Other complaints about the same file that are mended together with this one: those of the same rule, and milder ones that it covers. They are not counted.',
    ),
  exception: exception.nullable(),
});

export const unreadProblem = z.strictObject({ line, column, message: z.string(), hint: z.string() });

const file = z.strictObject({
  path: z.string(),
  tool: z
    .string()
    .describe(
      'The migration tool as which the file was read; `none` for a plain file, `policy` or `history` for a file that was not judged and is complained of.',
    ),
  parsed: z.boolean().describe('False: something in the file could not be read, and could not be judged.'),
  problems: z
    .array(unreadProblem)
    .optional()
    .describe(
      'What could not be read, in the order of the text, behind a hundred only counted; there when `parsed` is false.',
    ),
  statements: z.array(statement).describe('Those that could be read.'),
  findings: z.array(findingInJson),
});

const count = z.int().nonnegative();

const summary = z.strictObject({
  files: count,
  unreadable: count.describe('Files with `parsed: false`.'),
  statements: count,
  notSeen: count.describe('Statements with `seen: false`.'),
  errors: count.describe('Findings without an exception.'),
  warnings: count,
  notices: count,
  accepted: count.describe('Findings with an exception.'),
  hidden: count.describe('Findings below `--severity`, which are left out.'),
  failOn: z.enum([...SEVERITIES, 'never']).describe('The weakest severity that fails.'),
  conclusion: z.enum(['clean', 'findings', 'could not judge']).describe('The exit code in words: 0, 1, 2.'),
});

/** What `pullgres lint --format json` prints. */
export const lintJsonSchema = z.strictObject({
  version: z.literal(LINT_JSON_VERSION),
  postgres: z.union(POSTGRES_VERSIONS.map((version) => z.literal(version))).describe('The server judged by.'),
  files: z.array(file).describe('In the order of application.'),
  summary,
});

export type LintJson = z.infer<typeof lintJsonSchema>;

/** The format as JSON Schema, for `docs/lint.schema.json`. */
export function lintOutputSchema(): z.core.JSONSchema.JSONSchema {
  return {
    ...z.toJSONSchema(lintJsonSchema, { target: 'draft-2020-12' }),
    title: 'Pullgres lint',
    description:
      'What `pullgres lint --format json` prints: what every statement does, and what is wrong with it.',
  };
}
