import { applyStatement } from '../sql/apply.ts';
import type { Catalog } from '../sql/catalog.ts';
import { settled } from '../sql/catalog-edit.ts';
import type { Effects, PostgresVersion } from '../sql/effect.ts';
import { effects } from '../sql/effects.ts';
import { parseSql } from '../sql/parse.ts';
import { embeddedStatements } from '../sql/plpgsql.ts';
import type { SqlProblem, Statement } from '../sql/statement.ts';
import { transactionFlow } from '../sql/transactions.ts';
import { rules } from './registry.ts';
import type { Complaint, Finding, Rule, RuleContext, Severity } from './rule.ts';
import { assertKnownRules } from './rule-names.ts';

/** One migration: `up` is the part of `text` that is judged, `wrapped` says that its tool opens a transaction around it. */
export type LintSource = {
  readonly file: string;
  readonly text: string;
  readonly up: { readonly startByte: number; readonly endByte: number };
  readonly wrapped: boolean;
};

export type LintRequest = {
  /** In the order of application. */
  readonly sources: readonly LintSource[];
  /** The schema before the first of them. */
  readonly catalog: Catalog;
  readonly version: PostgresVersion;
  /** By rule; a rule that is not named keeps its own. */
  readonly severities: Readonly<Record<string, Severity | 'off'>>;
};

export type LintedStatement = {
  readonly statement: Statement;
  readonly inTransaction: boolean;
  readonly effects: Effects;
};

export type LintResult = {
  readonly statements: readonly LintedStatement[];
  readonly findings: readonly Finding[];
  /** One for each source that cannot be parsed; the others are judged all the same. */
  readonly problems: readonly SqlProblem[];
};

/** Judges a change: what its statements do, one after another, to the schema as it then is. Throws UserError for a severity of a rule that does not exist. Await `loadParser()` first. */
export function lint({ sources, catalog, version, severities }: LintRequest): LintResult {
  assertKnownRules(severities);
  const active = rules.filter(({ slug, since }) => severities[slug] !== 'off' && since <= version);
  const result = {
    statements: [] as LintedStatement[],
    findings: [] as Finding[],
    problems: [] as SqlProblem[],
  };
  let schema = settled(catalog);
  for (const { file, text, up, wrapped } of sources) {
    const parsed = parseSql(text, file, up);
    if (!parsed.ok) {
      result.problems.push(parsed.problem);
      // What the file would have made is missing from the model from here on.
      schema = { ...schema, complete: false };
      continue;
    }
    const flow = transactionFlow(parsed.statements, wrapped);
    for (const [index, statement] of parsed.statements.entries()) {
      const context = contextOf(statement, schema, version, flow[index] === true);
      result.statements.push({ statement, inTransaction: context.inTransaction, effects: context.effects });
      result.findings.push(...judge(statement, context, active, severities));
      schema = applyStatement(schema, statement);
    }
  }
  return result;
}

function contextOf(
  statement: Statement,
  catalog: Catalog,
  version: PostgresVersion,
  inTransaction: boolean,
): RuleContext {
  return { catalog, version, inTransaction, effects: effects(statement, catalog, version) };
}

function judge(
  statement: Statement,
  context: RuleContext,
  active: readonly Rule[],
  severities: LintRequest['severities'],
): readonly Finding[] {
  const own = findingsOf(statement, context, active, severities);
  if (statement.kind !== 'DoStmt') return own;
  const inner: Finding[] = [];
  let { catalog } = context;
  for (const embedded of embeddedStatements(statement).statements) {
    const inside = contextOf(embedded, catalog, context.version, true);
    // A fix edits bytes of the file, and the embedded text is not there byte for byte.
    inner.push(
      ...findingsOf(embedded, inside, active, severities).map((finding) => ({ ...finding, fix: [] })),
    );
    catalog = applyStatement(catalog, embedded);
  }
  return [...own, ...inner];
}

function findingsOf(
  statement: Statement,
  context: RuleContext,
  active: readonly Rule[],
  severities: LintRequest['severities'],
): readonly Finding[] {
  return active.flatMap((rule) =>
    rule
      .check(statement, context)
      .filter(({ relation }) => !isNew(context.catalog, relation))
      .map((complaint) => findingOf(rule, statement, complaint, severities[rule.slug])),
  );
}

/** Nobody reads or writes yet what the change itself made, and it holds no production rows. */
function isNew(catalog: Catalog, relation: string | undefined): boolean {
  return relation !== undefined && catalog.relations.get(relation)?.isNew === true;
}

function findingOf(
  rule: Rule,
  { place }: Statement,
  { relation, message, help, fix }: Complaint,
  wanted: Severity | 'off' | undefined,
): Finding {
  const severity = wanted === undefined || wanted === 'off' ? rule.severity : wanted;
  return { rule: rule.slug, severity, place, relation, message, help, fix: fix ?? [], evidence: 'predicted' };
}
