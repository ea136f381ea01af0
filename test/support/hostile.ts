import type { Evidence } from '../../src/evidence/schema.ts';
import type { Finding } from '../../src/rules/rule.ts';
import { LOCK_MODES } from '../../src/sql/effect.ts';
import { judged, lintOf, observedOf, placeOf, statementOf, testsOf } from './evidence.ts';

/** Pieces that break out of careless Markdown, HTML, terminals or workflow commands. */
const PIECES = [
  '"><!-- x -->',
  '<!-- pullgres key=default v=1 -->',
  '</details></summary>',
  '<script>alert(1)</script>',
  '<img src=x onerror=y>',
  '`',
  '```',
  '``````sql',
  '|',
  '\\|',
  '\\',
  '\n',
  '\r\n',
  '\n\n# heading\n\n',
  '\n::error::x\n',
  '@octocat',
  '@acme/team',
  '#123',
  'GH-12',
  'acme/shop#9',
  'https://evil.example/x?y=z',
  'www.evil.example',
  'a@b.example',
  '[link](javascript:alert(1))',
  '![image](https://evil.example/x.png)',
  '**bold** _it_ ~~no~~',
  '$\\huge x$',
  ':tada:',
  '\u202Egpj.exe',
  '\u2066\u2069',
  '\u0000\u001B[31m\u0007',
  '\u2028',
  '\uD83D',
  '👩‍👩‍👧‍👦',
  '😀',
  'مرحبا',
  '表',
  '&lt;b&gt; &#64;x',
  '- item',
  '1. item',
  '---',
  '    indented',
  'postgres://u:hunter2@db.internal/x',
  'orders',
  'db/migrations/1.sql',
  ' ',
] as const;

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Text of up to `pieces` hostile pieces, never empty. */
export function hostileText(random: () => number, pieces: number): string {
  const length = 1 + Math.floor(random() * pieces);
  return Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)]).join('');
}

