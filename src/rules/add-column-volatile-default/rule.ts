import type { ColumnDef } from '@pgsql/types';
import type { Catalog } from '../../sql/catalog.ts';
import { columnClauses } from '../../sql/columns.ts';
import { effects } from '../../sql/effects.ts';
import type { Statement } from '../../sql/statement.ts';
import { serialType } from '../../sql/types.ts';
import { isVolatile } from '../../sql/volatility.ts';
import { alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, isOrAre, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return alterCommands(statement, context.catalog).flatMap(({ command, table, alone }) => {
    const { def } = command;
    if (command.subtype !== 'AT_AddColumn' || !def || !('ColumnDef' in def)) return [];
    const cause = causeOf(def.ColumnDef, context.catalog);
    if (!cause) return [];
    const found = effects(alone, context.catalog, context.version);
    const rewritten = onExisting(found, context.catalog)
      .filter(({ rewrite, kind }) => rewrite && kind !== 'index')
      .map(({ relation }) => relation);
    if (rewritten.length === 0) return [];
    const column = def.ColumnDef.colname ?? 'the column';
    return [
      {
        relation: table,
        message: `${cause.what(code(column))}, so ${listed(rewritten)} ${isOrAre(rewritten)} rewritten while nobody can read or write ${rewritten.length === 1 ? 'it' : 'them'}.`,
        help: cause.help(code(column)),
      },
    ];
  });
}

type Cause = { readonly what: (column: string) => string; readonly help: (column: string) => string };

const causes = {
  default: {
    what: (column) => `The default of ${column} is another value for each row`,
    help: (column) =>
      `Add ${column} without a default, set its default in a second statement, and fill old rows in batches.`,
  },
  numbered: {
    what: (column) => `${column} numbers every row`,
    help: (column) =>
      `Add ${column} as a plain column, fill it in batches from a sequence, then make it NOT NULL and an identity column.`,
  },
  generated: {
    what: (column) => `${column} is generated and stored for every row`,
    help: (column) =>
      `Add ${column} as a plain column kept by a trigger and fill old rows in batches, or from Postgres 18 on make it VIRTUAL.`,
  },
} as const satisfies Record<string, Cause>;

function causeOf(column: ColumnDef, catalog: Catalog): Cause | undefined {
  if (serialType(column.typeName) !== undefined) return causes.numbered;
  const clauses = columnClauses(column);
  const kinds = clauses.map(({ contype }) => contype);
  if (kinds.includes('CONSTR_IDENTITY')) return causes.numbered;
  if (kinds.includes('CONSTR_GENERATED')) return causes.generated;
  const isVolatileDefault = clauses.some(
    ({ contype, raw_expr: value }) => contype === 'CONSTR_DEFAULT' && isVolatile(catalog, value),
  );
  return isVolatileDefault ? causes.default : undefined;
}

export const rule: Rule = {
  slug: 'add-column-volatile-default',
  section: 'columns',
  title: 'A new column with a value of its own for each row rewrites the table',
  condition: 'A column is added with a volatile default, as `serial` or identity, or generated and stored.',
  effect: 'The table and all its indexes are written anew while nobody can read or write it.',
  workaround: 'Add the column plain, set the default afterwards, fill old rows in batches.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  check,
};
