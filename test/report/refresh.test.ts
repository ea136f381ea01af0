import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RefreshRecord, refreshSchema } from '../../src/evidence/refresh-schema.ts';
import { refreshHeadline } from '../../src/report/refresh-rows.ts';
import { renderRefreshSummary } from '../../src/report/refresh-summary.ts';
import { refreshJson, renderRefreshText } from '../../src/report/refresh-text.ts';

const HOSTILE = '<img src=x onerror=alert(1)> @everyone | `x` postgres://u:p4ss@h/d ::error::x';

const table = (name: string, more: Partial<RefreshRecord['tables'][number]> = {}) => ({
  table: name,
  rows: 'copied' as const,
  sourceRows: 10,
  copiedRows: 10,
  bytes: 2048,
  durationMs: 12,
  masked: 2,
  clear: 3,
  ...more,
});

const RECORD: RefreshRecord = refreshSchema.parse({
  version: 1,
  status: 'published',
  name: 'shop',
  baseline: 'shop@20261122T023000Z',
  previous: null,
  source: 'a live Postgres 17',
  sourceAt: '2026-11-22T02:30:00.000Z',
  startedAt: '2026-11-22T02:30:00.000Z',
  durationMs: 61_000,
  profileHash: 'a'.repeat(64),
  keyId: '0123456789abcdef',
  tables: [table('public.users'), table('public.sessions', { rows: 'empty', copiedRows: 0, bytes: 0 })],
  scrubbed: [{ kind: 'comment', name: 'public.users', action: 'removed', why: 'comments are not needed' }],
  checks: [
    { name: 'structure', status: 'proved', summary: '2 tables are there', durationMs: 5, problems: [] },
    { name: 'bytes', status: 'proved', summary: '0 of 500 values', durationMs: 5, problems: [] },
  ],
  needles: 500,
  bytesScanned: 1024 * 1024,
  fidelity: [{ column: 'public.users.email', strategy: 'email', score: 0.97, parts: { width: 0.9 } }],
  risks: [],
  notes: [],
  removed: [],
  manifest: null,
  drill: null,
});

const REFUSED: RefreshRecord = {
  ...RECORD,
  status: 'refused',
  reason: '3 real values are in what would be published.',
  baseline: null,
  previous: 'shop@20261121T023000Z',
  checks: [
    ...RECORD.checks,
    {
      name: 'overlap',
      status: 'unproven',
      summary: 'the time was over',
      durationMs: 5,
      problems: [],
    },
    {
      name: 'bytes',
      status: 'failed',
      summary: '3 of 500 values',
      durationMs: 5,
      problems: [{ where: HOSTILE, what: '3 values' }],
    },
  ],
};

test('the headline says what branches are made from now', () => {
  assert.equal(
    refreshHeadline(RECORD),
    'shop@20261122T023000Z is published: a masked baseline, proved clean.',
  );
  assert.match(refreshHeadline(REFUSED), /^Nothing was published .*still made from shop@20261121T023000Z\.$/);
  assert.match(
    refreshHeadline({ ...REFUSED, status: 'failed', previous: null }),
    /no baseline to make branches/,
  );
});

test('a terminal shows the worst check first, its problems below, and the verdict last', () => {
  const lines = renderRefreshText(REFUSED).trimEnd().split('\n');
  const at = (pattern: RegExp): number => lines.findIndex((line) => pattern.test(line));
  assert.ok(at(/❌ bytes/) < at(/❓ overlap/) && at(/❓ overlap/) < at(/✅ structure/));
  assert.match(lines[at(/❌ bytes/) + 1] ?? '', /^ {4}.*3 values$/);
  assert.match(lines.at(-1) ?? '', /^Nothing was published/);
  assert.match(renderRefreshText(RECORD), /500 real values were sought in 1 MB/);
  assert.match(renderRefreshText(RECORD), /1 table left empty; 4 columns masked/);
});

test('neither text nor summary obeys a hostile name, nor repeats a connection string', () => {
  const summary = renderRefreshSummary(REFUSED);
  for (const text of [summary, renderRefreshText(REFUSED)]) assert.ok(!text.includes('p4ss'), text);
  assert.ok(!summary.includes('<img'), summary);
  assert.ok(!/(^|[^\u200B\\])@everyone/m.test(summary), summary);
});

test('the summary stays under 1 MiB with 20,000 tables and problems with long names', () => {
  const record: RefreshRecord = {
    ...REFUSED,
    tables: Array.from({ length: 20_000 }, (_, n) => table(`public.${'x'.repeat(500)}${n}`)),
    notes: Array.from({ length: 5_000 }, () => HOSTILE.repeat(50)),
    checks: REFUSED.checks.map((check) => ({
      ...check,
      problems: Array.from({ length: 5_000 }, () => ({ where: HOSTILE.repeat(50), what: 'x' })),
    })),
  };
  const summary = renderRefreshSummary(record);
  assert.ok(Buffer.byteLength(summary) < 1024 * 1024, `${Buffer.byteLength(summary)}`);
  assert.match(summary, /19,700 smaller ones are in the evidence file/);
  assert.match(summary, /4,970 more in the evidence file/);
});

test('the JSON is one line that the schema reads', () => {
  const text = refreshJson(RECORD);
  assert.equal(text.trimEnd().split('\n').length, 1);
  assert.deepEqual(refreshSchema.parse(JSON.parse(text)), RECORD);
});
