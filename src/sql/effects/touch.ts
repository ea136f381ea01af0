import type { RangeVar } from '@pgsql/types';
import type { Catalog, Relation } from '../catalog.ts';
import { LOCK_MODES, type LockMode, type PostgresVersion, type RelationEffect } from '../effect.ts';
import { descendants } from '../graph.ts';
import { relationName } from '../names.ts';

/** What an effect function is given: the schema before the statement, and the server's major version. */
export type Work = { readonly catalog: Catalog; readonly version: PostgresVersion };

/** What a statement touches; undefined when the model does not know. */
export type Touches = readonly RelationEffect[] | undefined;

type Flags = Partial<Pick<RelationEffect, 'rewrite' | 'scan' | 'builds' | 'dataLoss'>>;

/** One relation's effect. An unknown relation is taken for a table. */
export function touch(
  { catalog }: Work,
  relation: string,
  lock: LockMode,
  why: string,
  flags: Flags = {},
): RelationEffect {
  return {
    relation,
    kind: catalog.relations.get(relation)?.kind ?? 'table',
    lock,
    rewrite: false,
    scan: false,
    builds: undefined,
    dataLoss: false,
    why,
    ...flags,
  };
}

/** The relation and, unless ONLY is written, all that inherits from it. */
export function family(work: Work, range: RangeVar | undefined): readonly string[] {
  const name = relationName(work.catalog, range);
  return range?.inh ? familyOf(work, name) : [name];
}

export function familyOf({ catalog }: Work, name: string): readonly string[] {
  return [...new Set([name, ...descendants(catalog, name).map((child) => child.name)])];
}

/** Whether a relation holds rows itself: a partitioned table and a view do not. */
export function hasRows({ catalog }: Work, name: string): boolean {
  const kind = catalog.relations.get(name)?.kind;
  return kind !== 'partitioned table' && kind !== 'view';
}

export function known({ catalog }: Work, name: string): Relation | undefined {
  return catalog.relations.get(name);
}

export function strongest(modes: readonly LockMode[]): LockMode {
  const strength = Math.max(0, ...modes.map((mode) => LOCK_MODES.indexOf(mode)));
  return LOCK_MODES[strength] as LockMode;
}

/** One effect a relation: the strongest lock, every flag, the reason of the worst. */
export function merge(touches: readonly RelationEffect[]): readonly RelationEffect[] {
  const merged = new Map<string, RelationEffect>();
  for (const next of touches) {
    const before = merged.get(next.relation);
    merged.set(next.relation, before === undefined ? next : both(before, next));
  }
  return [...merged.values()];
}

function both(a: RelationEffect, b: RelationEffect): RelationEffect {
  const rewrite = a.rewrite || b.rewrite;
  return {
    ...(weight(b) > weight(a) ? b : a),
    lock: strongest([a.lock, b.lock]),
    rewrite,
    scan: a.scan || b.scan,
    builds: a.builds ?? b.builds,
    dataLoss: a.dataLoss || b.dataLoss,
  };
}

function weight({ lock, rewrite, scan, builds, dataLoss }: RelationEffect): number {
  const work = rewrite || dataLoss ? 30 : builds !== undefined ? 20 : scan ? 10 : 0;
  return work + LOCK_MODES.indexOf(lock);
}
