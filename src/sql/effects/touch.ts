import type { RangeVar } from '@pgsql/types';
import type { Catalog, Relation } from '../catalog.ts';
import {
  LOCK_MODES,
  type LockMode,
  lockStrength,
  type PostgresVersion,
  type RelationEffect,
} from '../effect.ts';
import { descendants } from '../graph.ts';
import { relationName } from '../names.ts';

/**
 * How far the server takes a query: it names relations (CREATE VIEW), puts views' queries in their place (PREPARE), plans
 * (EXPLAIN), or runs it.
 */
export type Depth = 'analyzed' | 'rewritten' | 'planned' | 'executed';

/** The schema before the statement, and the server's major version. */
export type Setting = { readonly catalog: Catalog; readonly version: PostgresVersion };

/** What an effect function is given. */
export type Work = Setting & {
  /** Left out, queries run. */
  readonly depth?: Depth;
  /** Routines and foreign-key actions that the statement has been followed into: each once, since they may call each other. */
  readonly followed: Set<unknown>;
};

/** Stands among what a statement touches for something that the model cannot know, beside what it does know. */
export const UNSEEN = 'unseen' as const;
export type Touch = RelationEffect | typeof UNSEEN;

/** What a statement touches; undefined when the model knows nothing of it. */
export type Touches = readonly Touch[] | undefined;

/** The same, nothing at all being one more thing that is not seen. */
export function listed(touches: Touches): readonly Touch[] {
  return touches ?? [UNSEEN];
}

export function isSeen(touch: Touch): touch is RelationEffect {
  return touch !== UNSEEN;
}

/** The same, if the statement's rows ask for it. */
export function onlyPerhaps(touches: readonly Touch[]): readonly Touch[] {
  return touches.map((touched) => (isSeen(touched) ? { ...touched, conditional: true } : touched));
}

type Flags = Partial<Pick<RelationEffect, 'kind' | 'rewrite' | 'scan' | 'builds' | 'dataLoss'>>;

/** One relation's effect. An unknown relation is taken for a table. */
export function touch(
  { catalog }: Setting,
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

export function familyOf({ catalog }: Setting, name: string): readonly string[] {
  return [...new Set([name, ...descendants(catalog, name).map((child) => child.name)])];
}

/** Whether a relation holds rows itself: a partitioned table and a view do not. */
export function hasRows({ catalog }: Setting, name: string): boolean {
  const kind = catalog.relations.get(name)?.kind;
  return kind !== 'partitioned table' && kind !== 'view';
}

export function known({ catalog }: Setting, name: string): Relation | undefined {
  return catalog.relations.get(name);
}

/** IF EXISTS spares a relation that is certainly not there. */
export function isSpared({ catalog }: Setting, name: string, ifExists: boolean | undefined): boolean {
  return ifExists === true && catalog.complete && !catalog.relations.has(name);
}

export function strongest(modes: readonly LockMode[]): LockMode {
  const strength = Math.max(0, ...modes.map((mode) => lockStrength(mode)));
  return LOCK_MODES[strength] as LockMode;
}

/** Relations that nobody else can wait for: the system's own, which every statement locks, and the session's temporary ones. */
const PRIVATE = /^(pg_|information_schema\.)/;

/** One effect a relation: the strongest lock, every flag, the reason of the worst. */
export function merge(touches: readonly RelationEffect[]): readonly RelationEffect[] {
  const merged = new Map<string, RelationEffect>();
  for (const next of touches) {
    if (PRIVATE.test(next.relation)) continue;
    const before = merged.get(next.relation);
    merged.set(next.relation, before === undefined ? next : both(before, next));
  }
  return [...merged.values()];
}

function both(a: RelationEffect, b: RelationEffect): RelationEffect {
  const rewrite = a.rewrite || b.rewrite;
  const lock = strongest([a.lock, b.lock]);
  const { conditional: _, ...worst } = weight(b) > weight(a) ? b : a;
  const isSure = [a, b].some((one) => one.lock === lock && !one.conditional);
  return {
    ...worst,
    lock,
    ...(isSure ? {} : { conditional: true }),
    rewrite,
    scan: a.scan || b.scan,
    builds: a.builds ?? b.builds,
    dataLoss: a.dataLoss || b.dataLoss,
  };
}

function weight({ lock, rewrite, scan, builds, dataLoss }: RelationEffect): number {
  const work = rewrite || dataLoss ? 30 : builds !== undefined ? 20 : scan ? 10 : 0;
  return work + lockStrength(lock);
}
