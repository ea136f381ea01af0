import type {
  A_Expr,
  CaseExpr,
  CoalesceExpr,
  ColumnDef,
  InsertStmt,
  Node,
  RangeVar,
  ResTarget,
  TypeCast,
} from '@pgsql/types';
import type { Catalog } from '../sql/catalog.ts';
import { columnClauses } from '../sql/columns.ts';
import { relationName, strings } from '../sql/names.ts';
import { splitType, typeText } from '../sql/types.ts';
import { collectAll, namedRelations } from '../sql/walk.ts';

/** The type of a column of one of the tables that a statement names; `unknown` when nobody knows the table. */
type TypeOf = (column: string | undefined) => ReadonlySet<string>;

/** A label of an enum, and what the statement reads it as: a type's name, or `unknown`. */
export type LabelUse = { readonly label: string; readonly type: string };

const TAGS = [
  'TypeCast',
  'A_Expr',
  'CaseExpr',
  'CoalesceExpr',
  'ResTarget',
  'InsertStmt',
  'ColumnDef',
  'AlterTableCmd',
];

/**
 * Texts that a statement makes the server read as values of a type while it is analysed, before any row is touched:
 * casts, values for a column, comparisons with one, defaults and CHECKs.
 */
export function labelUses(root: Node, catalog: Catalog): readonly LabelUse[] {
  const nodes = collectAll(root, TAGS);
  const of = <T>(tag: string): readonly T[] => (nodes.get(tag) ?? []) as readonly T[];
  const defined = of<ColumnDef>('ColumnDef');
  const typeOf = typesOfColumns(root, defined, catalog);
  return [
    ...of<TypeCast>('TypeCast').flatMap(({ arg, typeName }) =>
      asType(arg, splitType(typeText(catalog, typeName)).base),
    ),
    ...of<A_Expr>('A_Expr').flatMap((one) => [
      ...compared(one.lexpr, one.rexpr, typeOf),
      ...compared(one.rexpr, one.lexpr, typeOf),
    ]),
    ...of<CaseExpr>('CaseExpr').flatMap(({ arg, args = [] }) =>
      args.flatMap((when) => ('CaseWhen' in when ? compared(arg, when.CaseWhen.expr, typeOf) : [])),
    ),
    ...of<CoalesceExpr>('CoalesceExpr').flatMap(({ args = [] }) =>
      args.flatMap((column) => args.flatMap((other) => compared(column, other, typeOf))),
    ),
    ...of<ResTarget>('ResTarget').flatMap(({ name, val }) =>
      name === undefined ? [] : given(val, typeOf(name)),
    ),
    ...of<InsertStmt>('InsertStmt').flatMap((insert) => inserted(insert, typeOf)),
    ...defined.flatMap((column) =>
      columnClauses(column).flatMap(({ raw_expr }) => given(raw_expr, typeOf(column.colname))),
    ),
    ...of<{ subtype?: string; name?: string; def?: Node }>('AlterTableCmd').flatMap(
      ({ subtype, name, def }) => (subtype === 'AT_ColumnDefault' ? given(def, typeOf(name)) : []),
    ),
  ];
}

function typesOfColumns(root: Node, defined: readonly ColumnDef[], catalog: Catalog): TypeOf {
  const types = new Map<string, Set<string>>();
  const add = (column: string, type: string): void => {
    const known = types.get(column) ?? new Set();
    types.set(column, known.add(splitType(type).base));
  };
  let isUnknown = false;
  for (const name of [...namedRelations(catalog, root), ...targetsOf(root, catalog)]) {
    const relation = catalog.relations.get(name);
    isUnknown ||= relation === undefined && !catalog.complete;
    for (const column of relation?.columns ?? []) add(column.name, column.type);
  }
  for (const { colname, typeName } of defined) add(colname ?? '', typeText(catalog, typeName));
  const nobodyKnows = new Set(isUnknown ? ['unknown'] : []);
  return (column) => types.get(column ?? '') ?? nobodyKnows;
}

/** Tables that a statement changes: the grammar has them without a tag. */
function targetsOf(root: Node, catalog: Catalog): readonly string[] {
  const changes = [
    ...collectAll(root, ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt']).values(),
  ].flat();
  return [...changes, ...Object.values(root)].flatMap((node: { relation?: RangeVar }) =>
    node.relation?.relname === undefined ? [] : [relationName(catalog, node.relation)],
  );
}

function compared(column: Node | undefined, value: Node | undefined, typeOf: TypeOf): readonly LabelUse[] {
  if (!column || !('ColumnRef' in column)) return [];
  return given(value, typeOf(strings(column.ColumnRef.fields).at(-1)));
}

function given(value: Node | undefined, types: ReadonlySet<string>): readonly LabelUse[] {
  return types.size === 0 ? [] : [...types].flatMap((type) => asType(value, type));
}

/** The values of an INSERT stand at the places of its columns. */
function inserted({ cols, selectStmt }: InsertStmt, typeOf: TypeOf): readonly LabelUse[] {
  if (!cols || !selectStmt || !('SelectStmt' in selectStmt)) return [];
  const names = cols.map((one) => ('ResTarget' in one ? one.ResTarget.name : undefined));
  const { valuesLists = [], targetList = [] } = selectStmt.SelectStmt;
  const selected = targetList.map((one) => ('ResTarget' in one ? one.ResTarget.val : undefined));
  const rows = valuesLists.map((row) => ('List' in row ? (row.List.items ?? []) : []));
  return [selected, ...rows].flatMap((row) =>
    row.flatMap((value, place) => given(value, typeOf(names[place]))),
  );
}

/** Plain texts that take on the type of where they stand. */
function asType(value: Node | undefined, type: string): readonly LabelUse[] {
  const found: LabelUse[] = [];
  const open = [value];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if ('A_Const' in node && node.A_Const.sval) found.push({ label: node.A_Const.sval.sval ?? '', type });
    if ('List' in node) open.push(...(node.List.items ?? []));
    if ('A_ArrayExpr' in node) open.push(...(node.A_ArrayExpr.elements ?? []));
    if ('CoalesceExpr' in node) open.push(...(node.CoalesceExpr.args ?? []));
    if ('CaseExpr' in node)
      open.push(
        ...[
          ...(node.CaseExpr.args ?? []).map((one) => ('CaseWhen' in one ? one.CaseWhen.result : undefined)),
          node.CaseExpr.defresult,
        ].filter((one) => one !== undefined),
      );
  }
  return found;
}
