import type { MigrationRun, ObservedStatement } from '../evidence/schema.ts';
import { fingerprint } from '../rules/fingerprint.ts';
import type { Finding } from '../rules/rule.ts';
import { code } from '../rules/words.ts';
import { blockedBy, LOCK_MODES, type LockMode, lockStrength } from '../sql/effect.ts';
import type { Place } from '../sql/statement.ts';
import { duration } from './duration.ts';
import type { Scale } from './scale.ts';

export const OVER_BUDGET = 'over-budget';

/** The policy's budgets in milliseconds and bytes. */
export type Budgets = {
  readonly locks: Readonly<Partial<Record<LockMode, number>>>;
  /** By qualified or bare name. */
  readonly tables: Readonly<Record<string, number>>;
  readonly wal: number | undefined;
  readonly total: number | undefined;
};

export type BudgetInput = {
  readonly budgets: Budgets;
  readonly migrations: readonly MigrationRun[];
  /** Names of the tables and materialized views that existed before the change. */
  readonly existing: ReadonlySet<string>;
  readonly scale?: Scale | undefined;
  /** The policy's file, where a budget for a table that does not exist is complained about. */
  readonly policyPath: string;
};

type Lock = ObservedStatement['locks'][number];
type Complaint = {
  readonly place: Place;
  readonly relation: string | undefined;
  readonly message: string;
  readonly about: string;
  /** Something other than a broken budget. */
  readonly mild?: { readonly help: string };
};

/** One sentence for all that is said of one place and relation, which makes one finding. */
function joined(complaints: readonly Complaint[]): Complaint[] {
  const all = new Map<string, Complaint>();
  for (const complaint of complaints) {
    const { place, relation, message } = complaint;
    const key = JSON.stringify([place.file, place.startByte, relation ?? null]);
    const known = all.get(key);
    all.set(key, known === undefined ? complaint : { ...known, message: `${known.message} ${message}` });
  }
  return [...all.values()];
}

const HELP =
  'Split the work into migrations that each hold their locks briefly, or use a gentler form of the statement; or have the budget raised in the policy, on the base branch.';

function names(name: string, relation: string): boolean {
  return name === relation || relation.slice(relation.indexOf('.') + 1) === name;
}

/** What the policy allows for a lock: the tightest budget of its mode or a weaker one, and of its table. */
function broken({ mode, relation, heldMs }: Lock, { locks, tables }: Budgets): string[] {
  const byMode = LOCK_MODES.slice(0, lockStrength(mode) + 1).flatMap((each) => {
    const allowed = locks[each];
    return allowed === undefined ? [] : [{ allowed, what: each === mode ? mode : `${each} or stronger` }];
  });
  const byTable = Object.entries(tables).flatMap(([name, allowed]) =>
    blockedBy(mode).writes && names(name, relation)
      ? [{ allowed, what: `blocked writes to ${code(relation)}` }]
      : [],
  );
  const tightest = (limits: typeof byMode) => limits.toSorted((a, b) => a.allowed - b.allowed).slice(0, 1);
  return [...tightest(byMode), ...tightest(byTable)]
    .filter(({ allowed }) => heldMs > allowed)
    .map(({ allowed, what }) => `${duration(allowed)} for ${what}`);
}

function estimateWords(scale: Scale | undefined, place: Place, relation: string): string {
  const found = scale?.estimates.find(
    (each) =>
      each.place.file === place.file &&
      each.place.startByte === place.startByte &&
      each.relation === relation,
  );
  return found === undefined ? '' : ` ${found.words}`;
}

function lockComplaints({ migrations, budgets, existing, scale }: BudgetInput): Complaint[] {
  const statements = migrations.flatMap((migration) => migration.statements);
  return statements.flatMap(({ place, sql, locks }) =>
    locks.flatMap((lock) => {
      const limits = existing.has(lock.relation) ? broken(lock, budgets) : [];
      if (limits.length === 0) return [];
      const { mode, relation, heldMs } = lock;
      const message = `${mode} on ${code(relation)} was held for ${duration(heldMs)}; the budget is ${limits.join(', and ')}.${estimateWords(scale, place, relation)}`;
      return [{ place, relation, message, about: sql }];
    }),
  );
}

/** The statement that weighs most, for complaints about all of them. */
function heaviest(
  statements: readonly ObservedStatement[],
  weight: (statement: ObservedStatement) => number,
): ObservedStatement | undefined {
  return statements.toSorted((a, b) => weight(b) - weight(a))[0];
}

/** Binary units, as Postgres' settings count them. */
function size(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${Math.ceil(bytes / 1024 / 1024)} MB`;
}

function walComplaint({ migrations, budgets: { wal } }: BudgetInput): Complaint[] {
  if (wal === undefined) return [];
  const statements = migrations.flatMap((migration) => migration.statements);
  const written = migrations.reduce((sum, { walBytes = 0 }) => sum + walBytes, 0);
  const worst = heaviest(statements, ({ walBytes = 0 }) => walBytes);
  if (worst === undefined) return [];
  const { place, sql } = worst;
  const complaint = { place, relation: undefined, about: `wal ${sql}` };
  if (migrations.some(({ walBytes }) => walBytes === undefined)) {
    const message = `The WAL of the migrations was not measured, so the budget of ${size(wal)} is not proved to hold.`;
    return [
      { ...complaint, message, mild: { help: 'Look at why it was not measured, or remove the budget.' } },
    ];
  }
  if (written <= wal) return [];
  return [
    { ...complaint, message: `The migrations wrote ${size(written)} of WAL; the budget is ${size(wal)}.` },
  ];
}

function totalComplaint({ migrations, budgets: { total } }: BudgetInput): Complaint[] {
  const took = migrations.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const statements = migrations.flatMap((migration) => migration.statements);
  const worst = heaviest(statements, ({ durationMs }) => durationMs);
  if (total === undefined || took <= total || worst === undefined) return [];
  const message = `The migrations took ${duration(took)}; the budget is ${duration(total)}. The longest statement took ${duration(worst.durationMs)}.`;
  return [{ place: worst.place, relation: undefined, message, about: `total ${worst.sql}` }];
}

function unknownTables({ budgets, existing, policyPath: file }: BudgetInput): Complaint[] {
  const place = { file, line: 1, column: 1, endLine: 1, endColumn: 1, startByte: 0, endByte: 0 };
  const unknown = Object.keys(budgets.tables).filter(
    (name) => ![...existing].some((relation) => names(name, relation)),
  );
  return unknown.map((name) => ({
    place,
    relation: name,
    message: `The policy has a budget for the table ${code(name)}, and no table of this name existed before the change: nothing is limited by it.`,
    about: `budgets.tables ${name}`,
    mild: { help: 'Correct the name in the policy, on the base branch, or remove it.' },
  }));
}

function toFinding({ place, relation, message, about, mild }: Complaint): Finding {
  return {
    rule: OVER_BUDGET,
    severity: mild === undefined ? 'error' : 'warning',
    place,
    relation,
    message,
    help: mild?.help ?? HELP,
    fix: [],
    evidence: 'observed',
    fingerprint: fingerprint(OVER_BUDGET, relation, undefined, about),
  };
}

/**
 * A finding for each budget that the measurement broke: a lock at the statement that took it, WAL and total time at the
 * heaviest statement. What was not measured is not within its budget. An estimate for production is told, and judges
 * nothing. A budget for a table that nobody has is a warning.
 */
export function budgetFindings(input: BudgetInput): Finding[] {
  const over = joined([...lockComplaints(input), ...totalComplaint(input), ...walComplaint(input)]);
  return [...over, ...unknownTables(input)].map(toFinding);
}
