import type { ClusterStmt, RefreshMatViewStmt, TruncateStmt, VacuumStmt } from '@pgsql/types';
import type { RelationEffect } from '../effect.ts';
import { foreignKeysTo, indexesOf } from '../graph.ts';
import { relationName } from '../names.ts';
import { query } from './queries.ts';
import { family, familyOf, hasRows, known, type Touches, touch, type Work } from './touch.ts';

/** TRUNCATE takes new, empty files; CASCADE takes every table that refers to one of them. */
export function truncate({ relations, behavior }: TruncateStmt, work: Work): Touches {
  const named = (relations ?? []).flatMap((node) => ('RangeVar' in node ? family(work, node.RangeVar) : []));
  const tables = behavior === 'DROP_CASCADE' ? withReferencing(work, named) : named;
  return tables.flatMap((table) => [
    touch(work, table, 'AccessExclusiveLock', 'all its rows are removed', { dataLoss: true }),
    ...(hasRows(work, table) ? rewritten(work, table, 'it gets a new, empty file') : []),
  ]);
}

function withReferencing(work: Work, tables: readonly string[]): readonly string[] {
  const all = new Set(tables);
  for (const table of all)
    for (const { table: child } of foreignKeysTo(work.catalog, table))
      for (const member of familyOf(work, child.name)) all.add(member);
  return [...all];
}

/** CLUSTER writes the table anew. Without a table it takes every clustered one, which the catalog does not tell. */
export function cluster({ relation }: ClusterStmt, work: Work): Touches {
  if (relation === undefined) return undefined;
  return rewritten(work, relationName(work.catalog, relation), 'CLUSTER writes it anew');
}

export function vacuum({ options, rels, is_vacuumcmd }: VacuumStmt, work: Work): Touches {
  const isFull = is_vacuumcmd === true && (options ?? []).some((option) => isOn(option, 'full'));
  const tables = vacuumed(rels, work);
  if (tables === undefined) return undefined;
  if (isFull)
    return tables
      .filter((name) => hasRows(work, name))
      .flatMap((name) => rewritten(work, name, 'VACUUM FULL writes it anew'));
  const why = is_vacuumcmd ? 'it is vacuumed' : 'it is analyzed';
  return tables.map((table) => touch(work, table, 'ShareUpdateExclusiveLock', why));
}

function vacuumed(rels: VacuumStmt['rels'], work: Work): readonly string[] | undefined {
  if (rels === undefined) {
    if (!work.catalog.complete) return undefined;
    const all = [...work.catalog.relations.values()];
    return all.filter(({ kind }) => kind === 'table' || kind === 'materialized view').map(({ name }) => name);
  }
  return rels.flatMap((node) =>
    'VacuumRelation' in node && node.VacuumRelation.relation
      ? family(work, node.VacuumRelation.relation)
      : [],
  );
}

function isOn(option: object, name: string): boolean {
  if (!('DefElem' in option)) return false;
  const { defname, arg } = option.DefElem as { defname?: string; arg?: object };
  const off = JSON.stringify(arg ?? '').match(/"(off|false|0)"|\{"Integer":\{\}\}/) !== null;
  return defname === name && !off;
}

/** A refresh fills a new file; CONCURRENTLY compares and changes rows under a lock that lets readers through. */
export function refreshView({ concurrent, relation, skipData }: RefreshMatViewStmt, work: Work): Touches {
  const name = relationName(work.catalog, relation);
  const reads = skipData ? [] : (known(work, name)?.reads ?? []);
  const sources = reads.flatMap((read) => query({ RangeVar: rangeOf(read) }, work) ?? []);
  if (concurrent) return [touch(work, name, 'ExclusiveLock', 'its rows are brought up to date'), ...sources];
  return [...rewritten(work, name, 'it is filled anew'), ...sources];
}

function rangeOf(name: string): object {
  const [schemaname, ...rest] = name.split('.');
  return { schemaname, relname: rest.join('.'), inh: true };
}

/** A table and its indexes in new files, with nobody reading. */
export function rewritten(work: Work, table: string, why: string): readonly RelationEffect[] {
  const indexes = indexesOf(work.catalog, table).map(({ name }) =>
    touch(work, name, 'AccessExclusiveLock', 'it is built anew with its table', { rewrite: true }),
  );
  return [touch(work, table, 'AccessExclusiveLock', why, { rewrite: true }), ...indexes];
}
