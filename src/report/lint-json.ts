import { recordedSql } from '../evidence/statement.ts';
import type { JudgedStatement } from '../rules/context.ts';
import { docsUrl } from '../rules/docs-url.ts';
import { blockedBy, type LockMode, lockStrength, type RelationEffect } from '../sql/effect.ts';
import { jsonText } from './json-text.ts';
import { LINT_JSON_VERSION, type LintJson } from './lint-json-schema.ts';
import type { LintedFile, LintReporter, LintRun, ShownFinding } from './linted.ts';

type FileJson = LintJson['files'][number];
type StatementJson = FileJson['statements'][number];
type FindingJson = FileJson['findings'][number];

/** The whole result as one JSON document, a file a line, written as the files come. `LintJson` is its type. */
export function jsonReporter({ postgres }: LintRun): LintReporter {
  let separator = '\n';
  return {
    begin: () => `{"version":${LINT_JSON_VERSION},"postgres":${postgres},"files":[`,
    file: (file) => {
      const text = `${separator}${jsonText(fileJson(file))}`;
      separator = ',\n';
      return text;
    },
    end: (summary) => `\n],"summary":${JSON.stringify(summary)}}\n`,
  };
}

function fileJson({ path, tool, statements, findings, problems }: LintedFile): FileJson {
  const unread = problems.map(({ line, column, message, hint }) => ({
    line,
    column,
    message: message.toWellFormed(),
    hint: hint.toWellFormed(),
  }));
  return {
    path: path.toWellFormed(),
    tool,
    parsed: problems.length === 0,
    ...(unread.length === 0 ? {} : { problems: unread }),
    statements: statements.map(judgedJson),
    findings: findings.map(findingJson),
  };
}

function judgedJson({ statement, inTransaction, effects }: JudgedStatement): StatementJson {
  return statementJson({ ...statement, inTransaction, seen: effects.seen, effects: effects.relations });
}

/** A statement with what was predicted for it. */
export type Predicted = Pick<JudgedStatement['statement'], 'place' | 'sql' | 'kind'> & {
  readonly inTransaction: boolean;
  readonly seen: boolean;
  readonly effects: readonly Pick<
    RelationEffect,
    'relation' | 'kind' | 'lock' | 'rewrite' | 'scan' | 'builds' | 'dataLoss'
  >[];
};

/** A statement as the JSON of a lint has it. */
export function statementJson(statement: Predicted): StatementJson {
  const { line, endLine, column } = statement.place;
  const relations = statement.effects;
  const named = (chosen: Predicted['effects']) => [...new Set(chosen.map(({ relation }) => relation))];
  const held = relations.filter(({ kind }) => HOLDS_ROWS.has(kind));
  return {
    line,
    endLine,
    column,
    sql: recordedSql(statement.sql),
    kind: statement.kind,
    inTransaction: statement.inTransaction,
    seen: statement.seen,
    locks: strongest(relations).map(([relation, mode]) => ({ relation, mode, blocks: blocks(mode) })),
    rewrites: named(held.filter(({ rewrite }) => rewrite)),
    scans: named(held.filter(({ scan }) => scan)),
    builds: [...new Set(relations.flatMap(({ builds }) => builds ?? []))],
    dataLoss: named(relations.filter(({ dataLoss }) => dataLoss)),
  };
}

/** Where rows are kept that a rewrite or a scan goes through. */
const HOLDS_ROWS: ReadonlySet<string> = new Set(['table', 'partitioned table', 'materialized view']);

/** Each relation once, with its strongest lock. */
function strongest(relations: Predicted['effects']): readonly (readonly [string, LockMode])[] {
  const modes = new Map<string, LockMode>();
  for (const { relation, lock } of relations) {
    const known = modes.get(relation);
    const isWeaker = known !== undefined && lockStrength(lock) <= lockStrength(known);
    if (!isWeaker) modes.set(relation, lock);
  }
  return [...modes];
}

function blocks(mode: LockMode): StatementJson['locks'][number]['blocks'] {
  const blocked = blockedBy(mode);
  return (['reads', 'writes', 'ddl'] as const).filter((work) => blocked[work]);
}

/** A finding as the JSON of a lint has it. */
export function findingJson({ finding, exception }: ShownFinding): FindingJson {
  return {
    ...complaintJson(finding),
    docs: docsUrl(finding.rule),
    fingerprint: finding.fingerprint,
    also: (finding.also ?? []).map((one) => ({ ...complaintJson(one), fingerprint: one.fingerprint })),
    exception: exception
      ? { reason: exception.reason, owner: exception.owner, until: exception.until }
      : null,
  };
}

function complaintJson({ rule, severity, place, relation, message, help, fix }: ShownFinding['finding']) {
  return {
    rule,
    severity,
    line: place.line,
    endLine: place.endLine,
    column: place.column,
    relation: relation ?? null,
    message,
    help,
    fix: [...fix],
  };
}
