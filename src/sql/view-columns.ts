import type { ColumnRef, JoinExpr, Node, RangeVar, ResTarget, SelectStmt } from '@pgsql/types';
import type { Catalog } from './catalog.ts';
import { relationName, strings } from './names.ts';
import { collect, namedRelations } from './walk.ts';

type Columns = ReadonlyMap<string, readonly string[]>;

/**
 * The columns that a query names, by relation: those that are certain. A name that could be another's (an alias, an
 * unqualified name that two relations have, a relation that the schema does not list) is left out.
 */
export function columnsRead(catalog: Catalog, query: Node | undefined): Columns {
  const scope = scopeOf(catalog, query);
  const read = new Map<string, Set<string>>();
  const add = (relation: string | undefined, columns: readonly string[]): void => {
    if (relation === undefined || columns.length === 0) return;
    const known = read.get(relation) ?? new Set();
    for (const column of columns) known.add(column);
    read.set(relation, known);
  };
  for (const { fields } of collect<ColumnRef>(query, 'ColumnRef')) {
    const path = strings(fields);
    const isStar = fields?.some((field) => 'A_Star' in field) === true;
    const qualifier = isStar ? path.at(-1) : path.at(-2);
    const column = isStar ? undefined : path.at(-1);
    if (qualifier === undefined) add(scope.ownerOf(column), column === undefined ? [] : [column]);
    else add(scope.relationAt(qualifier), column === undefined ? scope.all(qualifier) : [column]);
  }
  for (const relation of scope.starred) add(relation, columnsOf(catalog, relation));
  for (const { usingClause } of collect<JoinExpr>(query, 'JoinExpr'))
    for (const column of strings(usingClause))
      for (const relation of scope.relations)
        if (columnsOf(catalog, relation).includes(column)) add(relation, [column]);
  return new Map([...read].map(([relation, columns]) => [relation, [...columns]]));
}

function scopeOf(catalog: Catalog, query: Node | undefined) {
  const relations = namedRelations(catalog, query);
  const aliases = aliasesOf(catalog, query, relations);
  const targets = new Set(collect<ResTarget>(query, 'ResTarget').map(({ name }) => name));
  const isKnown = relations.every((name) => columnsOf(catalog, name).length > 0);
  const relationAt = (alias: string): string | undefined => aliases.get(alias);
  return {
    relations: isKnown && relations.length === 2 ? relations : [],
    relationAt,
    all: (alias: string) => columnsOf(catalog, relationAt(alias) ?? ''),
    /** The one relation that an unqualified name can mean. */
    ownerOf: (column: string | undefined): string | undefined => {
      if (column === undefined || !isKnown || targets.has(column)) return undefined;
      const [owner, ...others] = relations.filter((name) => columnsOf(catalog, name).includes(column));
      return others.length === 0 ? owner : undefined;
    },
    /** What a bare `*` stands for, in a query that holds no other. */
    starred: hasPlainStar(query) ? relations : [],
  };
}

function columnsOf(catalog: Catalog, name: string): readonly string[] {
  return (catalog.relations.get(name)?.columns ?? []).map((column) => column.name);
}

function aliasesOf(catalog: Catalog, query: Node | undefined, relations: readonly string[]) {
  const aliases = new Map<string, string | undefined>();
  for (const range of collect<RangeVar>(query, 'RangeVar')) {
    const relation = relationName(catalog, range);
    const alias = range.alias?.aliasname ?? range.relname ?? '';
    const isSame = !aliases.has(alias) || aliases.get(alias) === relation;
    const isPlain = range.alias?.colnames === undefined && relations.includes(relation);
    aliases.set(alias, isSame && isPlain ? relation : undefined);
  }
  // A subquery of the same name hides the relation.
  for (const kind of ['RangeSubselect', 'RangeFunction', 'CommonTableExpr'])
    for (const other of collect<{ alias?: { aliasname?: string }; ctename?: string }>(query, kind))
      aliases.set(other.alias?.aliasname ?? other.ctename ?? '', undefined);
  return aliases;
}

/** Whether a query that holds no other selects every column. */
function hasPlainStar(query: Node | undefined): boolean {
  if (query === undefined || !('SelectStmt' in query) || query.SelectStmt.op !== 'SETOP_NONE') return false;
  if (collect<SelectStmt>(query, 'SelectStmt').length > 1) return false;
  return (query.SelectStmt.targetList ?? []).some(
    (target) =>
      'ResTarget' in target &&
      target.ResTarget.val !== undefined &&
      'ColumnRef' in target.ResTarget.val &&
      strings(target.ResTarget.val.ColumnRef.fields).length === 0,
  );
}
