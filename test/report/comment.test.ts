import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import * as z from 'zod';
import { evidenceSchema } from '../../src/evidence/schema.ts';
import { renderBody } from '../../src/report/body.ts';
import { COMMENT_LEVELS, MAXIMUM_COMMENT_BYTES, renderComment } from '../../src/report/comment.ts';
import { MAXIMUM_SUMMARY_BYTES, renderSummary, SUMMARY_LEVELS } from '../../src/report/summary.ts';
import { findingOf, judged, lintOf, placeOf, testsOf } from '../support/evidence.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { largeEvidence } from '../support/large.ts';
import { checkMarkdown } from '../support/markdown-check.ts';
import { SCENARIOS } from '../support/scenarios.ts';

/** `PULLGRES_UPDATE_SNAPSHOTS=1 node --test test/report/comment.test.ts` writes them anew; read them before you commit. */
test('typical comments read as their snapshots do', () => {
  for (const [name, evidence] of Object.entries(SCENARIOS)) {
    const file = new URL(`snapshots/${name}.md`, import.meta.url);
    const comment = `${renderComment(evidence)}\n`;
    if (process.env.PULLGRES_UPDATE_SNAPSHOTS === '1') writeFileSync(file, comment);
    assert.equal(comment, readFileSync(file, 'utf8'), name);
    checkMarkdown(comment);
  }
});

test('the first 300 characters tell the result', () => {
  const table: Record<string, RegExp> = {
    pass: /Ready to merge: 1 new migration applied in 5\.1 s, nothing found, 128 tests passed/,
    fail: /Do not merge yet.*nobody can write to `public\.orders`.*What to do now/s,
    warn: /Can be merged, with warnings.*All of `public\.customers` is read/s,
    unproven: /Not proved: the rehearsal could not be completed.*What to do now/s,
    'tests-failed': /Do not merge yet: the tests failed.*2 of 128/s,
    'migration-failed': /a migration failed.*0008_require_phone\.sql:2/s,
    teardown: /Branch removed.*`pullgres_42_pr_7` was removed/s,
    'nothing-new': /Ready to merge: no new migrations/,
  };
  for (const [name, expected] of Object.entries(table)) {
    const evidence = SCENARIOS[name];
    assert.ok(evidence);
    assert.match(renderComment(evidence).slice(0, 300), expected, name);
  }
});

test('hostile names stay inert and nothing stays open, at every level, in any size', () => {
  let rendered = 0;
  for (let seed = 1; seed <= 120; seed++) {
    const evidence = hostileEvidence(seed, seed % 40 === 0 ? 200 : 1 + (seed % 12));
    for (const level of [...COMMENT_LEVELS, ...SUMMARY_LEVELS]) {
      checkMarkdown(renderBody(evidence, level));
      rendered++;
    }
    assert.ok(Buffer.byteLength(renderComment(evidence)) <= MAXIMUM_COMMENT_BYTES);
    assert.ok(Buffer.byteLength(renderSummary(evidence)) <= MAXIMUM_SUMMARY_BYTES);
  }
  assert.equal(rendered, 120 * 10);
});

/** `rehearsal.scale.notes[]`, of every part that the evidence format knows. */
function paths(schema: unknown, at = ''): string[] {
  const {
    properties,
    items,
    anyOf = [],
  } = schema as {
    properties?: Record<string, unknown>;
    items?: unknown;
    anyOf?: unknown[];
  };
  return [
    ...(at === '' ? [] : [at]),
    ...Object.entries(properties ?? {}).flatMap(([name, one]) =>
      paths(one, at === '' ? name : `${at}.${name}`),
    ),
    ...(items === undefined ? [] : paths(items, `${at}[]`)),
    ...anyOf.flatMap((one) => paths(one, at)),
  ];
}

function present(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return [at, ...value.flatMap((one) => present(one, `${at}[]`))];
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [at];
  const inside = Object.entries(value).flatMap(([name, one]) =>
    present(one, at === '' ? name : `${at}.${name}`),
  );
  return at === '' ? inside : [at, ...inside];
}

test('the hostile evidence holds every part that the format knows, and keeps to the format', () => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 12; seed++) {
    const evidence = hostileEvidence(seed, 30);
    evidenceSchema.parse(evidence);
    for (const path of present(evidence)) seen.add(path);
  }
  const known = paths(z.toJSONSchema(evidenceSchema, { unrepresentable: 'any' }));
  assert.ok(known.length > 200, `only ${known.length} parts are known`);
  assert.deepEqual(
    [...new Set(known)].filter((path) => !seen.has(path)),
    [],
  );
});

test('a secret in a message or in SQL is starred out', () => {
  for (let seed = 1; seed <= 40; seed++) {
    const evidence = hostileEvidence(seed, 20);
    for (const text of [renderComment(evidence), renderSummary(evidence)])
      assert.doesNotMatch(text, /hunter2/);
  }
});

test('5,000 hostile findings fit into a comment and a summary, and the reader is told that it was cut', () => {
  const evidence = hostileEvidence(7, 5000);
  const started = performance.now();
  const comment = renderComment(evidence);
  const summary = renderSummary(evidence);
  assert.ok(performance.now() - started < 20_000, 'seconds for what may take one');
  assert.ok(Buffer.byteLength(comment) <= MAXIMUM_COMMENT_BYTES);
  assert.ok(Buffer.byteLength(summary) <= MAXIMUM_SUMMARY_BYTES);
  assert.match(comment, /_Shortened to fit into a comment/);
  assert.match(summary, /_Shortened to fit into a job summary/);
  checkMarkdown(comment);
  checkMarkdown(summary);
});

