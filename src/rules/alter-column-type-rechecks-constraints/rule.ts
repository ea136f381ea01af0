import type { Constraint } from '../../sql/catalog.ts';
import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterTable, them, typeSql, validate } from '../column-advice.ts';
import { rewritten, scanned } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { type TypeChange, typeChanges } from '../type-changes.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return typeChanges(statement, context).flatMap((change) => {
    const tables = scanned(change.worked);
    const checks = checksOf(change);
    if (tables.length === 0 || rewritten(change.worked).length > 0 || checks.length === 0) return [];
    const names = checks.map(({ name }) => name);
    return [
      {
        relation: change.table,
        part: change.column,
        message: `The new type of ${code(change.column)} keeps the rows as they are, but every row of ${listed(tables)} is read to verify ${listed(names)} again, while nobody else can read or write ${them(tables)}.`,
        help: help(change, checks),
      },
    ];
  });
}

/** Valid CHECKs that name the column. */
function checksOf({ schema, table, column }: TypeChange): readonly Constraint[] {
  return (schema.relations.get(table)?.constraints ?? []).filter(
    ({ kind, columns, validated }) => kind === 'check' && validated && columns.includes(column),
  );
}

function help({ table, column, type }: TypeChange, checks: readonly Constraint[]): string {
  const drops = checks.map(({ name }) => `DROP CONSTRAINT ${identifierText(name)}`);
  const adds = checks.flatMap(({ name, expression }) =>
    expression === undefined
      ? []
      : [`ADD CONSTRAINT ${identifierText(name)} CHECK (${expression}) NOT VALID`],
  );
  const retype = `ALTER COLUMN ${identifierText(column)} TYPE ${typeSql(type)}`;
  const whole = `${alterTable(table)} ${[...drops, retype, ...adds].join(', ')}`;
  const again =
    adds.length === checks.length ? '' : ', add the constraints again with NOT VALID in the same statement';
  const validated = checks.map(({ name }) => validate(table, name)).join(' and ');
  return `Write ${code(whole)}${again}, then ${validated} in a transaction of its own.`;
}

export const rule: Rule = {
  slug: 'alter-column-type-rechecks-constraints',
  section: 'columns',
  title: 'A new column type has the CHECKs of the column verified again',
  condition: 'A column with a valid `CHECK` gets a type that leaves the rows as they are.',
  effect: 'Nobody can read or write the table while every row is read to verify the `CHECK`.',
  workaround:
    'Drop the `CHECK` and add it again `NOT VALID` in the same statement, and validate it afterwards.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
