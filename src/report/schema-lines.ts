import type { RehearsalRecord } from '../evidence/schema.ts';

/** The schema's changes for a reader: each object, and below it the DDL that went (-) and that came (+). */
export function schemaLines(schema: NonNullable<RehearsalRecord['schema']>): string[] {
  return schema.flatMap(({ change, kind, name, was, removed, added }) => [
    `# ${change} ${kind} ${name}${was === undefined ? '' : ` (was ${was})`}`,
    ...removed.map((line) => `- ${line}`),
    ...added.map((line) => `+ ${line}`),
  ]);
}
