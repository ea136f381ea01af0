import { groupBy } from '../group-by.ts';
import type { Catalog, Relation, Routine, Rule, Trigger, TriggerEvent } from '../sql/catalog.ts';

type Row = Readonly<Record<string, unknown>>;

/** Schemas of the system and of temporary relations. */
const OWN_SCHEMA = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/** One row a trigger, those on partitions among them, but for those that carry foreign keys and deferrable keys. One that fires on replicas only counts as disabled. */
export const TRIGGERS = `
  SELECT t.tgrelid::text AS relation, t.tgname AS name, fn.nspname || '.' || f.proname AS function, t.tgtype::int AS bits,
    t.tgenabled IN ('D', 'R') AS disabled,
    ARRAY(SELECT a.attname::text FROM unnest(t.tgattr::smallint[]) WITH ORDINALITY k(number, place)
          JOIN pg_attribute a ON a.attrelid = t.tgrelid AND a.attnum = k.number ORDER BY k.place) AS columns,
    array_remove(ARRAY[t.tgoldtable::text, t.tgnewtable::text], NULL) AS transition_tables
  FROM pg_trigger t
  JOIN pg_class c ON c.oid = t.tgrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_proc f ON f.oid = t.tgfoid
  JOIN pg_namespace fn ON fn.oid = f.pronamespace
  WHERE (NOT t.tgisinternal OR t.tgparentid <> 0) AND ${OWN_SCHEMA}
    AND NOT EXISTS (SELECT FROM pg_constraint o WHERE o.oid = t.tgconstraint AND o.contype <> 't')
  ORDER BY t.tgname COLLATE "C"`;

/** One row a rule, but for those that make views. */
export const RULES = `
  SELECT r.ev_class::text AS relation, r.rulename AS name, r.ev_type::text AS event, r.is_instead AS instead,
    pg_get_ruledef(r.oid) AS definition
  FROM pg_rewrite r
  JOIN pg_class c ON c.oid = r.ev_class
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE r.ev_type <> '1' AND ${OWN_SCHEMA}
  ORDER BY r.rulename COLLATE "C"`;

/** What else a relation's code is about: functions that views, rules and policies call, its composite type, statistics and publications. */
export const USES = `
  SELECT c.oid::text AS relation,
    ARRAY(
      SELECT DISTINCT (fn.nspname || '.' || f.proname) COLLATE "C" FROM pg_depend d
      JOIN pg_proc f ON d.refclassid = 'pg_proc'::regclass AND f.oid = d.refobjid
      JOIN pg_namespace fn ON fn.oid = f.pronamespace
      WHERE (d.classid = 'pg_rewrite'::regclass AND d.objid IN (SELECT r.oid FROM pg_rewrite r WHERE r.ev_class = c.oid))
         OR (d.classid = 'pg_policy'::regclass AND d.objid IN (SELECT y.oid FROM pg_policy y WHERE y.polrelid = c.oid))
      ORDER BY 1) AS calls,
    CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS type_of,
    ARRAY(SELECT (sn.nspname || '.' || s.stxname) COLLATE "C" FROM pg_statistic_ext s
          JOIN pg_namespace sn ON sn.oid = s.stxnamespace WHERE s.stxrelid = c.oid ORDER BY 1) AS statistics,
    ARRAY(SELECT p.pubname::text COLLATE "C" FROM pg_publication_rel m JOIN pg_publication p ON p.oid = m.prpubid
          WHERE m.prrelid = c.oid ORDER BY 1) AS publications
  FROM pg_class c
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${OWN_SCHEMA}`;

