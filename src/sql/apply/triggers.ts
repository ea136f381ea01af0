import type { AlterTableCmd, CreateTrigStmt, RuleStmt } from '@pgsql/types';
import { functionsCalled } from '../calls.ts';
import type { Catalog, Relation, Rule, Trigger, TriggerEvent } from '../catalog.ts';
import { changeRelation } from '../catalog-edit.ts';
import { descendants } from '../graph.ts';
import { relationName, resolve, strings } from '../names.ts';

/** Bits of a trigger's events and timing (pg_trigger.h). */
const EVENTS: readonly (readonly [number, TriggerEvent])[] = [
  [1 << 2, 'insert'],
  [1 << 3, 'delete'],
  [1 << 4, 'update'],
  [1 << 5, 'truncate'],
];
const INSTEAD = 1 << 6;

/** A row trigger of a partitioned table is made on its partitions too. */
export function applyTrigger(catalog: Catalog, node: CreateTrigStmt): Catalog {
  const table = relationName(catalog, node.relation);
  const trigger = readTrigger(catalog, node);
  return family(catalog, table, node.row === true).reduce(
    (result, name) =>
      changeTriggers(result, name, (all) => [...all.filter((one) => one.name !== trigger.name), trigger]),
    catalog,
  );
}

function readTrigger(catalog: Catalog, node: CreateTrigStmt): Trigger {
  const columns = strings(node.columns);
  const transitions = (node.transitionRels ?? []).flatMap((found) =>
    'TriggerTransition' in found ? [found.TriggerTransition.name ?? ''] : [],
  );
  return {
    name: node.trigname ?? '',
    function: resolve(catalog, strings(node.funcname)),
    on: EVENTS.filter(([bit]) => ((node.events ?? 0) & bit) !== 0).map(([, event]) => event),
    ...(columns.length > 0 ? { columns } : {}),
    ...(node.row ? { forEachRow: true } : {}),
    ...((node.timing ?? 0) & INSTEAD ? { insteadOf: true } : {}),
    ...(transitions.length > 0 ? { transitionTables: transitions } : {}),
  };
}

export function dropTrigger(catalog: Catalog, table: string, name: string): Catalog {
  const isRow = catalog.relations.get(table)?.triggers?.some((one) => one.name === name && one.forEachRow);
  return family(catalog, table, isRow === true).reduce(
    (result, member) => changeTriggers(result, member, (all) => all.filter((one) => one.name !== name)),
    catalog,
  );
}

/** The relation, and with `recurses` the partitions of a partitioned one. */
function family(catalog: Catalog, table: string, recurses: boolean): readonly string[] {
  const isPartitioned = catalog.relations.get(table)?.kind === 'partitioned table';
  return isPartitioned && recurses
    ? [table, ...descendants(catalog, table).map(({ name }) => name)]
    : [table];
}

/** Gives a new partition the row triggers of its parent. */
export function shareTriggers(catalog: Catalog, parent: string, partition: string): Catalog {
  const shared = (catalog.relations.get(parent)?.triggers ?? []).filter(({ forEachRow }) => forEachRow);
  if (shared.length === 0) return catalog;
  return family(catalog, partition, true).reduce(
    (result, name) =>
      changeTriggers(result, name, (own) => [
        ...own,
        ...shared.filter(({ name: other }) => !own.some((one) => one.name === other)),
      ]),
    catalog,
  );
}

/** Changes a relation's triggers, which are kept in the order of their names, as they fire. */
export function changeTriggers(
  catalog: Catalog,
  table: string,
  change: (triggers: readonly Trigger[]) => readonly Trigger[],
): Catalog {
  return changeRelation(catalog, table, ({ triggers = [], ...relation }) => {
    const changed = change(triggers);
    const ordered = changed.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return changed.length === 0 ? relation : { ...relation, triggers: ordered };
  });
}

const RULE_EVENTS: Readonly<Record<string, Rule['on']>> = {
  CMD_INSERT: 'insert',
  CMD_UPDATE: 'update',
  CMD_DELETE: 'delete',
};

/** CREATE RULE; `sql` is the whole statement. A rule ON SELECT makes a view, and none is written today. */
export function applyRule(catalog: Catalog, node: RuleStmt, sql: string): Catalog {
  const on = RULE_EVENTS[node.event ?? ''];
  if (on === undefined) return catalog;
  const rule: Rule = { name: node.rulename ?? '', on, insteadOf: node.instead === true, definition: sql };
  return changeRelation(
    catalog,
    relationName(catalog, node.relation),
    ({ rules = [], ...relation }): Relation => {
      const others = rules.filter(({ name }) => name !== rule.name);
      return withCalls({ ...relation, rules: [...others, rule] }, functionsCalled(catalog, node.actions));
    },
  );
}

export function dropRule(catalog: Catalog, table: string, name: string): Catalog {
  return changeRelation(catalog, table, ({ rules = [], ...relation }): Relation => {
    const kept = rules.filter((rule) => rule.name !== name);
    return kept.length === 0 ? relation : { ...relation, rules: kept };
  });
}

export function renameRule(catalog: Catalog, table: string, from: string, to: string): Catalog {
  return changeRelation(catalog, table, ({ rules, ...relation }): Relation => {
    if (rules === undefined) return relation;
    const renamed = rules.map((rule) => (rule.name === from ? { ...rule, name: to } : rule));
    return { ...relation, rules: renamed.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  });
}

/** Adds to the functions that a relation's rules and policies call. */
export function withCalls(relation: Relation, names: readonly string[]): Relation {
  if (names.length === 0) return relation;
  return { ...relation, calls: [...new Set([...(relation.calls ?? []), ...names])].sort() };
}

/** ENABLE and DISABLE TRIGGER one, ALL or USER; on a partitioned table on its partitions too. */
export function switchTriggers(catalog: Catalog, table: string, { subtype, name }: AlterTableCmd): Catalog {
  const disabled = subtype?.startsWith('AT_Disable') === true;
  const isMeant = (trigger: Trigger): boolean => /(All|User)$/.test(subtype ?? '') || trigger.name === name;
  return family(catalog, table, true).reduce(
    (result, member) =>
      changeTriggers(result, member, (all) =>
        all.map((trigger) => {
          if (!isMeant(trigger)) return trigger;
          const { disabled: _, ...rest } = trigger;
          return disabled ? { ...rest, disabled } : rest;
        }),
      ),
    catalog,
  );
}
