import { groupBy } from '../group-by.ts';
import { aside, type Where } from './aside.ts';
import type { Connection } from './connection.ts';
import { ACCESS, DEFAULT_PRIVILEGES, REMARKS } from './schema-access-queries.ts';
import { REACTIONS, ROUTINES } from './schema-code-queries.ts';
import { COLUMNS, CONSTRAINTS, INDEXES, RELATIONS } from './schema-relation-queries.ts';
import { OTHERS, REPLICATION, TYPES } from './schema-type-queries.ts';

/** A piece of DDL, of one line or more. Where `stored` is the same the server has stored the same, whatever others are called now. */
export type DdlPart = { readonly text: string; readonly stored?: string | undefined };

/** One object of the schema. */
export type SchemaObject = {
  /** Its identity: catalog, OID, and number in that. A template copy keeps it. */
  readonly key: string;
  readonly kind: string;
  /** As the catalog has it: not quoted, without its schema. */
  readonly name: string;
  /** The arguments that tell it from others of its name. */
  readonly arguments?: string | undefined;
  /** Key of the schema that it stands in. */
  readonly schema?: string | undefined;
  /** Key of the relation or type that it belongs to. */
  readonly of?: string | undefined;
  /** Key of the object of a parent that it was made or is changed with. */
  readonly from?: string | undefined;
  /** Where it is written: another one says that it was written anew. */
  readonly filenode?: string | undefined;
  readonly parts: readonly DdlPart[];
};

/** The objects by key; a relation's columns in their order. */
export type SchemaSnapshot = ReadonlyMap<string, SchemaObject>;

export type SnapshotOptions = {
  /** Where the connection is; outside a transaction when left out. */
  readonly where?: Where;
  /** Tables that are left out with all that is theirs, such as a tool's history: `schema.name`, not quoted. */
  readonly without?: readonly string[];
};

const KINDS: Readonly<Record<string, string>> = {
  r: 'table',
  p: 'table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
  S: 'sequence',
  i: 'index',
  ar: 'column',
  ap: 'column',
  av: 'column',
  am: 'column',
  af: 'column',
  ac: 'attribute',
  'proc f': 'function',
  'proc p': 'procedure',
  'proc a': 'aggregate',
  'proc w': 'function',
  'type e': 'enum',
  'type d': 'domain',
  'type r': 'range',
  'type c': 'composite type',
  'type b': 'base type',
};

type Row = Readonly<Record<string, unknown>>;

/**
 * Reads every schema but the system's, without the members of extensions. It takes ACCESS SHARE on the catalogs and on
 * what views and SQL functions read, and gives it back at the end. Definitions and catalogs are read one after the
 * other: nobody else may change the schema meanwhile. Throws as `Connection.query` does.
 */
export function readSchema(connection: Connection, options: SnapshotOptions = {}): Promise<SchemaSnapshot> {
  const { where = 'outside', without = [] } = options;
  // With nothing in the path the server qualifies every name that it prints (docs: 9.27.4).
  const settings = { search_path: 'pg_catalog, pg_temp', quote_all_identifiers: 'off', jit: 'off' };
  return aside(connection, where, settings, async () => {
    const objects: SchemaObject[] = [];
    const version = connection.serverVersion;
    const queries = [
      OTHERS,
      RELATIONS,
      TYPES,
      COLUMNS(version),
      CONSTRAINTS,
      INDEXES,
      ROUTINES,
      REACTIONS(version),
      REPLICATION(version),
      DEFAULT_PRIVILEGES,
    ];
    for (const query of queries) objects.push(...(await connection.query(query)).rows.map(toObject));
    const remarks = [...(await connection.query(ACCESS)).rows, ...(await connection.query(REMARKS)).rows];
    return assemble(objects, remarks, new Set(without));
  });
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function toObject(row: Row): SchemaObject {
  const schema = text(row.schema);
  const parts = row.parts as readonly (readonly [string | null, string | null])[];
  return {
    key: keyOf(row),
    kind: KINDS[String(row.kind)] ?? String(row.kind),
    name: String(row.name),
    arguments: text(row.arguments),
    schema: schema === undefined ? undefined : `pg_namespace:${schema}:0`,
    of: text(row.of),
    from: text(row.from),
    filenode: text(row.filenode),
    parts: parts.flatMap(([line, stored]) =>
      line === null ? [] : [{ text: line, stored: stored ?? undefined }],
    ),
  };
}

function keyOf(row: Row): string {
  return `${row.class}:${row.oid}:${row.sub ?? 0}`;
}

/** Puts owners, privileges and comments to their objects, and leaves out what belongs to nothing that is told. */
function assemble(
  objects: readonly SchemaObject[],
  remarks: readonly Row[],
  without: ReadonlySet<string>,
): SchemaSnapshot {
  const more = groupBy(remarks, keyOf);
  const known = new Map(objects.map((object) => [object.key, object]));
  const isLeftOut = (object: SchemaObject): boolean => {
    const container = object.schema === undefined ? undefined : known.get(object.schema);
    if (object.schema !== undefined && container === undefined) return true;
    if (without.has(`${container?.name}.${object.name}`)) return true;
    const owner = object.of === undefined ? undefined : known.get(object.of);
    return object.of !== undefined && (owner === undefined || isLeftOut(owner));
  };
  return new Map(
    objects
      .filter((object) => !isLeftOut(object))
      .map((object) => {
        const lines = (more.get(object.key) ?? []).map((row) => ({
          text: String(row.text),
          stored: text(row.stored),
        }));
        return [object.key, { ...object, parts: [...object.parts, ...lines] }];
      }),
  );
}
