import { applyStatement } from '../../sql/apply.ts';
import type { Catalog } from '../../sql/catalog.ts';
import { primaryKey } from '../../sql/graph.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { type TypeConflict, typeConflict } from '../key-types.ts';
import { type NewConstraint, newConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const keys = newConstraints(statement, catalog).filter(
    ({ constraint }) => constraint.kind === 'foreign key',
  );
  if (keys.length === 0) return [];
  const after = applyStatement(catalog, statement);
  return keys.flatMap((key) => conflicts(after, key).map((found) => complaint(key, found)));
}

type Side = { readonly table: string; readonly column: string; readonly type: string };
type Pair = { readonly own: Side; readonly other: Side; readonly conflict: TypeConflict };

function conflicts(catalog: Catalog, { table, constraint }: NewConstraint): readonly Pair[] {
  const parent = constraint.references ?? '';
  const referenced = constraint.referencedColumns ?? primaryKey(catalog.relations.get(parent));
  return constraint.columns.flatMap((column, at) => {
    const own = sideOf(catalog, table, column);
    const other = sideOf(catalog, parent, referenced[at]);
    const conflict = own && other && typeConflict(catalog, own.type, other.type);
    return conflict ? [{ own, other, conflict }] : [];
  });
}

function sideOf(catalog: Catalog, table: string, column: string | undefined): Side | undefined {
  const found = catalog.relations.get(table)?.columns.find(({ name }) => name === column);
  return found && { table, column: found.name, type: found.type };
}

function complaint({ table }: NewConstraint, { own, other, conflict }: Pair): Complaint {
  const from = `${code(own.column)} (${code(own.type)})`;
  const to = `${code(`${other.table}.${other.column}`)} (${code(other.type)})`;
  const change = `ALTER COLUMN ${identifierText(own.column)} TYPE ${other.type}`;
  return {
    relation: table,
    part: own.column,
    message:
      conflict === 'refused'
        ? `The server refuses the foreign key from ${from} to ${to}, since it cannot compare the two types.`
        : `${from} cannot hold every value of ${to}: the first row that refers to a larger one fails.`,
    help: `Give ${code(own.column)} the type ${code(other.type)}, on a new table in its definition, else as ${code(`ALTER TABLE ${qualifiedText(table)} ${change}`)} would, which rewrites it.`,
  };
}

export const rule: Rule = {
  slug: 'fk-type-mismatch',
  section: 'constraints',
  title: 'A foreign key and the key it refers to have different types',
  condition:
    'A foreign key from a column whose type cannot be compared with the referenced one, or is narrower.',
  effect: 'The server refuses it, or the first large value fails.',
  workaround: 'Give both columns the same type.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt', 'CreateStmt'],
  check,
};
