import type { Node, PartitionBoundSpec } from '@pgsql/types';
import type { Catalog, Relation } from './catalog.ts';
import { parseBytes } from './engine.ts';
import { parseExpression } from './expression.ts';
import { expressionType } from './expression-type.ts';
import { childrenOf } from './graph.ts';
import { partitionHash } from './hash-partition.ts';
import type { KeyCondition, KeyFact } from './key-condition.ts';
import { compareValues, type KeyValue, keyValue, type Order } from './key-value.ts';
import { rangeIsLive, rangesCover } from './range-pruning.ts';

/** A partitioned table's key, and how its constants are read. */
export type Key = {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  readonly read: (node: Node | undefined, place: number) => KeyValue | undefined;
};

/** A comparison of a column of the key. */
export type KeyTest = {
  readonly place: number;
  readonly operator: '<' | '<=' | '=' | '>=' | '>' | '<>' | 'null' | 'not null';
  readonly value: KeyValue | undefined;
};

type Partition = { readonly relation: Relation; readonly bound: PartitionBoundSpec | undefined };

/**
 * The partitions, of all levels, that rows meeting the condition can be in: what the planner does not prune
 * (partprune.c), and where the server looks for the one that a new row goes to. Where only the server knows, all.
 */
export function livePartitions(
  catalog: Catalog,
  table: string,
  condition: KeyCondition,
): readonly Relation[] {
  const relation = catalog.relations.get(table);
  const children = childrenOf(catalog, table);
  if (relation?.kind !== 'partitioned table') return [];
  const partitions = children.map((child) => ({ relation: child, bound: boundOf(child) }));
  const isKnown = partitions.every(
    ({ relation: { isDefaultPartition }, bound }) => isDefaultPartition || bound,
  );
  const live = isKnown ? prune(partitions, keyOf(catalog, relation), condition) : partitions;
  return live.flatMap(({ relation: child }) => [child, ...livePartitions(catalog, child.name, condition)]);
}

function keyOf({ timeZone }: Catalog, { partitionKey = [], columns }: Relation): Key {
  const types = partitionKey.map(
    (key) => columns.find((column) => column.name === key)?.type ?? expressionType(parseExpression(key), []),
  );
  return {
    columns: partitionKey,
    types,
    read: (node, place) => keyValue(node, types[place] ?? '', timeZone),
  };
}

const bounds = new WeakMap<Relation, PartitionBoundSpec>();

/** The bound of a partition, parsed once. */
function boundOf(relation: Relation): PartitionBoundSpec | undefined {
  const known = bounds.get(relation);
  if (known !== undefined || relation.partitionBound === undefined) return known;
  const text = `ALTER TABLE a ATTACH PARTITION b ${relation.partitionBound}`;
  const node = parseBytes(Buffer.from(text)).tree?.stmts?.[0]?.stmt;
  const [command] = node && 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : [];
  const def = command && 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined;
  const bound = def && 'PartitionCmd' in def ? def.PartitionCmd.bound : undefined;
  if (bound !== undefined) bounds.set(relation, bound);
  return bound;
}

function prune(all: readonly Partition[], key: Key, condition: KeyCondition): readonly Partition[] {
  if (condition.kind === 'or') {
    const live = new Set(condition.parts.flatMap((part) => prune(all, key, part)));
    return all.filter((partition) => live.has(partition));
  }
  const parts = condition.kind === 'and' ? flat(condition.parts) : [condition];
  const tests = parts.flatMap((part) => testOf(part, key));
  const nested = parts.filter(({ kind }) => kind === 'or');
  return nested.reduce<readonly Partition[]>(
    (live, part) => {
      const some = new Set(prune(all, key, part));
      return live.filter((partition) => some.has(partition));
    },
    meeting(all, key, tests),
  );
}

function flat(parts: readonly KeyCondition[]): readonly KeyCondition[] {
  return parts.flatMap((part) => (part.kind === 'and' ? flat(part.parts) : [part]));
}

function factOf(part: KeyCondition): KeyFact | undefined {
  return 'column' in part ? part : undefined;
}

