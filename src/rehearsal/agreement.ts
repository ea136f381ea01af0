import { type Standing, standingLocks } from '../evidence/lock-times.ts';
import { placeKey } from '../evidence/place-key.ts';
import type { LintRecord, MigrationRun, ObservedStatement, StatementRecord } from '../evidence/schema.ts';
import { type LockMode, lockStrength } from '../sql/effect.ts';

export type Agreement = NonNullable<ObservedStatement['agreement']>;
type Effect = StatementRecord['effects'][number];

/** What the judgement needs to know of the schema before the change. */
export type Before = {
  /** Names of all relations: what the change itself makes keeps nobody waiting, and has other names on the way. */
  readonly relations: ReadonlySet<string>;
};

/**
 * The migrations with, for each statement, what the static model and the server say differently about relations that
 * stood before the change. A lock that an earlier statement of the transaction took as strongly is not taken anew; one
 * that depends on rows may stay away; what was sampled may lack a short lock, and never has one too many.
 */
export function withAgreement(
  migrations: readonly MigrationRun[],
  predicted: LintRecord['statements'],
  before: Before,
): MigrationRun[] {
  const known = new Map(predicted.map((statement) => [placeKey(statement.place), statement]));
  return migrations.map((migration) => {
    const { statements, outcome } = migration;
    const standing = standingLocks(migration);
    const judged = statements.map((statement, at) => {
      const isRefused = outcome === 'failed' && at === statements.length - 1;
      const told = known.get(placeKey(statement.place));
      const held = standing[at] ?? new Map();
      return { ...statement, agreement: isRefused ? NOT_RUN : agreementOf(statement, told, held, before) };
    });
    return { ...migration, statements: judged };
  });
}

const NOT_RUN: Agreement = { status: 'not run', missing: [], unexpected: [] };

function agreementOf(
  observed: ObservedStatement,
  predicted: StatementRecord | undefined,
  held: ReadonlyMap<string, Standing>,
  before: Before,
): Agreement {
  if (predicted?.seen !== true) return { status: 'not seen', missing: [], unexpected: [] };
  const effects = predicted.effects.filter(({ relation }) => before.relations.has(relation));
  const work = predicted.kind === 'TruncateStmt' ? [] : WORK;
  const missing = [
    ...effects.flatMap((effect) => missingLock(effect, observed, held)),
    ...work.flatMap((each) => missingWork(each, effects, observed)),
  ];
  const unexpected = [
    ...unexpectedLocks(observed, effects, before),
    ...work.flatMap((each) => unexpectedWork(each, effects, observed, before)),
  ];
  if (unexpected.length > 0)
    return { status: 'differs', missing: observed.sampled ? [] : missing, unexpected };
  if (observed.sampled) return { status: 'sampled', missing: [], unexpected };
  return { status: missing.length > 0 ? 'differs' : 'agrees', missing, unexpected };
}

function lockWords(mode: LockMode, relation: string): string {
  return `${mode} on ${relation}`;
}

function missingLock(
  { relation, lock, conditional }: Effect,
  observed: ObservedStatement,
  held: ReadonlyMap<string, Standing>,
): string[] {
  const own = observed.locks.find((each) => each.relation === relation)?.mode;
  if (own === lock || conditional) return [];
  const standing = held.get(relation)?.mode;
  const isHeld = standing !== undefined && lockStrength(standing) >= lockStrength(lock);
  return own === undefined && isHeld ? [] : [lockWords(lock, relation)];
}

function unexpectedLocks(observed: ObservedStatement, effects: readonly Effect[], before: Before): string[] {
  return observed.locks.flatMap(({ relation, mode }) => {
    if (!before.relations.has(relation)) return [];
    const told = effects.find((effect) => effect.relation === relation);
    const isTold =
      told !== undefined &&
      (told.lock === mode || (told.conditional && lockStrength(mode) <= lockStrength(told.lock)));
    return isTold ? [] : [lockWords(mode, relation)];
  });
}

type Work = {
  readonly word: string;
  readonly told: (effect: Effect) => boolean;
  readonly shown: (observed: ObservedStatement) => readonly string[];
  /** What also explains that it was seen. */
  readonly explains?: (effect: Effect) => boolean;
};

const holdsRows = ({ kind }: Effect): boolean => kind !== 'index' && kind !== 'sequence';

const WORK: readonly Work[] = [
  {
    word: 'rewrite of',
    told: (effect) => effect.rewrite && holdsRows(effect) && effect.kind !== 'partitioned table',
    shown: ({ rewrites }) => rewrites,
  },
  { word: 'scan of', told: ({ scan }) => scan, shown: ({ scans }) => scans },
  {
    word: 'index build on',
    told: ({ builds }) => builds !== undefined,
    shown: ({ builtOn = [] }) => builtOn,
    explains: ({ rewrite }) => rewrite,
  },
];

function missingWork(
  { word, told, shown }: Work,
  effects: readonly Effect[],
  observed: ObservedStatement,
): string[] {
  return effects
    .filter((effect) => told(effect) && !effect.conditional && !shown(observed).includes(effect.relation))
    .map(({ relation }) => `${word} ${relation}`);
}

function unexpectedWork(
  { word, told, shown, explains }: Work,
  effects: readonly Effect[],
  observed: ObservedStatement,
  before: Before,
): string[] {
  return shown(observed)
    .filter((relation) => before.relations.has(relation))
    .filter(
      (name) => !effects.some((effect) => effect.relation === name && (told(effect) || explains?.(effect))),
    )
    .map((relation) => `${word} ${relation}`);
}
