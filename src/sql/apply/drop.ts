import type { DropStmt, Node } from '@pgsql/types';
import type { Catalog } from '../catalog.ts';
import { withoutRelations } from '../catalog-edit.ts';
import { listedName, resolve, schemaOf, strings } from '../names.ts';
import { withPolicies } from './simple-relations.ts';

const RELATIONS = new Set([
  'OBJECT_TABLE',
  'OBJECT_INDEX',
  'OBJECT_VIEW',
  'OBJECT_MATVIEW',
  'OBJECT_SEQUENCE',
  'OBJECT_FOREIGN_TABLE',
]);

export function applyDrop(catalog: Catalog, node: DropStmt): Catalog {
  const objects = node.objects ?? [];
  if (RELATIONS.has(node.removeType ?? ''))
    return withoutRelations(
      catalog,
      objects.map((object) => listedName(catalog, object)),
    );
  if (node.removeType === 'OBJECT_TYPE' || node.removeType === 'OBJECT_DOMAIN')
    return {
      ...catalog,
      types: without(
        catalog.types,
        objects.map((object) => listedName(catalog, object)),
      ),
    };
  if (node.removeType === 'OBJECT_POLICY') return objects.reduce(dropPolicy, catalog);
  if (node.removeType === 'OBJECT_SCHEMA') return dropSchemas(catalog, new Set(strings(objects)));
  return catalog;
}

function dropPolicy(catalog: Catalog, object: Node): Catalog {
  const parts = 'List' in object ? strings(object.List.items) : [];
  const gone = parts.at(-1);
  return withPolicies(catalog, resolve(catalog, parts.slice(0, -1)), (names) =>
    names.filter((name) => name !== gone),
  );
}

function dropSchemas(catalog: Catalog, schemas: ReadonlySet<string>): Catalog {
  const inside = (names: Iterable<string>): readonly string[] =>
    [...names].filter((name) => schemas.has(schemaOf(name)));
  const result = withoutRelations(catalog, inside(catalog.relations.keys()));
  return {
    ...result,
    types: without(catalog.types, inside(catalog.types.keys())),
    functions: without(catalog.functions, inside(catalog.functions.keys())),
  };
}

function without<T>(map: ReadonlyMap<string, T>, names: readonly string[]): ReadonlyMap<string, T> {
  const gone = new Set(names);
  return new Map([...map].filter(([name]) => !gone.has(name)));
}
