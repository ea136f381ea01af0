import { UserError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import { atTransactionEnd, inNewSession } from '../sql/apply/setting.ts';
import { applyStatement } from '../sql/apply.ts';
import type { Catalog } from '../sql/catalog.ts';
import { settled } from '../sql/catalog-edit.ts';
import { blockedBy, type PostgresVersion } from '../sql/effect.ts';
import { effects } from '../sql/effects.ts';
import type { Variables } from '../sql/meta-arguments.ts';
import { readScript, type Script } from '../sql/script.ts';
import type { SqlProblem, Statement } from '../sql/statement.ts';
import { type TransactionStep, transactionFlow } from '../sql/transactions.ts';
import type { JudgedStatement, LintSource, OpenTransaction, RuleContext } from './context.ts';
import { fingerprint, meaning } from './fingerprint.ts';
import { innerStatements } from './inner-statements.ts';
import { ruleNames } from './names.ts';
import { rules } from './registry.ts';
import type { Complaint, Finding, Rule, Severity } from './rule.ts';
import { startSession } from './session.ts';
import { transactionSchema } from './transaction-schema.ts';
import { type Inside, unspokenFindings } from './unspoken-work.ts';
import { type SmallTable, weigh } from './weigh.ts';
import { code } from './words.ts';

export type LintRequest = {
  readonly sources: Iterable<LintSource>;
  /** The schema before the change; what it holds counts as existing and in use. */
  readonly catalog: Catalog;
  readonly version: PostgresVersion;
  readonly severities: Readonly<Record<string, 'off' | Severity>>;
  /** Work on tables known to be no larger than this is only a notice. */
  readonly smallTable?: SmallTable | undefined;
  /** Each source is a change of its own, merged before the next: what one makes is in use for those behind it. */
  readonly apart?: boolean | undefined;
  /** Values of psql's variables and of placeholders. */
  readonly variables?: Variables | undefined;
};

/** What is known of one file: the statements that could be read, and what could not. */
export type JudgedSource = {
  readonly source: LintSource;
  readonly statements: readonly JudgedStatement[];
  readonly findings: readonly Finding[];
  readonly problems: readonly SqlProblem[];
};

export type LintResult = {
  readonly statements: readonly JudgedStatement[];
  readonly findings: readonly Finding[];
  readonly problems: readonly SqlProblem[];
};

/** `judgeSources`, all of it at once. */
export function lint(request: LintRequest): LintResult {
  const judged = [...judgeSources(request)];
  return {
    statements: judged.flatMap(({ statements }) => statements),
    findings: judged.flatMap(({ findings }) => findings),
    problems: judged.flatMap(({ problems }) => problems),
  };
}

/**
 * Judges the sources as one change, file by file: each statement against the schema that the ones before it made.
 * What cannot be read is a problem, and all that can is still judged. `loadParser` must have run.
 * @throws UserError when `severities` names a rule that does not exist.
 */
export function* judgeSources(request: LintRequest): Generator<JudgedSource, void, undefined> {
  refuseUnknown(request.severities);
  const change: Change = {
    ...request,
    active: byKind(activeRules(request)),
    catalog: request.catalog,
    before: request.catalog,
    lockedBefore: new Map(),
  };
  for (const source of request.sources) {
    if (source.ownSession) change.catalog = inNewSession(change.catalog, request.catalog);
    const { text, file, up: range, psql, cutsAt, includes } = source;
    const read = readScript(text, file, { range, psql, cutsAt, includes, variables: request.variables });
    const script = source.problem ? { ...read, problems: [source.problem, ...read.problems] } : read;
    yield { source, problems: script.problems, ...judgeStatements(script, source, change) };
    if (!request.apart) continue;
    change.catalog = settled(change.catalog);
    change.before = change.catalog;
    change.lockedBefore.clear();
  }
}

type ActiveRule = { readonly rule: Rule; readonly severity: Severity };

type Change = {
  catalog: Catalog;
  before: Catalog;
  readonly version: PostgresVersion;
  /** The rules that look at a kind of statement. */
  readonly active: (kind: string) => readonly ActiveRule[];
  readonly lockedBefore: Map<string, string[]>;
  readonly severities: LintRequest['severities'];
  readonly smallTable?: SmallTable | undefined;
};

function activeRules({ severities, version }: LintRequest): readonly ActiveRule[] {
  return rules.flatMap((rule) => {
    const severity = severities[rule.slug] ?? (rule.optIn ? 'off' : rule.severity);
    const speaks = rule.since <= version && version <= (rule.until ?? version);
    return severity === 'off' || !speaks ? [] : [{ rule, severity }];
  });
}

/** Most rules look at one kind of statement, and a large history has many thousand statements. */
function byKind(active: readonly ActiveRule[]): Change['active'] {
  const known = new Map<string, readonly ActiveRule[]>();
  return (kind) => {
    const chosen = known.get(kind) ?? active.filter(({ rule: { kinds } }) => kinds?.includes(kind) ?? true);
    known.set(kind, chosen);
    return chosen;
  };
}

/** Names in `severities` that no rule has. */
export function unknownRules(severities: LintRequest['severities']): readonly string[] {
  return Object.keys(severities).filter((name) => !ruleNames.includes(name));
}

function refuseUnknown(severities: LintRequest['severities']): void {
  const unknown = unknownRules(severities);
  if (unknown.length === 0) return;
  const list = unknown.map((name) => {
    const near = nearestName(name, ruleNames);
    return near === undefined ? name : `${name} (did you mean ${near}?)`;
  });
  throw new UserError(`There is no rule ${list.join(', ')}.`, {
    hint: 'See `pullgres rules` for the names.',
  });
}

function judgeStatements(
  { statements, problems }: Script,
  source: LintSource,
  change: Change,
): Pick<JudgedSource, 'statements' | 'findings'> {
  const [firstProblem] = problems;
  const opened = openedBy(source, statements.length);
  const flow = transactionFlow(statements, opened !== undefined, opened === 'implicit');
  const session = startSession(opened);
  const schemaAfter = transactionSchema();
  const judged: JudgedStatement[] = [];
  const findings: Finding[] = [];
  const lockedHere = new Set<string>();
  for (const [index, statement] of statements.entries()) {
    const step = flow[index] as TransactionStep;
    const { inside, staysOpen } = step;
    // What could not be read is missing from the schema from there on.
    if (firstProblem !== undefined && isBehind(statement.place, firstProblem)) forgetRest(change);
    const found = effects(statement, change.catalog, change.version);
    const one = { statement, inTransaction: inside, effects: found };
    const { transaction, tool } = source;
    const file = { path: source.file, transaction, tool, statements, index };
    const { catalog, before, version, lockedBefore } = change;
    const context = { catalog, before, version, lockedBefore, file, session: session.view };
    findings.push(...judge(statement, { ...context, inTransaction: inside, effects: found }, change));
    judged.push(one);
    for (const { relation, lock } of found.relations)
      if (blockedBy(lock).writes && !catalog.relations.get(relation)?.isNew) lockedHere.add(relation);
    session.pass(one, catalog, staysOpen);
    change.catalog = schemaAfter(statement, step, catalog, applyStatement(catalog, statement));
  }
  // No transaction goes on into the next file.
  change.catalog = atTransactionEnd(change.catalog);
  if (firstProblem !== undefined) forgetRest(change);
  for (const relation of lockedHere)
    change.lockedBefore.set(relation, [...(change.lockedBefore.get(relation) ?? []), source.file]);
  return { statements: judged, findings };
}

function isBehind(place: Pick<SqlProblem, 'line' | 'column'>, { line, column }: SqlProblem): boolean {
  return place.line > line || (place.line === line && place.column > column);
}

function forgetRest(change: Change): void {
  if (change.catalog.complete) change.catalog = { ...change.catalog, complete: false };
}

function openedBy({ transaction }: LintSource, statements: number): OpenTransaction['opened'] | undefined {
  if (transaction === 'file') return 'tool';
  return transaction === 'implicit' && statements > 1 ? 'implicit' : undefined;
}

function judge(statement: Statement, context: RuleContext, change: Change): readonly Finding[] {
  const inner = innerStatements(statement, context.catalog).map((one): Inside => {
    const found = effects(one.inner, one.schema, context.version);
    return { ...one, context: { ...context, catalog: one.schema, effects: found, inTransaction: true } };
  });
  const own = complaints(statement, context, change);
  const findings =
    inner.length === 0
      ? own
      : [
          ...own,
          ...inner.flatMap((one) => {
            const where =
              one.routine === undefined ? '' : ` ${code(one.routine)} does it, which is called here.`;
            // A fix edits bytes of the file, where the embedded text does not stand as it was parsed.
            return complaints(one.inner, one.context, change).map((finding) => ({
              ...finding,
              message: `${finding.message}${where}`,
              fix: [],
            }));
          }),
        ];
  return [...findings, ...unspokenFindings(statement, context, { findings, inner, ...change })];
}

type Spoken = { readonly by: ActiveRule; readonly complaint: Complaint };

function complaints(statement: Statement, context: RuleContext, { active, smallTable }: Change): Finding[] {
  const spoken: Spoken[] = [];
  // Most rules say nothing: not even an empty list is made for them.
  for (const by of active(statement.kind))
    for (const complaint of by.rule.check(statement, context)) spoken.push({ by, complaint });
  if (spoken.length === 0) return [];
  return spoken
    .filter((one) => !spoken.some((other) => saysMore(other, one)))
    .map(({ by: { rule, severity }, complaint: { relation, part, message, help, fix = [] } }) => {
      const weight = weigh(severity, rule.claim, context.effects, context.catalog, smallTable);
      return {
        rule: rule.slug,
        severity: weight.severity,
        place: statement.place,
        relation,
        message: weight.measure === '' ? message : `${message} ${weight.measure}`,
        help,
        fix: statement.rendered ? [] : fix,
        evidence: 'predicted' as const,
        fingerprint: fingerprint(rule.slug, relation, part, meaning(statement)),
      };
    });
}

function saysMore(other: Spoken, one: Spoken): boolean {
  if (!other.by.rule.over?.includes(one.by.rule.slug)) return false;
  const same = (a: string | undefined, b: string | undefined): boolean => !a || !b || a === b;
  return (
    same(other.complaint.relation, one.complaint.relation) && same(other.complaint.part, one.complaint.part)
  );
}
