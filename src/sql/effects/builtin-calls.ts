import type { FuncCall } from '@pgsql/types';
import { constantOf } from '../constant-text.ts';
import { sequencesOf } from '../graph.ts';
import { relationText } from '../mentions.ts';
import { resolve, strings } from '../names.ts';
import { readText } from './read-text.ts';
import { type Touch, touch, UNSEEN, type Work } from './touch.ts';

/**
 * What a function of pg_catalog does to relations. Most do nothing that lasts: those that open a relation to tell of it
 * (pg_relation_size, pg_get_indexdef …) give the lock back at once.
 */
export function builtinTouches(call: FuncCall, work: Work): readonly Touch[] {
  const name = strings(call.funcname).at(-1) ?? '';
  return SPECIAL[name]?.(call, work) ?? NOTHING;
}

const NOTHING: readonly Touch[] = [];

type Special = (call: FuncCall, work: Work) => readonly Touch[];

const sequence: Special = (call, work) => {
  const name = sequenceNamed(call, work);
  if (name === undefined) return [UNSEEN];
  return [touch(work, name, 'RowExclusiveLock', 'a value is drawn from it', { kind: 'sequence' })];
};

const queryText: Special = ({ args }, work) => {
  const text = constantOf(args?.[0]);
  return text === undefined || text === null ? [UNSEEN] : readText(text, work);
};

const relationRead: Special = ({ args }, work) => {
  const text = constantOf(args?.[0]);
  if (text === undefined || text === null) return [UNSEEN];
  return [touch(work, resolve(work.catalog, relationText(text)), 'AccessShareLock', 'it is read')];
};

const unseen: Special = () => [UNSEEN];

/** Functions that keep a lock, run SQL that is given as text, or read whole schemas. */
const SPECIAL: Readonly<Record<string, Special>> = {
  nextval: sequence,
  setval: sequence,
  currval: sequence,
  pg_sequence_last_value: sequence,
  query_to_xml: queryText,
  query_to_xmlschema: queryText,
  query_to_xml_and_xmlschema: queryText,
  ts_stat: queryText,
  ts_rewrite: (call, work) =>
    (call.args?.length ?? 0) === 2 ? queryText({ ...call, args: call.args?.slice(1) ?? [] }, work) : [],
  table_to_xml: relationRead,
  table_to_xmlschema: relationRead,
  table_to_xml_and_xmlschema: relationRead,
  cursor_to_xml: unseen,
  schema_to_xml: unseen,
  schema_to_xmlschema: unseen,
  schema_to_xml_and_xmlschema: unseen,
  database_to_xml: unseen,
  database_to_xmlschema: unseen,
  database_to_xml_and_xmlschema: unseen,
  pg_get_viewdef: unseen,
  brin_summarize_new_values: unseen,
  brin_summarize_range: unseen,
  brin_desummarize_range: unseen,
  gin_clean_pending_list: unseen,
  pg_clear_relation_stats: unseen,
  pg_clear_attribute_stats: unseen,
  pg_restore_relation_stats: unseen,
  pg_restore_attribute_stats: unseen,
};

/** `nextval('public.numbers')`, and `setval(pg_get_serial_sequence('orders', 'id'), …)`. */
function sequenceNamed({ args }: FuncCall, work: Work): string | undefined {
  const [first] = args ?? [];
  const text = constantOf(first);
  if (typeof text === 'string') return resolve(work.catalog, relationText(text));
  const cast = first && 'TypeCast' in first ? first.TypeCast.arg : first;
  if (cast === undefined || !('FuncCall' in cast)) return undefined;
  const { funcname, args: inner = [] } = cast.FuncCall;
  const [table, column] = inner.map(constantOf);
  if (strings(funcname).at(-1) !== 'pg_get_serial_sequence' || !table || !column) return undefined;
  const name = resolve(work.catalog, relationText(table));
  return sequencesOf(work.catalog, name, column)[0]?.name ?? `${name}_${column}_seq`;
}
