import type { Constraint as ConstraintNode, Node } from '@pgsql/types';
import type { Catalog, Constraint, ForeignKeyAction, Relation } from './catalog.ts';
import { newRelation, withConstraint, withRelation } from './catalog-edit.ts';
import { columnsIn, expressionText } from './expression.ts';
import { primaryKey } from './graph.ts';
import { bareName, findRelation, relationName, schemaOf, strings } from './names.ts';
import { columnLabels, freeName } from './object-name.ts';

const KINDS: Readonly<Partial<Record<string, Constraint['kind']>>> = {
  CONSTR_CHECK: 'check',
  CONSTR_NOTNULL: 'not null',
  CONSTR_PRIMARY: 'primary key',
  CONSTR_UNIQUE: 'unique',
  CONSTR_FOREIGN: 'foreign key',
  CONSTR_EXCLUSION: 'exclusion',
};

/** The constraint that a grammar node asks for; undefined for DEFAULT, GENERATED, DEFERRABLE and the like. `column` is set for one written at a column. */
export function readConstraint(
  catalog: Catalog,
  table: Relation,
  node: ConstraintNode,
  column?: string,
): Constraint | undefined {
  const kind = KINDS[node.contype ?? ''];
  if (kind === undefined) return undefined;
  const columns = constraintColumns(catalog, table, node, kind, column);
  const name = node.conname ?? node.indexname ?? defaultName(catalog, table, kind, columns, node);
  return {
    name,
    kind,
    validated: !node.skip_validation,
    columns,
    expression: kind === 'check' ? expressionText(node.raw_expr) : undefined,
    references: kind === 'foreign key' ? relationName(catalog, node.pktable) : undefined,
    ...(kind === 'foreign key' ? referencedColumns(catalog, node) : {}),
    ...(node.is_no_inherit && (kind === 'check' || kind === 'not null') ? { noInherit: true } : {}),
    ...(isNotEnforced(node) ? { enforced: false, validated: false } : {}),
    ...(node.deferrable ? { deferrable: true } : {}),
    ...(node.initdeferred ? { deferred: true } : {}),
    ...(kind === 'foreign key' ? foreignKeyActions(node) : {}),
    ...(KEYS.has(kind) ? { index: `${schemaOf(table.name)}.${name}` } : {}),
  };
}

/** Kinds that an index carries. */
const KEYS: ReadonlySet<Constraint['kind']> = new Set(['primary key', 'unique', 'exclusion']);

