import type { ColumnDef } from '@pgsql/types';
import { bareName } from '../../sql/names.ts';
import { quoteName, quoteQualified } from '../../sql/quote.ts';
import { typeChangeRewrites } from '../../sql/type-change.ts';
import { typeText } from '../../sql/types.ts';
import { type Subcommand, subcommands } from '../alter-table.ts';
import type { Complaint, Rule } from '../rule.ts';

export const rule: Rule = {
  slug: 'alter-column-type-rewrite',
  title: 'Changing a column’s type by rewriting the table',
  condition: 'ALTER COLUMN … TYPE to a type that is stored in another form.',
  effect:
    'The table is locked in AccessExclusiveLock while all its rows and indexes are written anew: nobody reads or writes it until then.',
  workaround:
    'Add a column of the new type, keep it equal with a trigger, copy in batches, then swap the names.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: false },
  check: (statement, context) => subcommands(statement, context, 'AT_AlterColumnType').flatMap(checkColumn),
};

function checkColumn(found: Subcommand): readonly Complaint[] {
  const { def, name = '' } = found.command;
  if (def === undefined || !('ColumnDef' in def)) return [];
  const column = found.catalog.relations.get(found.table)?.columns.find((known) => known.name === name);
  const { typeName, raw_default: using }: ColumnDef = def.ColumnDef;
  if (!typeChangeRewrites(found.catalog, column, typeName, using)) return [];
  const from = column === undefined ? '' : ` from ${column.type}`;
  const type = typeText(found.catalog, typeName);
  const table = quoteQualified(found.table);
  return [
    {
      relation: found.table,
      message: `Nobody can read or write ${table} while all its rows and indexes are written anew to change ${quoteName(name)}${from} to ${type}.`,
      help: help(table, bareName(found.table), name, type),
    },
  ];
}

function help(table: string, bare: string, name: string, type: string): string {
  const fresh = quoteName(`${name}_new`);
  return `Run ALTER TABLE ${table} ADD COLUMN ${fresh} ${type}, fill it by a trigger on ${quoteName(bare)} and by UPDATEs in batches, then drop ${quoteName(name)} and rename ${fresh} in one short transaction.`;
}
