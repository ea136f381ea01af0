import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderComment } from '../../src/report/comment.ts';
import { reportFindings } from '../../src/report/findings.ts';
import { headline, nextStep } from '../../src/report/headline.ts';
import { lockBars, longestClosed } from '../../src/report/lock-bars.ts';
import { findingOf, judged, lintOf, observedOf, placeOf, statementOf, testsOf } from '../support/evidence.ts';

const FILE = 'db/migrations/2.sql';

test('a finding beneath another counts in the headline', () => {
  const column = findingOf({ rule: 'drop-column', severity: 'warning', place: placeOf(FILE, 1, 'x', 0) });
  const renamed = findingOf({ rule: 'drop-column', severity: 'warning', place: placeOf(FILE, 2, 'x', 9) });
  const evidence = judged({ lint: lintOf({ findings: [column, renamed] }) });
  const findings = reportFindings(evidence);
  assert.equal(findings.length, 1);
  assert.match(headline(evidence, findings), /with warnings: 2 findings/);
});

test('an edited merged migration was read, and the next step is how to bring it back', () => {
  const help = 'Bring the file back as it was (`git checkout 1111 -- db/migrations/1.sql`).';
  const evidence = judged({
    migrations: {
      tool: 'sql',
      directory: 'db/migrations',
      added: [],
      altered: [{ file: 'db/migrations/1.sql', change: 'edited' }],
      base: 3,
    },
    lint: lintOf({
      status: 'failed',
      reason: 'no new migrations',
      findings: [findingOf({ rule: 'edited-migration', help })],
    }),
  });
  const findings = reportFindings(evidence);
  assert.equal(headline(evidence, findings), '❌ Do not merge yet: 1 finding must be resolved');
  assert.match(nextStep(evidence, findings) ?? '', /git checkout 1111/);
  assert.match(renderComment(evidence), /^1 merged migration changed$/m);
});

const VALIDATE = 'ALTER TABLE public.orders VALIDATE CONSTRAINT c';
const SQL = 'ALTER TABLE orders ADD CONSTRAINT c CHECK (a > 0)';

function checkFinding(fix: boolean) {
  const place = placeOf(FILE, 1, SQL);
  return findingOf({
    rule: 'add-check-validating',
    place,
    help: `Add it with \`NOT VALID\`, then run \`${VALIDATE}\` in a transaction of its own.`,
    fix: fix ? [{ startByte: SQL.length, endByte: SQL.length, text: ' NOT VALID' }] : [],
  });
}

test('the rewrite is the whole of the worst finding’s, or is left out', () => {
  const statements = [statementOf({ place: placeOf(FILE, 1, SQL), sql: SQL })];
  const own = renderComment(judged({ lint: lintOf({ findings: [checkFinding(true)], statements }) }));
  assert.ok(
    own.includes(`${SQL} NOT VALID;\n-- then, each in a transaction of its own:\n${VALIDATE};\n`),
    own,
  );
  const mild = { ...checkFinding(true), severity: 'warning' as const };
  const worse = findingOf({ rule: 'drop-table', place: placeOf('db/migrations/3.sql', 1, 'x') });
  const other = renderComment(judged({ lint: lintOf({ findings: [mild, worse], statements }) }));
  assert.doesNotMatch(other, /Write it like this/);
});

test('the same help of one rule is told once', () => {
  const findings = [1, 2, 3].map((at) =>
    findingOf({
      place: placeOf(`db/migrations/${at}.sql`, 1, 'x'),
      relation: `public.t${at}`,
      help: `Build the index of \`public.t${at}\` with CREATE INDEX CONCURRENTLY.`,
    }),
  );
  const unlike = findingOf({ place: placeOf('db/migrations/4.sql', 1, 'x'), help: 'Do something else.' });
  const comment = renderComment(judged({ lint: lintOf({ findings: [...findings, unlike] }) }));
  assert.equal(comment.split('with CREATE INDEX CONCURRENTLY').length, 2);
  assert.equal(comment.split('**Instead:** as above, at `db/migrations/1.sql:1`.').length, 3);
  assert.match(comment, /\*\*Instead:\*\* Do something else\./);
});

test('the longest time in which a table is closed is no sum of several', () => {
  const relation = 'public.orders';
  const locked = (from: number, to: number) =>
    observedOf({ from, locks: [{ relation, mode: 'ShareLock', heldMs: to - from, from, to }] });
  const statements = [locked(0, 100), locked(50, 100), locked(100, 570)];
  const migrations = [{ version: '1', file: FILE, outcome: 'applied' as const, durationMs: 600, statements }];
  const [bars = []] = lockBars({ rehearsal: { status: 'passed', migrations, findings: [] } });
  assert.equal(longestClosed(bars), 470);
});

test('the note of a table begins as a sentence does', () => {
  const comment = renderComment(
    judged({
      rehearsal: {
        status: 'passed',
        migrations: [],
        findings: [],
        contention: {
          status: 'measured',
          tables: [
            {
              relation: 'public.t',
              reads: 1,
              writes: 1,
              longestReadMs: 0,
              longestWriteMs: 5,
              note: 'it holds no rows',
            },
          ],
        },
      },
    }),
  );
  assert.match(comment, / at most\. It holds no rows\./);
});

test('why the tests failed is told once', () => {
  const reason = 'The test command exited with code 1.';
  const comment = renderComment(judged({ tests: testsOf({ status: 'failed', reason }) }));
  assert.equal(comment.split(reason).length, 2, comment);
});