/** Evidence in which every text is hostile; `size` is about the number of findings. */
export function hostileEvidence(seed: number, size: number): Evidence {
  const random = seeded(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  const pick = <T>(items: readonly T[]) => items[below(items.length)] as T;
  const text = (pieces = 6) => hostileText(random, pieces);
  const files = Array.from({ length: 1 + below(Math.max(1, size / 5)) }, () => text());
  const sqls = Array.from({ length: size }, () => text(40));
  const places = sqls.map((sql, index) => placeOf(pick(files), 1 + index, sql, index * 1000));
  const finding = (index: number): Finding => ({
    rule: text(2),
    severity: pick(['error', 'warning', 'notice'] as const),
    place: places[index] as (typeof places)[number],
    relation: pick([undefined, text()]),
    message: text(20),
    help: text(20),
    fix: pick([[], [{ startByte: index * 1000, endByte: index * 1000, text: text() }]]),
    evidence: pick(['predicted', 'observed'] as const),
    fingerprint: index.toString(16).padStart(16, '0'),
  });
  const findings = sqls.map((_, index) => finding(index));
  const problem = () => ({
    file: pick(files),
    line: 1,
    column: 2,
    message: text(20),
    hint: text(20),
    code: text(1),
  });
  const failures = () =>
    Array.from({ length: below(50) }, () => ({ name: text(), message: text(20), file: text(), line: 1 }));
  const counts = { passed: below(1e6), failed: 1, errored: 1, skipped: below(9) };
  const base = judged();
  return judged({
    run: { ...base.run, id: text(), url: pick([undefined, text(), base.run.url]) },
    policy: {
      ...base.policy,
      path: text(),
      editedHere: true,
      failOn: pick(['error', 'warning', 'never'] as const),
    },
    migrations: {
      tool: text(),
      directory: text(),
      added: files,
      altered: files.slice(0, 3).map((file) => ({ file, change: 'edited' as const })),
      base: 1,
    },
    branch: {
      name: text(),
      id: text(),
      provider: text(),
      created: true,
      resetReason: text(),
      lifetime: 'pull request',
      createdAt: base.run.startedAt,
      expiresAt: base.run.finishedAt,
      baseline: {
        id: text(),
        kind: pick(['schema', 'synthetic', 'masked'] as const),
        createdAt: base.run.startedAt,
        name: text(),
        sourceAt: base.run.startedAt,
        proved: true,
      },
      postgresVersion: 18,
      durationMs: below(5000),
      making: {
        durationMs: below(5000),
        copy: {
          strategy: pick(['wal-log', 'file-copy', 'clone'] as const),
          why: text(),
          reflink: 'unknown',
          bytes: below(1e9),
          files: 3,
          predictedMs: below(100),
          actualMs: below(90_000),
          predictedBytes: 1,
          actualBytes: 1,
        },
        quarantine: Array.from({ length: below(30) }, () => ({
          kind: 'function' as const,
          name: text(),
          action: 'disabled' as const,
          rows: below(9),
        })),
      },
      size: { bytes: below(1e9), divergedBytes: below(1e9) },
    },
    lint: lintOf({
      status: 'failed',
      files,
      reason: pick([undefined, text(20)]),
      findings,
      statements: sqls.map((sql, index) =>
        statementOf({
          sql,
          place: places[index],
          seen: random() > 0.1,
          inTransaction: true,
          effects: [
            {
              relation: text(),
              kind: 'table',
              lock: pick(LOCK_MODES),
              rewrite: random() > 0.5,
              scan: random() > 0.5,
              builds: pick([undefined, text()]),
              dataLoss: random() > 0.5,
              conditional: true as const,
              why: text(),
            },
          ],
        }),
      ),
      accepted: findings.slice(0, 30).map((one) => ({
        finding: one,
        reason: text(),
        owner: text(),
        until: '2027-01-31',
        source: 'policy' as const,
      })),
      problems: [problem()],
    }),
    rehearsal: {
      status: pick(['failed', 'unproven'] as const),
      reason: pick([undefined, text(20)]),
      findings: findings.slice(0, 5),
      accepted: findings.slice(10, 12).map((one) => ({
        finding: one,
        reason: text(),
        owner: text(),
        until: '2027-01-31',
        source: 'file' as const,
      })),
      settled: false,
      refuted: findings.slice(5, 10).map((one) => ({ finding: one, reason: text(9) })),
      ...measuredParts(text, places),
      migrations: files.map((file) => ({
        version: text(),
        file,
        outcome: pick(['applied', 'failed'] as const),
        durationMs: below(100_000),
        walBytes: below(1e9),
        tempBytes: below(1e9),
        blocks: { hit: 1, read: 2 },
        leftovers: [{ kind: 'invalid index' as const, relation: text(), name: text() }],
        problem: pick([undefined, problem()]),
        state: text(9),
        down: {
          status: pick(['reversed', 'differs', 'failed', 'missing', 'not tried'] as const),
          reason: text(),
          difference: [text(9), text(9)],
          problem: problem(),
        },
        statements: places.flatMap((place, index) =>
          place.file === file
            ? [
                observedOf({
                  place,
                  sql: sqls[index] as string,
                  durationMs: below(100_000),
                  from: below(1000),
                  locks: [
                    {
                      relation: text(),
                      mode: pick(LOCK_MODES),
                      heldMs: below(100_000),
                      from: below(1000),
                      to: 200_000,
                    },
                  ],
                  waits: [{ ms: below(9), blockers: [text()] }],
                  rows: below(1e6),
                  builtOn: [text()],
                  sequential: [{ relation: text(), scans: 1, rows: 2 }],
                  walBytes: below(1e9),
                  sampling: { looks: below(9), longestGapMs: below(90) },
                  preflight: [
                    {
                      check: 'nulls',
                      relation: text(),
                      subject: text(),
                      rows: below(9),
                      durationMs: 1,
                      find: text(9),
                    },
                  ],
                  agreement: { status: 'differs', missing: [text()], unexpected: [text()] },
                  rewrites: [text()],
                  scans: [text()],
                  builds: [text()],
                  sampled: random() > 0.5,
                }),
              ]
            : [],
        ),
      })),
    },
    tests: testsOf({
      status: pick(['failed', 'unproven'] as const),
      reason: text(),
      exitCode: below(255),
      durationMs: below(100_000),
      counts,
      failures: failures(),
      shards: Array.from({ length: below(9) }, (_, index) => ({
        index: index + 1,
        status: pick(['failed', 'unproven'] as const),
        reason: text(),
        copyMs: 1,
        durationMs: 1,
        counts,
      })),
      oldCode: {
        status: pick(['failed', 'unproven', 'passed'] as const),
        reason: pick([undefined, text(20)]),
        commit: pick([base.subject.headSha, text()]),
        durationMs: 1,
        counts,
        failures: failures(),
      },
    }),
    teardown: pick([undefined, { branch: text(), removed: true, at: base.run.finishedAt }]),
  });
}

type Rehearsal = NonNullable<Evidence['rehearsal']>;

/** What is measured of the whole run, every text hostile. */
function measuredParts(
  text: (pieces?: number) => string,
  places: readonly Finding['place'][],
): Pick<Rehearsal, 'contention' | 'scale' | 'deploy' | 'schema'> {
  const measured = { measuredMs: 1, lowMs: 2, highMs: 3, share: 0.1 };
  const queued = { queuedReads: 7, queuedWrites: 8 };
  const waited = { reads: 3, writes: 4, longestReadMs: 5, longestWriteMs: 1500, ...queued };
  const idle = { heldMs: 9, waited: places.slice(0, 3).map((place) => ({ place, ms: 8 })) };
  const table = { relation: text(), place: places[0], note: text(9), ...waited };
  return {
    contention: { status: 'measured', reason: text(), tables: [table], idle },
    scale: {
      source: text(),
      estimates: places.slice(0, 3).map((place) => ({
        place,
        relation: text(),
        driver: 'rows',
        ...measured,
        ...queued,
        words: text(20),
      })),
      notes: [text(20)],
    },
    deploy: {
      tables: [{ relation: text(), mode: 'ShareLock', heldMs: 9 }],
      advice: [text(20), text(20)],
      lockTimeoutMs: 1000,
    },
    schema: places.slice(0, 4).map(() => ({
      change: 'renamed',
      kind: text(2),
      name: text(),
      was: text(),
      removed: [text(9)],
      added: [text(9)],
    })),
  };
}
