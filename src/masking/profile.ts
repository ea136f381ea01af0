import * as z from 'zod';
import { UserError } from '../errors.ts';
import { type CheckedExpression, checkExpression, MAXIMUM_EXPRESSION_LENGTH } from './expression.ts';

/** What becomes of a column: kept as it is, NULL, its type's empty value, or an expression over its own row. */
export const STRATEGIES = ['keep', 'null', 'empty', 'expression'] as const;

const NAME = '(?:[a-z_][a-z0-9_$]*|"(?:[^"\\u0000]|"")+")';
const COLUMN_KEY = new RegExp(`^(?:${NAME}\\.)?${NAME}\\.${NAME}$`, 'u');

const expressionStrategy = z.strictObject({
  expression: z.string().min(1).max(MAXIMUM_EXPRESSION_LENGTH).describe('SQL over the row’s own columns.'),
});

const strategySchema = z.union([z.enum(['keep', 'null', 'empty']), expressionStrategy], {
  error: ({ input }) =>
    input === null
      ? 'without quotes, null is no text in YAML; write "null" in quotes'
      : 'write keep, "null", empty, or {expression: <SQL>}',
});

/** A masking profile: `columns` maps `table.column` or `schema.table.column`, names quoted as in SQL, to a strategy. */
export const profileSchema = z.strictObject({
  version: z.literal(1),
  columns: z
    .record(
      z.string().regex(COLUMN_KEY, 'write table.column or schema.table.column, quoted as in SQL'),
      strategySchema,
    )
    .describe('What becomes of each column.'),
});

export type Profile = z.infer<typeof profileSchema>;
export type Strategy = Profile['columns'][string];

/** One column of the profile; `schema` is `public` when the profile names none. Names are unquoted. */
export type ProfileColumn = {
  readonly schema: string;
  readonly table: string;
  readonly column: string;
  readonly strategy: Strategy;
};

/** Reads a profile from plain data. Throws UserError with every problem, and for a column that is named twice. */
export function parseProfile(value: unknown, file: string): readonly ProfileColumn[] {
  const result = profileSchema.safeParse(value);
  if (!result.success) {
    const lines = result.error.issues.map(describe);
    throw new UserError(`${file} is not a masking profile:\n${lines.join('\n')}`, {
      hint: `The strategies are ${STRATEGIES.join(', ')}.`,
    });
  }
  const columns = Object.entries(result.data.columns).map(([key, strategy]) => ({
    ...splitKey(key),
    strategy,
  }));
  refuseDoubles(columns, file);
  return columns;
}

/** What replaces a column's value: a simple strategy by name, or the checked SQL. Throws UserError when the expression is not allowed. */
export function maskOf(
  { strategy }: ProfileColumn,
  columns: readonly string[],
): 'keep' | 'null' | 'empty' | CheckedExpression {
  return typeof strategy === 'string' ? strategy : checkExpression(strategy.expression, { columns });
}

function describe(issue: z.core.$ZodIssue): string {
  const where = issue.path.length > 0 ? JSON.stringify(issue.path.map(String).join(' ')) : 'the profile';
  const cause = issue.code === 'invalid_key' ? issue.issues[0] : undefined;
  return `  ${where}: ${(cause ?? issue).message}`;
}

function splitKey(key: string): Omit<ProfileColumn, 'strategy'> {
  const names = [...key.matchAll(new RegExp(NAME, 'gu'))].map(([name]) =>
    name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name,
  );
  const [schema = '', table = '', column = ''] = names.length === 3 ? names : ['public', ...names];
  return { schema, table, column };
}

function refuseDoubles(columns: readonly ProfileColumn[], file: string): void {
  const seen = new Set<string>();
  for (const { schema, table, column } of columns) {
    const key = JSON.stringify([schema, table, column]);
    if (seen.has(key)) {
      throw new UserError(`${file} names ${schema}.${table}.${column} twice.`, {
        hint: 'Keep one of the two.',
      });
    }
    seen.add(key);
  }
}
