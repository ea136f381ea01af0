import { readConstraint } from '../sql/constraints.ts';
import { bareName } from '../sql/names.ts';
import type { Statement } from '../sql/statement.ts';
import { alterCommands } from './alter-commands.ts';
import type { AddedColumn } from './column-parts.ts';
import type { RuleContext } from './context.ts';
import type { TextEdit } from './rule.ts';

export type Inline = AddedColumn & { readonly clause: AddedColumn['clauses'][number] };

/** The name of the constraint that a clause at a column makes: its own, or the one that Postgres chooses. */
export function inlineName({ table, column, clause, schema }: Inline, suffix: string): string {
  const relation = schema.relations.get(table);
  const made = relation && readConstraint(schema, relation, clause, column);
  return made?.name ?? clause.conname ?? `${bareName(table)}_${column}_${suffix}`;
}

/** Takes a column's last clause out into an `ADD … NOT VALID` of the same statement; nothing where the clause's end is not the statement's. */
export function takenOut(statement: Statement, added: Inline, context: RuleContext): readonly TextEdit[] {
  const { clause, clauses } = added;
  const isLast = clauses.at(-1) === clause && alterCommands(statement, context.catalog).length === 1;
  if (!isLast || clause.location === undefined) return [];
  const before = Buffer.from(statement.sql).subarray(0, clause.location).toString();
  const gap = Buffer.byteLength(before) - Buffer.byteLength(before.trimEnd());
  const { startByte, endByte } = statement.place;
  const at = startByte + clause.location;
  return [
    { startByte: at - gap, endByte: at, text: ', ADD ' },
    { startByte: endByte, endByte, text: ' NOT VALID' },
  ];
}
