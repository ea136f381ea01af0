import type { Evidence, ObservedStatement, StatementRecord } from '../../src/evidence/schema.ts';
import { decideVerdict, type Unjudged } from '../../src/evidence/verdict.ts';
import type { Finding } from '../../src/rules/rule.ts';
import type { Place } from '../../src/sql/statement.ts';

/** The place of a text that starts at a line's first column; bytes count from `startByte`. */
export function placeOf(file: string, line: number, sql: string, startByte = 0): Place {
  const lines = sql.split('\n');
  return {
    file,
    line,
    column: 1,
    endLine: line + lines.length - 1,
    endColumn: (lines.at(-1) ?? '').length + 1,
    startByte,
    endByte: startByte + Buffer.byteLength(sql),
  };
}

export function findingOf(changes: Partial<Finding> = {}): Finding {
  return {
    rule: 'create-index-blocking',
    severity: 'error',
    place: placeOf('db/migrations/2.sql', 1, 'CREATE INDEX i ON orders (a)'),
    relation: 'public.orders',
    message: 'While this runs, nobody can write to `public.orders`.',
    help: 'Build the index with CREATE INDEX CONCURRENTLY, outside a transaction.',
    fix: [],
    evidence: 'predicted',
    fingerprint: '0123456789abcdef',
    ...changes,
  };
}

export function statementOf(changes: Partial<StatementRecord> = {}): StatementRecord {
  const sql = 'CREATE INDEX i ON orders (a)';
  return {
    place: placeOf('db/migrations/2.sql', 1, sql),
    sql,
    kind: 'IndexStmt',
    seen: true,
    effects: [],
    ...changes,
  };
}

export function observedOf(changes: Partial<ObservedStatement> = {}): ObservedStatement {
  const { place, sql } = statementOf();
  return {
    place,
    sql,
    durationMs: 1,
    locks: [],
    rewrites: [],
    scans: [],
    builds: [],
    sampled: false,
    ...changes,
  };
}

/** Evidence of a pull request in which nothing was found; `changes` replace whole sections. */
export function unjudgedOf(changes: Partial<Unjudged> = {}): Unjudged {
  return {
    version: 1,
    tool: { name: 'pullgres', version: '0.1.0' },
    run: {
      id: '1001',
      attempt: 1,
      url: 'https://github.com/acme/shop/actions/runs/1001',
      startedAt: '2026-11-21T09:00:00Z',
      finishedAt: '2026-11-21T09:01:30Z',
    },
    subject: {
      kind: 'pull-request',
      repository: 'acme/shop',
      repositoryId: 42,
      pullRequest: 7,
      headSha: '8c1f0e2b7d3a4f5e6c7b8a9d0e1f2a3b4c5d6e7f',
      baseSha: '1111111111111111111111111111111111111111',
    },
    policy: {
      source: 'file',
      path: '.github/pullgres.yml',
      commit: '1111111111111111111111111111111111111111',
      editedHere: false,
      required: ['lint', 'rehearsal'],
      failOn: 'error',
    },
    lint: lintOf(),
    rehearsal: { status: 'passed', migrations: [], findings: [] },
    ...changes,
  };
}

export function lintOf(changes: Partial<NonNullable<Evidence['lint']>> = {}): NonNullable<Evidence['lint']> {
  return {
    status: 'passed',
    postgresVersion: 18,
    files: [],
    statements: [],
    findings: [],
    accepted: [],
    problems: [],
    ...changes,
  };
}

export function testsOf(
  changes: Partial<NonNullable<Evidence['tests']>> = {},
): NonNullable<Evidence['tests']> {
  return { status: 'passed', failures: [], ...changes };
}

export function judged(changes: Partial<Unjudged> = {}): Evidence {
  const unjudged = unjudgedOf(changes);
  return { ...unjudged, verdict: decideVerdict(unjudged) };
}
