import { identifierText } from '../sql/identifier.ts';
import type { Statement } from '../sql/statement.ts';
import { splitType } from '../sql/types.ts';
import { type NewColumn, newColumns } from './new-columns.ts';
import type { Complaint, RuleContext } from './rule.ts';
import { replaceAt } from './text-edits.ts';
import { code } from './words.ts';

/** What is said against a type, and what to write instead of it. */
export type Opinion = {
  /** Continues "`orders.note` …". */
  readonly effect: string;
  /** The better type, as SQL writes it. */
  readonly instead: string;
  /** The type as it is written, and the text that takes its place; left out, nothing is replaced. */
  readonly written?: readonly [pattern: RegExp, text: string];
};

export type TypeParts = ReturnType<typeof splitType>;

/** Complaints about the types of the columns that a statement defines. */
export function typeComplaints(
  statement: Statement,
  { catalog }: RuleContext,
  opinionOf: (type: TypeParts, column: NewColumn) => Opinion | undefined,
): readonly Complaint[] {
  return newColumns(statement, catalog).flatMap((column) => {
    const parts = splitType(column.type);
    const opinion = opinionOf(parts, column);
    if (opinion === undefined) return [];
    const { effect, instead, written } = opinion;
    const better = `${identifierText(column.name)} ${instead}${parts.array ? '[]' : ''}`;
    return [
      {
        relation: column.table,
        part: column.name,
        message: `${code(column.name)} of ${code(column.table)} ${effect}.`,
        help: `Write ${code(better)}.`,
        fix: written ? replaceAt(statement, column.definition.typeName?.location, ...written) : [],
      },
    ];
  });
}