/** NOT ENFORCED (18), which a CHECK and a foreign key can be. */
export function isNotEnforced({ contype, is_enforced: enforced }: ConstraintNode): boolean {
  return (contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN') && !enforced;
}

const ACTIONS: Readonly<Record<string, ForeignKeyAction>> = { c: 'cascade', n: 'set null', d: 'set default' };

/** What a foreign key does when the referenced row goes or changes. */
function foreignKeyActions(node: ConstraintNode): Pick<Constraint, 'onDelete' | 'onUpdate'> {
  const onDelete = ACTIONS[node.fk_del_action ?? ''];
  const onUpdate = ACTIONS[node.fk_upd_action ?? ''];
  return { ...(onDelete ? { onDelete } : {}), ...(onUpdate ? { onUpdate } : {}) };
}

/** Left out, they are the referenced table's primary key as it is now. */
function referencedColumns(
  catalog: Catalog,
  node: ConstraintNode,
): { readonly referencedColumns?: readonly string[] } {
  const written = strings(node.pk_attrs);
  const columns = written.length > 0 ? written : primaryKey(findRelation(catalog, node.pktable));
  return columns.length > 0 ? { referencedColumns: columns } : {};
}

/** Adds a constraint with the index that carries it, and the NOT NULL that a primary key brings. */
export function addConstraint(
  catalog: Catalog,
  tableName: string,
  constraint: Constraint,
  { usesIndex = false, ...shape }: { usesIndex?: boolean } & IndexShape = {},
): Catalog {
  const table = catalog.relations.get(tableName);
  if (table === undefined) return catalog;
  const marked = bringsNotNull(constraint) ? markNotNull(table, constraint.columns) : table;
  const result = withRelation(catalog, withConstraint(marked, constraint));
  const needsIndex = KEYS.has(constraint.kind) && !usesIndex;
  return needsIndex ? withRelation(result, constraintIndex(table, constraint, shape)) : result;
}

export function markNotNull(table: Relation, names: readonly string[], notNull = true): Relation {
  const columns = table.columns.map((column) =>
    names.includes(column.name) ? { ...column, notNull } : column,
  );
  return { ...table, columns };
}

function bringsNotNull({ kind, validated }: Constraint): boolean {
  return kind === 'primary key' || (kind === 'not null' && validated);
}

/** What the constraint itself does not tell of its index. */
type IndexShape = Pick<Relation, 'method' | 'predicate' | 'otherColumns'>;

/** The shape that a clause gives the index: its method, INCLUDE and WHERE. */
export function indexShape(
  { access_method, including, where_clause: where, exclusions }: ConstraintNode,
  kind: Constraint['kind'],
): IndexShape {
  const keys = new Set((exclusions ?? []).flatMap(exclusionColumn));
  const other = [...strings(including), ...columnsIn([where, exclusions])].filter((name) => !keys.has(name));
  return {
    method: access_method ?? (kind === 'exclusion' ? 'gist' : 'btree'),
    ...(where ? { predicate: expressionText(where) ?? 'a condition' } : {}),
    ...(other.length > 0 ? { otherColumns: [...new Set(other)] } : {}),
  };
}

function constraintIndex(table: Relation, constraint: Constraint, shape: IndexShape): Relation {
  return newRelation(`${schemaOf(table.name)}.${constraint.name}`, 'index', {
    table: table.name,
    indexColumns: constraint.columns,
    unique: constraint.kind !== 'exclusion',
    method: 'btree',
    ...shape,
    isNew: table.isNew,
    ...(table.unlogged ? { unlogged: true } : {}),
  });
}

function constraintColumns(
  catalog: Catalog,
  table: Relation,
  node: ConstraintNode,
  kind: Constraint['kind'],
  column: string | undefined,
): readonly string[] {
  if (kind === 'check') return columnsIn(node.raw_expr);
  if (column !== undefined) return [column];
  if (kind === 'foreign key') return strings(node.fk_attrs);
  if (kind === 'exclusion') return (node.exclusions ?? []).flatMap(exclusionColumn);
  if (node.indexname) {
    const index = catalog.relations.get(`${schemaOf(table.name)}.${node.indexname}`);
    return index?.indexColumns ?? [];
  }
  return strings(node.keys);
}

function exclusionColumn(node: Node): readonly string[] {
  const element = 'List' in node ? node.List.items?.[0] : undefined;
  if (element === undefined || !('IndexElem' in element)) return [];
  const { name, expr } = element.IndexElem;
  return [name ?? expressionText(expr) ?? 'expr'];
}

const SUFFIXES: Readonly<Record<Constraint['kind'], string>> = {
  check: 'check',
  'not null': 'not_null',
  'primary key': 'pkey',
  unique: 'key',
  'foreign key': 'fkey',
  exclusion: 'excl',
};

/** ChooseConstraintName in pg_constraint.c, and ChooseIndexName in indexcmds.c. A CHECK is named after its column if it reads just one. */
function defaultName(
  catalog: Catalog,
  table: Relation,
  kind: Constraint['kind'],
  columns: readonly string[],
  node: ConstraintNode,
): string {
  const middle: Readonly<Partial<Record<Constraint['kind'], string>>> = {
    check: columns.length === 1 ? (columns[0] ?? '') : '',
    'primary key': '',
  };
  const taken = new Set(table.constraints.map(({ name }) => name));
  const isTaken = (name: string): boolean =>
    taken.has(name) || (KEYS.has(kind) && catalog.relations.has(`${schemaOf(table.name)}.${name}`));
  // An index is named after its INCLUDE columns too.
  const second = middle[kind] ?? columnLabels([...columns, ...strings(node.including)]);
  return freeName(bareName(table.name), second, SUFFIXES[kind], isTaken);
}
