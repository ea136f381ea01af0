import type { Constraint, Relation } from '../../sql/catalog.ts';
import { provesNotNull } from '../../sql/expression.ts';
import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import { alterTable, validate } from '../column-advice.ts';
import { type NotNullPart, notNullParts, proof } from '../not-null-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return notNullParts(statement, context).flatMap((part) => {
    const told = notValidYet(part) ?? provesAnother(part, context);
    if (told === undefined) return [];
    const read = `so every row of ${listed(part.tables)} is read while nobody else can read or write it`;
    return [{ relation: part.table, part: part.column, message: `${told.why}, ${read}.`, help: told.help }];
  });
}

type Told = { readonly why: string; readonly help: string };

/** The constraint says it, but nobody has looked at the old rows. */
function notValidYet({ schema, table, column }: NotNullPart): Told | undefined {
  const found = schema.relations
    .get(table)
    ?.constraints.find(
      (constraint) =>
        !constraint.validated && constraint.enforced !== false && saysNotNull(constraint, column),
    );
  if (found === undefined) return undefined;
  const why = `${code(found.name)} does not prove yet that ${code(column)} is filled, because it is NOT VALID`;
  const first = `${validate(table, found.name)} in a transaction of its own`;
  if (found.kind === 'not null')
    return { why, help: `Write ${first} instead, which makes the column NOT NULL.` };
  const set = code(`${alterTable(table)} ALTER COLUMN ${identifierText(column)} SET NOT NULL`);
  return { why, help: `Write ${first} first, then ${set}, and drop ${code(found.name)}.` };
}

function saysNotNull({ kind, columns, expression }: Constraint, column: string): boolean {
  if (kind === 'not null') return columns.includes(column);
  return kind === 'check' && provesNotNull(expression, column);
}

/** A constraint that was added or validated on the way here, as it seems for this, but says something else. */
function provesAnother(part: NotNullPart, context: RuleContext): Told | undefined {
  const { schema, table, column } = part;
  const relation = schema.relations.get(table);
  const here = constraintsOfFile(table, context);
  const found = relation?.constraints.find(
    (constraint) => here.has(constraint.name) && looksLikeProof(constraint, relation, column),
  );
  if (found === undefined) return undefined;
  const says = found.columns.includes(column)
    ? `lets a null in ${code(column)} through`
    : `is about ${listed(found.columns)}, not about ${code(column)}`;
  const { add, validate: validated } = proof(table, column, context);
  const last = context.version >= 18 ? '' : ` before ${code('SET NOT NULL')}`;
  return {
    why: `${code(found.name)} ${says}`,
    help: `Write ${add}, and ${validated} in a transaction of its own${last}.`,
  };
}

/** A CHECK for some null that does not prove this column, and no other that is still nullable needs it here. */
function looksLikeProof(
  { kind, expression, columns }: Constraint,
  relation: Relation,
  column: string,
): boolean {
  if (kind !== 'check' || !/IS NOT NULL/i.test(expression ?? '') || provesNotNull(expression, column))
    return false;
  if (columns.includes(column)) return true;
  const proven = relation.columns.filter(({ name }) => provesNotNull(expression, name));
  return proven.length > 0 && proven.every(({ notNull }) => !notNull);
}

/** Names of the constraints that earlier statements of the file add to the table or validate. */
function constraintsOfFile(table: string, { catalog, file }: RuleContext): ReadonlySet<string> {
  const parts = file.statements.slice(0, file.index).flatMap((earlier) => alterCommands(earlier, catalog));
  const names = parts
    .filter((part) => part.table === table)
    .map(({ command: { subtype, name, def } }) => {
      if (subtype === 'AT_ValidateConstraint') return name;
      return subtype === 'AT_AddConstraint' && def && 'Constraint' in def
        ? def.Constraint.conname
        : undefined;
    });
  return new Set(names.filter((name) => name !== undefined));
}

export const rule: Rule = {
  slug: 'set-not-null-unproven',
  section: 'columns',
  title: 'SET NOT NULL reads the table although a constraint was meant to spare that',
  condition: '`SET NOT NULL` where the `CHECK` is still `NOT VALID`, or proves something else.',
  effect: 'Nobody can read or write the table while every row is checked.',
  workaround: 'Validate the constraint first, in a transaction of its own, or add one for this very column.',
  severity: 'error',
  over: ['set-not-null-scan', 'set-not-null-partitioned'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
