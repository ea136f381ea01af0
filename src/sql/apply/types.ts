import type {
  AlterDomainStmt,
  CompositeTypeStmt,
  CreateDomainStmt,
  CreateEnumStmt,
  CreateRangeStmt,
  Node,
} from '@pgsql/types';
import type { Catalog } from '../catalog.ts';
import { newListedName, newName, resolve, strings } from '../names.ts';
import { withEntry } from '../overlay-map.ts';
import { typeText } from '../types.ts';

type TypeFacts = Catalog['types'] extends ReadonlyMap<string, infer Facts> ? Facts : never;

export function applyEnum(catalog: Catalog, node: CreateEnumStmt): Catalog {
  return withType(catalog, newListedName(catalog, node.typeName), 'enum');
}

export function applyRange(catalog: Catalog, node: CreateRangeStmt): Catalog {
  return withType(catalog, newListedName(catalog, node.typeName), 'range');
}

export function applyComposite(catalog: Catalog, node: CompositeTypeStmt): Catalog {
  return withType(catalog, newName(catalog, node.typevar), 'composite');
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
