import { columnClauses } from '../../sql/columns.ts';
import { addColumnRewrites } from '../../sql/effects/add-column.ts';
import { quoteName, quoteQualified } from '../../sql/quote.ts';
import { serialType, typeText } from '../../sql/types.ts';
import { type Subcommand, subcommands } from '../alter-table.ts';
import type { Complaint, Rule } from '../rule.ts';

export const rule: Rule = {
  slug: 'add-column-volatile-default',
  title: 'Adding a column whose value is computed for every row',
  condition:
    'ADD COLUMN with a volatile default, as serial, identity or stored generated column, or of a domain with a constraint.',
  effect:
    'The table is locked in AccessExclusiveLock while all its rows and indexes are written anew: nobody reads or writes it until then.',
  workaround: 'Add the column without it, set the default afterwards, and fill the old rows in batches.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: false },
  check: (statement, context) => subcommands(statement, context, 'AT_AddColumn').flatMap(checkColumn),
};

function checkColumn(found: Subcommand): readonly Complaint[] {
  const { def, missing_ok: isOptional } = found.command;
  if (def === undefined || !('ColumnDef' in def)) return [];
  const name = def.ColumnDef.colname ?? '';
  const exists = found.catalog.relations.get(found.table)?.columns.some((column) => column.name === name);
  const reason = addColumnRewrites(found.catalog, def.ColumnDef);
  if (reason === undefined || (isOptional && exists)) return [];
  const table = quoteQualified(found.table);
  return [
    {
      relation: found.table,
      message: `Nobody can read or write ${table} while all its rows are written anew to add ${quoteName(name)}: ${reason}.`,
      help: help(found, table, quoteName(name)),
    },
  ];
}

/** What to do depends on where the value comes from. */
function help({ catalog, command }: Subcommand, table: string, column: string): string {
  const definition = command.def && 'ColumnDef' in command.def ? command.def.ColumnDef : {};
  const type = typeText(catalog, definition.typeName);
  const has = (contype: string): boolean =>
    columnClauses(definition).some((clause) => clause.contype === contype);
  const plain = `Run ALTER TABLE ${table} ADD COLUMN ${column} ${catalog.types.get(type)?.base ?? type}`;
  const fill = 'and fill the old rows in batches';
  if (has('CONSTR_GENERATED')) return `${plain}, keep it right by a trigger, ${fill}.`;
  if (has('CONSTR_IDENTITY'))
    return `${plain}, ${fill} from a sequence, set it NOT NULL, then ALTER COLUMN ${column} ADD GENERATED … AS IDENTITY.`;
  if (serialType(definition.typeName) !== undefined)
    return `${plain}, create a sequence OWNED BY it, ALTER COLUMN ${column} SET DEFAULT nextval of it, ${fill}.`;
  if (has('CONSTR_DEFAULT'))
    return `${plain}, then ALTER COLUMN ${column} SET DEFAULT with the same expression, ${fill}.`;
  return `${plain}, add the domain’s conditions as a CHECK … NOT VALID, and validate it in a later transaction.`;
}
