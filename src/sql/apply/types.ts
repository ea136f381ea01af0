import type {
  AlterDomainStmt,
  AlterTableCmd,
  AlterTableStmt,
  CompositeTypeStmt,
  CreateDomainStmt,
  CreateEnumStmt,
  CreateRangeStmt,
  Node,
} from '@pgsql/types';
import type { Catalog, Column } from '../catalog.ts';
import { readColumn } from '../columns.ts';
import { newListedName, newName, relationName, resolve, strings } from '../names.ts';
import { withEntry } from '../persistent-map.ts';
import { typeText } from '../types.ts';

type TypeFacts = Catalog['types'] extends ReadonlyMap<string, infer Facts> ? Facts : never;

export function applyEnum(catalog: Catalog, node: CreateEnumStmt): Catalog {
  return withType(catalog, newListedName(catalog, node.typeName), 'enum');
}

export function applyRange(catalog: Catalog, node: CreateRangeStmt): Catalog {
  return withType(catalog, newListedName(catalog, node.typeName), 'range');
}

export function applyComposite(catalog: Catalog, node: CompositeTypeStmt): Catalog {
  const name = newName(catalog, node.typevar);
  const attributes = (node.coldeflist ?? []).flatMap((column) =>
    'ColumnDef' in column ? [readColumn(catalog, name, column.ColumnDef)] : [],
  );
  const facts: TypeFacts = { kind: 'composite', constrained: false, base: undefined, attributes };
  return { ...catalog, types: withEntry(catalog.types, name, facts) };
}

/** ALTER TYPE … ADD, DROP and ALTER ATTRIBUTE; with CASCADE the tables of the type change along. */
export function applyAlterComposite(catalog: Catalog, node: AlterTableStmt): Catalog {
  const name = relationName(catalog, node.relation);
  const facts = catalog.types.get(name);
  if (facts === undefined) return catalog;
  let attributes = facts.attributes ?? [];
  for (const element of node.cmds ?? [])
    if ('AlterTableCmd' in element)
      attributes = changedAttributes(catalog, attributes, element.AlterTableCmd, name);
  return { ...catalog, types: withEntry(catalog.types, name, { ...facts, attributes }) };
}

function changedAttributes(
  catalog: Catalog,
  before: readonly Column[],
  { subtype, name, def }: AlterTableCmd,
  type: string,
): readonly Column[] {
  if (subtype === 'AT_DropColumn') return before.filter((attribute) => attribute.name !== name);
  if (def === undefined || !('ColumnDef' in def)) return before;
  const written = readColumn(catalog, type, {
    ...def.ColumnDef,
    colname: name ?? def.ColumnDef.colname ?? '',
  });
  if (subtype === 'AT_AddColumn') return [...before, written];
  return before.map((attribute) => (attribute.name === name ? written : attribute));
}

/** ALTER TYPE … RENAME ATTRIBUTE. */
export function renameAttribute(catalog: Catalog, type: string, from: string, to: string): Catalog {
  const facts = catalog.types.get(type);
  if (facts?.attributes === undefined) return catalog;
  const attributes = facts.attributes.map((one) => (one.name === from ? { ...one, name: to } : one));
  return { ...catalog, types: withEntry(catalog.types, type, { ...facts, attributes }) };
}

export function applyDomain(catalog: Catalog, node: CreateDomainStmt): Catalog {
  const base = typeText(catalog, node.typeName);
  const constrained =
    catalog.types.get(base)?.constrained === true || (node.constraints ?? []).some(constrains);
  const name = newListedName(catalog, node.domainname);
  return { ...catalog, types: withEntry(catalog.types, name, { kind: 'domain', constrained, base }) };
}

/** ADD CONSTRAINT (C) and SET NOT NULL (O) constrain; what remains after a removal is not known, so the domain stays constrained. */
export function applyAlterDomain(catalog: Catalog, node: AlterDomainStmt): Catalog {
  const name = resolve(catalog, strings(node.typeName));
  const facts = catalog.types.get(name);
  if (facts === undefined || !['C', 'O'].includes(node.subtype ?? '')) return catalog;
  return { ...catalog, types: withEntry(catalog.types, name, { ...facts, constrained: true }) };
}

function withType(catalog: Catalog, name: string, kind: TypeFacts['kind']): Catalog {
  const facts = { kind, constrained: false, base: undefined };
  return { ...catalog, types: withEntry(catalog.types, name, facts) };
}

function constrains(node: Node): boolean {
  return 'Constraint' in node && ['CONSTR_CHECK', 'CONSTR_NOTNULL'].includes(node.Constraint.contype ?? '');
}
