import type { ColumnDef, Constraint as ConstraintNode } from '@pgsql/types';
import type { Constraint } from '../../sql/catalog.ts';
import { newRelation } from '../../sql/catalog-edit.ts';
import { columnClauses } from '../../sql/columns.ts';
import { readConstraint } from '../../sql/constraints.ts';
import { addsCheckedReference } from '../../sql/effects/add-column.ts';
import { quoteName, quoteQualified } from '../../sql/quote.ts';
import { type Subcommand, subcommands } from '../alter-table.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';

export const rule: Rule = {
  slug: 'add-fk-validating',
  title: 'Adding a foreign key that is checked at once',
  condition: 'ADD FOREIGN KEY without NOT VALID, or a new column with a default and REFERENCES.',
  effect:
    'Both tables are locked in ShareRowExclusiveLock while every row is looked up: reads go on, writes to both wait.',
  workaround: 'Add it NOT VALID, which checks new rows only, and validate it in a later transaction.',
  severity: 'error',
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: true, builds: false },
  check: (statement, context) => [
    ...subcommands(statement, context, 'AT_AddConstraint').flatMap((found) =>
      checkConstraint(found, context),
    ),
    ...subcommands(statement, context, 'AT_AddColumn').flatMap(checkColumn),
  ],
};

function checkConstraint(found: Subcommand, context: RuleContext): readonly Complaint[] {
  const { def } = found.command;
  if (def === undefined || !('Constraint' in def)) return [];
  const key = foreignKey(found, def.Constraint);
  if (key === undefined || key.validated === false) return [];
  const kind = found.catalog.relations.get(found.table)?.kind;
  const help =
    kind === 'partitioned table' && context.version < 18 ? partitionedHelp(found) : twoSteps(found, key);
  return [complaint(found, key, help)];
}

function checkColumn(found: Subcommand): readonly Complaint[] {
  const { def } = found.command;
  if (def === undefined || !('ColumnDef' in def) || !addsCheckedReference(def.ColumnDef)) return [];
  const clause = columnClauses(def.ColumnDef).find(({ contype }) => contype === 'CONSTR_FOREIGN');
  const key = clause && foreignKey(found, clause, def.ColumnDef);
  return key === undefined
    ? []
    : [complaint(found, key, `Add the column without REFERENCES first. ${twoSteps(found, key)}`)];
}

function foreignKey(
  { table, catalog }: Subcommand,
  node: ConstraintNode,
  column?: ColumnDef,
): Constraint | undefined {
  const relation = catalog.relations.get(table) ?? newRelation(table, 'table');
  const constraint = readConstraint(catalog, relation, node, column?.colname);
  return constraint?.kind === 'foreign key' ? constraint : undefined;
}

function complaint({ table }: Subcommand, { references = '' }: Constraint, help: string): Complaint {
  const [child, parent] = [quoteQualified(table), quoteQualified(references ?? '')];
  const tables = child === parent ? child : `${child} and ${parent}`;
  return {
    relation: table,
    message: `Writes to ${tables} wait while every row of ${child} is looked up in ${parent}.`,
    help,
  };
}

function twoSteps({ table }: Subcommand, key: Constraint): string {
  const [child, name] = [quoteQualified(table), quoteName(key.name)];
  const columns = key.columns.map(quoteName).join(', ');
  const parent = quoteQualified(key.references ?? '');
  return `Run ALTER TABLE ${child} ADD CONSTRAINT ${name} FOREIGN KEY (${columns}) REFERENCES ${parent} NOT VALID, then in a later transaction ALTER TABLE ${child} VALIDATE CONSTRAINT ${name}.`;
}

/** Before 18 a partitioned table takes no foreign key that is not valid. */
function partitionedHelp({ table }: Subcommand): string {
  return `Add the foreign key NOT VALID to each partition of ${quoteQualified(table)}, validate each, and add it to ${quoteQualified(table)} last, which then takes over the partitions’ own.`;
}
