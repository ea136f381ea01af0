import { readersOf } from '../../sql/graph.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterTable } from '../column-advice.ts';
import { type ColumnPart, columnParts, computedFrom } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const retyped = columnParts(statement, context, 'AT_AlterColumnType');
  const dropped = columnParts(statement, context, 'AT_DropColumn').filter(
    ({ command }) => command.behavior !== 'DROP_CASCADE',
  );
  return [
    ...retyped.flatMap((part) =>
      refused(part, [...viewsOf(part), ...generatedFrom(part)], 'gets no other type'),
    ),
    ...dropped.flatMap((part) => {
      // Before 15 a generated column goes with the column that it is computed from.
      const generated = context.version >= 15 ? generatedFrom({ ...part, schema: context.catalog }) : [];
      return refused(part, [...viewsOf(part), ...generated], 'cannot be dropped');
    }),
  ];
}

/** What needs the column, and the statement that takes it out of the way. */
type User = { readonly name: string; readonly drop: string };

function refused({ table, column }: ColumnPart, users: readonly User[], what: string): readonly Complaint[] {
  if (users.length === 0) return [];
  const names = users.map(({ name }) => name);
  const [need, it] = users.length === 1 ? ['needs', 'it'] : ['need', 'them'];
  return [
    {
      relation: table,
      part: column,
      message: `${code(column)} ${what} as long as ${listed(names)} ${need} it: the server refuses the statement.`,
      help: `Write ${users.map(({ drop }) => code(drop)).join(' and ')} before it in the same transaction, and make ${it} again after it.`,
    },
  ];
}

/** Views whose query names the column itself; views on those do so through them. */
function viewsOf({ schema, table, column }: ColumnPart): readonly User[] {
  return readersOf(schema, new Set([table]))
    .filter((view) => view.readColumns?.[table]?.includes(column))
    .map(({ kind, name }) => ({
      name,
      drop: `DROP ${kind === 'view' ? 'VIEW' : 'MATERIALIZED VIEW'} ${qualifiedText(name)}`,
    }));
}

function generatedFrom({ schema, table, column }: ColumnPart): readonly User[] {
  return computedFrom(schema, table, column).map(({ name }) => ({
    name: `${table}.${name}`,
    drop: `${alterTable(table)} DROP COLUMN ${identifierText(name)}`,
  }));
}

export const rule: Rule = {
  slug: 'alter-column-type-blocked-by-view',
  section: 'columns',
  title: 'A column that a view or a generated column reads can neither change its type nor be dropped',
  condition:
    'A column gets another type, or is dropped without `CASCADE`, while a view or a generated column reads it.',
  effect: 'The server refuses the statement (0A000, or 2BP01 for a drop), and the migration stops there.',
  workaround: 'Drop what reads it before it in the same transaction, and create it again after it.',
  severity: 'error',
  over: [
    'alter-column-type-rewrite',
    'alter-column-type-narrowing',
    'alter-column-type-rechecks-constraints',
    'alter-column-type-reindexes',
    'alter-column-type-metadata-only',
    'alter-referenced-key-type',
    'drop-column',
    'drop-column-drops-constraints',
    'drop-required-column',
  ],
  since: 13,
  claim: { fails: '0A000' },
  kinds: ['AlterTableStmt'],
  check,
};
