import type { Catalog } from '../../src/sql/catalog.ts';
import { blockedBy, type LockMode, type RelationKind } from '../../src/sql/effect.ts';
import type { HazardCase } from './cases.ts';
import type { Claim } from './claims.ts';

/** What one linter said of one statement. */
export type Verdict = {
  readonly findings: readonly { readonly rule: string; readonly claim: Claim }[];
  /** Predicted locks by relation, when the linter tells any. */
  readonly locks: ReadonlyMap<string, string>;
  /** Relations of `locks` that are said to be locked so only if the rows ask for it. */
  readonly conditional?: ReadonlySet<string>;
  /** It could not read the statement, and said nothing. */
  readonly unread?: true;
};

/**
 * `dangerous`: an existing relation is rewritten, scanned or gets an index while its lock keeps writers or readers out.
 * `closing`: no such work, but a relation is closed to readers for a moment that the statement does not name, nor a parent of.
 * `emptying`: files are new because they are empty, so that the time does not grow with the rows: neither, and left out.
 */
export type Kind = 'dangerous' | 'closing' | 'harmless' | 'emptying';

const HOLDS_ROWS: ReadonlySet<RelationKind> = new Set(['table', 'partitioned table', 'materialized view']);
const EMPTIES = /^\s*TRUNCATE\b|\bWITH NO DATA\s*;?\s*$/i;

/** By the server alone. */
export function kindOf({ sql, shown, catalog }: HazardCase): Kind {
  if (EMPTIES.test(sql)) return 'emptying';
  const locks = tableLocks({ shown, catalog });
  const worked = [...shown.rewrites, ...shown.scans, ...shown.builds];
  const blocks = (name: string): boolean => blockedBy(locks.get(name) ?? 'AccessShareLock').writes;
  if (worked.some(blocks)) return 'dangerous';
  const words = new Set(sql.toLowerCase().match(/\w+/g));
  const isNamed = (name: string): boolean =>
    words.has(name.slice(name.indexOf('.') + 1)) ||
    (catalog.relations.get(name)?.parents.some(isNamed) ?? false);
  const closes = [...locks].some(([name, mode]) => mode === 'AccessExclusiveLock' && !isNamed(name));
  return closes ? 'closing' : 'harmless';
}

/** Measured locks on what holds rows, without indexes, sequences and views. */
export function tableLocks({ shown, catalog }: Pick<HazardCase, 'shown' | 'catalog'>) {
  const all = shown.locks.map((lock) => lock.split(/ (?=\w+$)/) as [string, LockMode]);
  return new Map(all.filter(([name]) => holdsRows(catalog, name)));
}

function holdsRows(catalog: Catalog, name: string): boolean | undefined {
  const kind = catalog.relations.get(name)?.kind;
  return kind && HOLDS_ROWS.has(kind);
}

export type Score = {
  readonly dangerous: number;
  readonly named: number;
  readonly harmless: number;
  readonly accused: number;
  /** Harmless statements that close a relation which they do not name, and those with a finding about blocking. */
  readonly closing: number;
  readonly closingNamed: number;
  /** Locks on tables: measured, and of these predicted rightly. */
  readonly locks: number;
  readonly locksRight: number;
  /** Locks predicted on tables that have none, or another one. */
  readonly locksWrong: number;
  readonly unread: number;
  readonly missed: readonly string[];
  readonly alarms: readonly string[];
};

export function score(cases: readonly HazardCase[], verdicts: readonly Verdict[]): Score {
  const judged = cases.map((one, place) => ({ one, kind: kindOf(one), says: verdicts[place] as Verdict }));
  const of = (...kinds: Kind[]) => judged.filter(({ kind }) => kinds.includes(kind));
  const claims = ({ says }: { says: Verdict }, ...wanted: Claim[]): boolean =>
    says.findings.some(({ claim }) => wanted.includes(claim));
  const missed = of('dangerous').filter((each) => !claims(each, 'work'));
  const accused = of('harmless', 'closing').filter((each) => claims(each, 'work'));
  const locks = judged.map(({ one, says }) => compareLocks(one, says));
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    dangerous: of('dangerous').length,
    named: of('dangerous').length - missed.length,
    harmless: of('harmless', 'closing').length,
    accused: accused.length,
    closing: of('closing').length,
    closingNamed: of('closing').filter((each) => claims(each, 'work', 'lock')).length,
    locks: sum(locks.map(({ measured }) => measured)),
    locksRight: sum(locks.map(({ right }) => right)),
    locksWrong: sum(locks.map(({ wrong }) => wrong)),
    unread: judged.filter(({ says }) => says.unread).length,
    missed: missed.map(({ one }) => one.sql),
    alarms: accused.map(
      ({ one, says }) => `${one.sql}  -- ${says.findings.map(({ rule }) => rule).join(', ')}`,
    ),
  };
}

function compareLocks(one: HazardCase, { locks: predicted, conditional }: Verdict) {
  const measured = tableLocks(one);
  const right = [...measured].filter(([name, mode]) => predicted.get(name) === mode).length;
  // A relation that the schema does not have is taken for a table.
  const tables = [...predicted].filter(([name]) => holdsRows(one.catalog, name) ?? true);
  const wrong = tables.filter(([name, mode]) => measured.get(name) !== mode && !conditional?.has(name));
  return { measured: measured.size, right, wrong: wrong.length };
}
