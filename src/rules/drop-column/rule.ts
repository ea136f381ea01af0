import type { Catalog } from '../../sql/catalog.ts';
import { indexesOf } from '../../sql/graph.ts';
import { bareName } from '../../sql/names.ts';
import { quoteName, quoteQualified } from '../../sql/quote.ts';
import { type Subcommand, subcommands } from '../alter-table.ts';
import type { Complaint, Rule } from '../rule.ts';

export const rule: Rule = {
  slug: 'drop-column',
  title: 'Dropping a column that running code may still use',
  condition: 'ALTER TABLE … DROP COLUMN.',
  effect:
    'Its values are gone for good, and code that still names the column, or that caches the table’s columns, fails from that moment on.',
  workaround: 'Stop using it in the code, deploy that everywhere, and drop the column in a later release.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check: (statement, context) =>
    subcommands(statement, context, 'AT_DropColumn').flatMap((found) => checkColumn(found, context.catalog)),
};

function checkColumn({ table, command }: Subcommand, catalog: Catalog): readonly Complaint[] {
  const column = command.name ?? '';
  const relation = catalog.relations.get(table);
  const isGone = command.missing_ok && relation?.columns.every(({ name }) => name !== column);
  if (isGone) return [];
  const lost = [
    ...indexesOf(catalog, table)
      .filter(({ indexColumns }) => indexColumns.includes(column))
      .map(({ name }) => bareName(name)),
    ...(relation?.constraints ?? [])
      .filter(({ columns }) => columns.includes(column))
      .map(({ name }) => name),
  ];
  const others = [...new Set(lost)].map(quoteName);
  const also = others.length === 0 ? '' : ` ${list(others)} ${others.length === 1 ? 'goes' : 'go'} with it.`;
  const name = `${quoteName(column)} of ${quoteQualified(table)}`;
  return [
    {
      relation: table,
      message: `The values of ${name} are lost, and code that still names it fails.${also}`,
      help: `Release code that neither reads nor writes ${quoteName(column)} first, and drop it when no older version runs.`,
    },
  ];
}

function list(names: readonly string[]): string {
  return names.length === 1 ? (names[0] ?? '') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}