function testOf(part: KeyCondition, key: Key): readonly KeyTest[] {
  const fact = factOf(part);
  if (fact === undefined) return [];
  const place = key.columns.indexOf(fact.column);
  if (place < 0) return [];
  if (fact.kind !== 'compare') return [{ place, operator: fact.kind, value: undefined }];
  const value = key.read(fact.value, place);
  // A comparison with NULL is met by no row; the server then has no partition at all, which is rare enough to be left.
  return value === undefined || value.kind === 'null' ? [] : [{ place, operator: fact.operator, value }];
}

/** Those that rows can be in for which all tests hold. */
function meeting(all: readonly Partition[], key: Key, tests: readonly KeyTest[]): readonly Partition[] {
  const strategy = all.find(({ bound }) => bound !== undefined)?.bound?.strategy;
  if (strategy === undefined || tests.length === 0) return all;
  return STRATEGIES[strategy]?.(all, key, tests) ?? all;
}

type Strategy = (
  all: readonly Partition[],
  key: Key,
  tests: readonly KeyTest[],
) => readonly Partition[] | undefined;

const STRATEGIES: Readonly<Record<string, Strategy>> = {
  PARTITION_STRATEGY_LIST: listed,
  l: listed,
  PARTITION_STRATEGY_RANGE: ranged,
  r: ranged,
  PARTITION_STRATEGY_HASH: hashed,
  h: hashed,
};

function listed(all: readonly Partition[], key: Key, tests: readonly KeyTest[]): readonly Partition[] {
  return tests.reduce((live, test) => {
    const fits = all.filter(({ bound }) => bound && listFits(bound, key, test) !== false);
    const isSure = fits.some(({ bound }) => bound && listFits(bound, key, test) === true);
    const isPoint = test.operator === '=' || test.operator === 'null';
    return live.filter(
      (partition) => fits.includes(partition) || (partition.bound === undefined && !(isPoint && isSure)),
    );
  }, all);
}

/** Whether a list has a value for which the test holds; undefined where only the server knows. */
function listFits({ listdatums = [] }: PartitionBoundSpec, key: Key, test: KeyTest): boolean | undefined {
  const answers = listdatums.map((datum) => holds(key.read(datum, 0), test));
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
}

function holds(value: KeyValue | undefined, { operator, value: wanted }: KeyTest): boolean | undefined {
  if (value === undefined) return undefined;
  if (operator === 'null' || operator === 'not null')
    return (value.kind === 'null') === (operator === 'null');
  if (value.kind === 'null') return false;
  return wanted === undefined ? undefined : ORDERS[operator](compareValues(value, wanted));
}

const inOrder =
  (test: (order: -1 | 0 | 1) => boolean) =>
  (order: Order): boolean | undefined =>
    order === undefined || order === 'different' ? undefined : test(order);

const ORDERS: Readonly<Record<'<' | '<=' | '=' | '>=' | '>' | '<>', (order: Order) => boolean | undefined>> =
  {
    '<': inOrder((order) => order < 0),
    '<=': inOrder((order) => order <= 0),
    '>=': inOrder((order) => order >= 0),
    '>': inOrder((order) => order > 0),
    '=': (order) => (order === undefined ? undefined : order === 0),
    '<>': (order) => (order === undefined ? undefined : order !== 0),
  };

/** A null goes to the default partition; a row that no range has goes there too. */
function ranged(all: readonly Partition[], key: Key, tests: readonly KeyTest[]): readonly Partition[] {
  if (tests.some(({ operator }) => operator === 'null'))
    return all.filter(({ bound }) => bound === undefined);
  const isCovered = rangesCover(
    all.flatMap(({ bound }) => bound ?? []),
    key,
    tests,
  );
  return all.filter(({ bound }) => (bound === undefined ? !isCovered : rangeIsLive(bound, key, tests)));
}

/** Only a whole key has a hash. */
function hashed(
  all: readonly Partition[],
  key: Key,
  tests: readonly KeyTest[],
): readonly Partition[] | undefined {
  const values = key.columns.map((_, place) => {
    const point = tests.find((test) => test.place === place && ['=', 'null'].includes(test.operator));
    return point?.operator === 'null' ? ({ kind: 'null' } as const) : point?.value;
  });
  if (values.includes(undefined)) return undefined;
  const hash = partitionHash(values as KeyValue[], key.types);
  if (hash === undefined) return undefined;
  return all.filter(
    ({ bound }) => bound && hash % BigInt(bound.modulus ?? 1) === BigInt(bound.remainder ?? 0),
  );
}
