import { UserError } from '../errors.ts';
import { nearestName } from '../nearest.ts';
import { applyStatement } from '../sql/apply.ts';
import type { Catalog } from '../sql/catalog.ts';
import type { Effects, PostgresVersion } from '../sql/effect.ts';
import { effects } from '../sql/effects.ts';
import { parseSql } from '../sql/parse.ts';
import { embeddedStatements } from '../sql/plpgsql.ts';
import type { SqlProblem, Statement } from '../sql/statement.ts';
import { transactionFlow } from '../sql/transactions.ts';
import { ruleNames } from './names.ts';
import { rules } from './registry.ts';
import type { Finding, RuleContext, Severity } from './rule.ts';

/** One file of the change, in the order of application. */
export type LintSource = {
  readonly file: string;
  readonly text: string;
  readonly up: { readonly startByte: number; readonly endByte: number };
  /** How the tool sends it; `implicit` is one transaction when there is more than one statement. */
  readonly transaction: 'file' | 'none' | 'implicit';
};

export type LintRequest = {
  readonly sources: readonly LintSource[];
  /** The schema before the change; what it holds counts as existing and in use. */
  readonly catalog: Catalog;
  readonly version: PostgresVersion;
  readonly severities: Readonly<Record<string, 'off' | Severity>>;
};

export type JudgedStatement = {
  readonly statement: Statement;
  readonly inTransaction: boolean;
  readonly effects: Effects;
};

export type LintResult = {
  readonly statements: readonly JudgedStatement[];
  readonly findings: readonly Finding[];
  readonly problems: readonly SqlProblem[];
};

type State = { catalog: Catalog; readonly statements: JudgedStatement[]; readonly findings: Finding[] };

/**
 * Judges the sources as one change: each statement against the schema that the ones before it made. A source that
 * does not parse is a problem, and the others are still judged. `loadParser` must have run.
 * @throws UserError when `severities` names a rule that does not exist.
 */
export function lint(request: LintRequest): LintResult {
  refuseUnknown(request.severities);
  const state: State = { catalog: request.catalog, statements: [], findings: [] };
  const problems: SqlProblem[] = [];
  for (const source of request.sources) {
    const parsed = parseSql(source.text, source.file, source.up);
    if (parsed.ok) judgeSource(parsed.statements, source, request, state);
    else {
      problems.push(parsed.problem);
      // What the source would have made is missing from the schema from here on.
      state.catalog = { ...state.catalog, complete: false };
    }
  }
  return { statements: state.statements, findings: state.findings, problems };
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
    hint: `The rules are: ${ruleNames.join(', ')}.`,
  });
}

function judgeSource(
  statements: readonly Statement[],
  source: LintSource,
  request: LintRequest,
  state: State,
): void {
  const wrapped =
    source.transaction === 'file' || (source.transaction === 'implicit' && statements.length > 1);
  const flow = transactionFlow(statements, wrapped);
  for (const [index, statement] of statements.entries()) {
    const inTransaction = flow[index] ?? wrapped;
    const found = effects(statement, state.catalog, request.version);
    state.statements.push({ statement, inTransaction, effects: found });
    state.findings.push(...judge(statement, { inTransaction, effects: found }, request, state.catalog));
    state.catalog = applyStatement(state.catalog, statement);
  }
}

function judge(
  statement: Statement,
  { inTransaction, effects: found }: Pick<RuleContext, 'inTransaction' | 'effects'>,
  request: LintRequest,
  catalog: Catalog,
): readonly Finding[] {
  const { version } = request;
  const context = { catalog, effects: found, version, inTransaction };
  return [
    ...complaints(statement, context, request),
    ...insideBlock(statement, catalog).flatMap(({ inner, schema }) => {
      const found = effects(inner, schema, version);
      const inside = { catalog: schema, effects: found, version, inTransaction: true };
      // A fix edits bytes of the file, where the embedded text does not stand as it was parsed.
      return complaints(inner, inside, request).map((finding) => ({ ...finding, fix: [] }));
    }),
  ];
}

/** What a DO block runs, each with the schema that the block has made so far. A function's body runs later, if at all. */
function insideBlock(statement: Statement, catalog: Catalog) {
  if (statement.kind !== 'DoStmt') return [];
  let schema = catalog;
  return embeddedStatements(statement).statements.map((inner) => {
    const judged = { inner, schema };
    schema = applyStatement(schema, inner);
    return judged;
  });
}

function complaints(
  statement: Statement,
  context: RuleContext,
  { severities, version }: LintRequest,
): Finding[] {
  return rules.flatMap((rule) => {
    const severity = severities[rule.slug] ?? rule.severity;
    if (severity === 'off' || version < rule.since) return [];
    return rule.check(statement, context).map(({ relation, message, help, fix = [] }) => ({
      rule: rule.slug,
      severity,
      place: statement.place,
      relation,
      message,
      help,
      fix,
      evidence: 'predicted' as const,
    }));
  });
}
