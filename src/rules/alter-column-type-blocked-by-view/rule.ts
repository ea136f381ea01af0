import type { Catalog, Relation } from '../../sql/catalog.ts';
import { readersOf } from '../../sql/graph.ts';
import { qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { type ColumnPart, columnParts } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const retyped = columnParts(statement, context, 'AT_AlterColumnType');
  const dropped = columnParts(statement, context, 'AT_DropColumn').filter(
    ({ command }) => command.behavior !== 'DROP_CASCADE',
  );
  return [
    ...retyped.flatMap((part) => refused(part, 'gets no other type')),
    ...dropped.flatMap((part) => refused(part, 'cannot be dropped')),
  ];
}

function refused({ schema, table, column }: ColumnPart, what: string): readonly Complaint[] {
  const views = viewsOf(schema, table, column);
  if (views.length === 0) return [];
  const drops = views.map(({ kind, name }) =>
    code(`DROP ${kind === 'view' ? 'VIEW' : 'MATERIALIZED VIEW'} ${qualifiedText(name)}`),
  );
  const names = views.map(({ name }) => name);
  return [
    {
      relation: table,
      part: column,
      message: `${code(column)} ${what} as long as ${listed(names)} ${names.length === 1 ? 'reads' : 'read'} it: the server refuses the statement.`,
      help: `Write ${drops.join(' and ')} before it in the same transaction, and create ${names.length === 1 ? 'the view' : 'the views'} again after it.`,
    },
  ];
}

/** Views whose query names the column itself; views on those do so through them. */
function viewsOf(schema: Catalog, table: string, column: string): readonly Relation[] {
  return readersOf(schema, new Set([table])).filter((view) => view.readColumns?.[table]?.includes(column));
}

export const rule: Rule = {
  slug: 'alter-column-type-blocked-by-view',
  section: 'columns',
  title: 'A column that a view reads can neither change its type nor be dropped',
  condition: 'A column gets another type, or is dropped without `CASCADE`, while a view reads it.',
  effect: 'The server refuses the statement (0A000, or 2BP01 for a drop), and the migration stops there.',
  workaround: 'Drop the view before it in the same transaction, and create it again after it.',
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
  check,
};