/** One row a function, procedure or aggregate; the definition only of languages that the model reads. A procedure's call passes its OUT arguments too, since 14. */
export const ROUTINES = `
  SELECT n.nspname || '.' || p.proname AS name,
    CASE WHEN p.prokind = 'a' THEN 'aggregate' ELSE lower(l.lanname) END AS language,
    CASE WHEN p.prokind = 'a' THEN (
           SELECT string_agg(DISTINCT sn.nspname || '.' || s.proname, ',') FROM pg_aggregate a
           JOIN pg_proc s ON s.oid IN (a.aggtransfn, a.aggfinalfn, a.aggcombinefn, a.aggserialfn, a.aggdeserialfn,
                                       a.aggmtransfn, a.aggminvtransfn, a.aggmfinalfn)
           JOIN pg_namespace sn ON sn.oid = s.pronamespace WHERE a.aggfnoid = p.oid)
         WHEN l.lanname IN ('plpgsql', 'sql') THEN pg_get_functiondef(p.oid)
    END AS definition,
    ARRAY(SELECT format_type(k.type, NULL) FROM unnest(x.types) WITH ORDINALITY k(type, place) ORDER BY k.place) AS signature,
    cardinality(x.types) AS most, cardinality(x.types) - p.pronargdefaults - (p.provariadic <> 0)::int AS least,
    p.provariadic <> 0 AS variadic
  FROM pg_proc p
  JOIN pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_language l ON l.oid = p.prolang
  CROSS JOIN LATERAL (
    SELECT CASE WHEN p.prokind = 'p' AND p.proallargtypes IS NOT NULL THEN p.proallargtypes
                ELSE ARRAY(SELECT k.type FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY k(type, place) ORDER BY k.place)
           END AS types
  ) x
  WHERE ${OWN_SCHEMA}
  ORDER BY p.oid`;

/** One row an attribute of a composite type that is no table's row type, as `COLUMNS` has them of tables. */
export const ATTRIBUTES = `
  SELECT n.nspname || '.' || c.relname AS type_name, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
    false AS not_null, '' AS generated, false AS identity, NULL AS "default"
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind = 'c' AND ${OWN_SCHEMA}
  ORDER BY c.oid, a.attnum`;

export type CodeRows = Readonly<Record<'triggers' | 'rules' | 'uses', ReadonlyMap<string, readonly Row[]>>>;

/** The members of a relation that tell of its code; what there is none of is left out. */
export function relationCode(
  oid: string,
  rows: CodeRows,
  plainType: (type: string) => string,
): Partial<Relation> {
  const triggers = (rows.triggers.get(oid) ?? []).map(toTrigger);
  const rules = (rows.rules.get(oid) ?? []).map(toRule);
  const [use] = rows.uses.get(oid) ?? [];
  const lists = {
    triggers,
    rules,
    calls: names(use?.calls),
    statistics: names(use?.statistics),
    publications: names(use?.publications),
  };
  const filled = Object.entries(lists).filter(([, list]) => list.length > 0);
  const typeOf = typeof use?.type_of === 'string' ? { typeOf: plainType(use.type_of) } : {};
  return { ...Object.fromEntries(filled), ...typeOf };
}

/** Bits of pg_trigger.tgtype (pg_trigger.h). */
const EVENTS: readonly (readonly [number, TriggerEvent])[] = [
  [1 << 2, 'insert'],
  [1 << 3, 'delete'],
  [1 << 4, 'update'],
  [1 << 5, 'truncate'],
];

function toTrigger(row: Row): Trigger {
  const bits = Number(row.bits);
  const [columns, transitionTables] = [names(row.columns), names(row.transition_tables)];
  return {
    name: String(row.name),
    function: String(row.function),
    on: EVENTS.filter(([bit]) => (bits & bit) !== 0).map(([, event]) => event),
    ...(columns.length > 0 ? { columns } : {}),
    ...(bits & 1 ? { forEachRow: true } : {}),
    ...(bits & (1 << 6) ? { insteadOf: true } : {}),
    ...(row.disabled === true ? { disabled: true } : {}),
    ...(transitionTables.length > 0 ? { transitionTables } : {}),
  };
}

const RULE_EVENTS: Readonly<Record<string, Rule['on']>> = { 2: 'update', 3: 'insert', 4: 'delete' };

function toRule(row: Row): Rule {
  return {
    name: String(row.name),
    on: RULE_EVENTS[String(row.event)] ?? 'update',
    insteadOf: row.instead === true,
    definition: String(row.definition),
  };
}

/** Routines by name. */
export function toRoutines(
  rows: readonly Row[],
  plainType: (type: string) => string,
): NonNullable<Catalog['routines']> {
  const routines = rows.map((row): readonly [string, Routine] => [
    String(row.name),
    {
      language: String(row.language),
      definition: typeof row.definition === 'string' ? row.definition : '',
      signature: names(row.signature).map(plainType).join(),
      arguments: [
        Math.max(0, Number(row.least)),
        row.variadic === true ? Number.POSITIVE_INFINITY : Number(row.most),
      ],
    },
  ]);
  const byName = groupBy(routines, ([name]) => name);
  return new Map([...byName].map(([name, list]) => [name, list.map(([, routine]) => routine)]));
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