test('the shortest levels fit whatever the texts are', () => {
  const worst = '\u202E'.repeat(20_000);
  const place = placeOf(worst, 1, worst);
  const findings = Array.from({ length: 100 }, (_, index) =>
    findingOf({ rule: `${worst}${index}`, place, message: worst, help: worst, relation: worst }),
  );
  const failure = { name: worst, message: worst, file: worst, line: 1 };
  const evidence = judged({
    lint: lintOf({
      status: 'failed',
      findings,
      problems: [{ file: worst, message: worst, hint: worst }],
      accepted: findings.map((finding) => ({
        finding,
        reason: worst,
        owner: worst,
        until: '2027-01-31',
        source: 'policy' as const,
      })),
    }),
    migrations: {
      tool: 'sql',
      directory: 'db',
      added: [worst],
      altered: [{ file: worst, change: 'edited' }],
      base: 0,
    },
    tests: { status: 'failed', reason: worst, failures: Array.from({ length: 50 }, () => failure) },
    branch: {
      ...(SCENARIOS.fail?.branch as NonNullable<(typeof SCENARIOS)[string]['branch']>),
      name: worst,
      resetReason: worst,
    },
  });
  assert.ok(Buffer.byteLength(renderComment(evidence)) <= MAXIMUM_COMMENT_BYTES);
  assert.ok(Buffer.byteLength(renderSummary(evidence)) <= MAXIMUM_SUMMARY_BYTES);
});

test('200 migrations and 1,000 findings render quickly, all of them in the summary', () => {
  const evidence = largeEvidence();
  const started = performance.now();
  const comment = renderComment(evidence);
  const summary = renderSummary(evidence);
  assert.ok(performance.now() - started < 5000);
  assert.match(comment, /and 190 more findings\./);
  assert.match(comment, /In this file also: line 31, line 61, line 91 and line 121\./);
  assert.match(summary, /0199\.sql:1`/);
  assert.doesNotMatch(summary, /Shortened/);
});

test('a comment says what was shortened by levels, SQL first', () => {
  const bytes = COMMENT_LEVELS.map((level) => Buffer.byteLength(renderBody(hostileEvidence(3, 200), level)));
  assert.deepEqual(
    bytes,
    bytes.toSorted((a, b) => b - a),
  );
  const [, , noSql, tableOnly, verdictOnly] = COMMENT_LEVELS;
  assert.ok(noSql && tableOnly && verdictOnly && SCENARIOS.fail);
  assert.doesNotMatch(renderBody(SCENARIOS.fail, noSql), /```sql/);
  assert.match(renderBody(SCENARIOS.fail, noSql), /<details>/);
  assert.doesNotMatch(renderBody(SCENARIOS.fail, tableOnly), /<details>/);
  assert.match(renderBody(SCENARIOS.fail, tableOnly), /❌ \*\*error\*\*/);
  assert.doesNotMatch(renderBody(SCENARIOS.fail, verdictOnly), /❌ \*\*error\*\*/);
  assert.match(renderBody(SCENARIOS.fail, verdictOnly), /Do not merge yet.*\[run 1001\]\(https:/s);
});

test('a branch that is not confirmed gone is never called removed', () => {
  for (const [name, evidence] of Object.entries(SCENARIOS)) {
    assert.equal(/removed/.test(renderComment(evidence)), name === 'teardown', name);
  }
});

test('the parts stand in the order in which a reader asks', () => {
  const { fail, warn } = SCENARIOS;
  assert.ok(fail && warn);
  const { branch, lint } = warn;
  const evidence = judged({
    ...fail,
    branch,
    lint: { ...fail.lint, accepted: lint?.accepted ?? [] } as never,
  });
  const comment = renderComment({
    ...evidence,
    tests: testsOf({ counts: { passed: 1, failed: 0, errored: 0, skipped: 0 } }),
  });
  const parts = [
    'Do not merge yet',
    '**In production:**',
    '**What to do now:**',
    '❌ **error** at',
    '**Lock:** SHARE on `public.orders` for',
    'nobody can write',
    '**Instead:**',
    '**Write it like this**',
    'Who would have waited',
    '<details><summary><code>db/migrations/0007',
    'Timeline of the locks',
    'Schema: 1 change',
    '**Tests:** 1 passed',
    '**Data:**',
    'Accepted risks: 1',
    'accepted by @\u200Bacme/data until 2027-01-31',
    '**Branch:**',
    '<sub>`8c1f0e2` · [run 1001](https:',
    '2026-11-21 09:01 UTC',
  ];
  let from = 0;
  for (const part of parts) {
    const at = comment.indexOf(part, from);
    assert.ok(at >= 0, `${part} is missing, or stands too early`);
    from = at;
  }
  const [failing] = [renderComment(SCENARIOS['tests-failed'] ?? fail)];
  assert.ok(failing.indexOf('total is never negative') < failing.indexOf('0007_index_orders'));
});
