import type { Catalog, Column, Relation, Routine } from '../catalog.ts';
import { changeRelation } from '../catalog-edit.ts';
import { callersOf, drawersOf } from '../graph.ts';
import { qualifiedText } from '../identifier.ts';
import { relationText, sequenceOf } from '../mentions.ts';
import { bareName, schemaOf } from '../names.ts';

/**
 * Everything that calls a routine says its new name after a rename: the server holds it by its number. Of several
 * overloads only a trigger's is known, which has no arguments.
 */
export function followRoutine(
  catalog: Catalog,
  from: string,
  to: string,
  { all, renamed }: { readonly all: readonly Routine[]; readonly renamed: readonly Routine[] },
): Catalog {
  const isWhole = renamed.length === all.length;
  const isTriggers = renamed.some(({ signature }) => signature === '');
  if (!isWhole && !isTriggers) return catalog;
  const followed = callersOf(catalog, from).reduce(
    (result, { name }) =>
      changeRelation(result, name, (relation) => {
        const fired = isTriggers ? withFired(relation, from, to) : relation;
        return isWhole ? withCalled(fired, from, to) : fired;
      }),
    catalog,
  );
  return isWhole ? followAggregates(followed, from, to) : followed;
}

function withFired(relation: Relation, from: string, to: string): Relation {
  if (relation.triggers === undefined) return relation;
  const triggers = relation.triggers.map((trigger) =>
    trigger.function === from ? { ...trigger, function: to } : trigger,
  );
  return { ...relation, triggers };
}

/** In the texts a call may stand without its schema. */
function withCalled(relation: Relation, from: string, to: string): Relation {
  const pattern = callPattern(from);
  const swap = <T extends string | undefined>(text: T): T =>
    text?.replace(pattern, () => `${qualifiedText(to)}(`) as T;
  const { predicate, calls } = relation;
  return {
    ...relation,
    columns: relation.columns.map((column) => ({ ...column, default: swap(column.default) })),
    constraints: relation.constraints.map((constraint) => ({
      ...constraint,
      expression: swap(constraint.expression),
    })),
    indexColumns: relation.indexColumns.map(swap),
    ...(predicate === undefined ? {} : { predicate: swap(predicate) }),
    ...(calls === undefined ? {} : { calls: calls.map((name) => (name === from ? to : name)).sort() }),
  };
}

function callPattern(name: string): RegExp {
  const part = (text: string): string => {
    const escaped = text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return `(?:"${escaped.replaceAll('"', '""')}"|${escaped})`;
  };
  return new RegExp(
    `(?<![\\p{L}\\p{N}_$."])(?:${part(schemaOf(name))}\\.)?${part(bareName(name))}\\s*\\(`,
    'gu',
  );
}

function followAggregates(catalog: Catalog, from: string, to: string): Catalog {
  const { routines } = catalog;
  if (routines === undefined) return catalog;
  const swap = (routine: Routine): Routine => {
    if (routine.language !== 'aggregate') return routine;
    const parts = routine.definition.split(',');
    return parts.includes(from)
      ? { ...routine, definition: parts.map((part) => (part === from ? to : part)).join() }
      : routine;
  };
  const isCaller = (all: readonly Routine[]): boolean => all.some((routine) => swap(routine) !== routine);
  if (![...routines.values()].some(isCaller)) return catalog;
  return { ...catalog, routines: new Map([...routines].map(([name, all]) => [name, all.map(swap)])) };
}

/** Defaults draw from a sequence under its new name. */
export function followSequence(catalog: Catalog, from: string, to: string): Catalog {
  const swap = (column: Column): Column =>
    sequenceOf(column) === bareName(from)
      ? { ...column, default: column.default?.replace(LITERAL, (text) => renamedLiteral(text, from, to)) }
      : column;
  return drawersOf(catalog, from).reduce(
    (result, { name }) =>
      changeRelation(result, name, (relation) => ({ ...relation, columns: relation.columns.map(swap) })),
    catalog,
  );
}

const LITERAL = /'(?:[^']|'')+'/;

/** The literal, unless it names a sequence in another schema. */
function renamedLiteral(text: string, from: string, to: string): string {
  const parts = relationText(text.slice(1, -1));
  const isOther = parts.length > 1 && parts.at(-2) !== schemaOf(from);
  return isOther ? text : `'${qualifiedText(to).replaceAll("'", "''")}'`;
}
