import assert from 'node:assert/strict';
import { test } from 'node:test';
import { renderHtml } from '../../src/report/html/page.ts';
import { findingOf, judged, lintOf, observedOf, placeOf, statementOf } from '../support/evidence.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { SCENARIOS } from '../support/scenarios.ts';

const TAGS =
  /^<(\/?)(!doctype html|html|head|meta|title|style|body|header|h[123]|p|strong|main|ul|ol|li|section|div|table|caption|thead|tbody|tr|th|td|span|br|small|details|summary|pre|code|ins|del|footer|dl|dt|dd|svg|desc|g|line|text|rect)( [a-z][a-z0-9-]*="[^"<>]*"| (?:viewBox|xmlns)="[^"<>]*")*\/?>$/i;
const EMPTY = new Set(['meta', 'br', 'rect', 'line', '!doctype html']);

/** Fails for a tag that is not ours, one that stays open, and anything that would load or run something. */
function checkHtml(text: string): void {
  const open: string[] = [];
  for (const [tag] of text.replace(/<style>[^<]*<\/style>/, '').matchAll(/<[^>]*>?/g)) {
    const [, slash, name = ''] = TAGS.exec(tag) ?? assert.fail(`a foreign tag: ${tag.slice(0, 200)}`);
    if (EMPTY.has(name.toLowerCase()) || tag.endsWith('/>')) continue;
    if (slash === '/') assert.equal(open.pop(), name);
    else open.push(name);
  }
  assert.deepEqual(open, []);
  assert.doesNotMatch(text, /(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u);
  assert.doesNotMatch(text, /hunter2/);
  assert.ok(text.isWellFormed());
}

test('a report in HTML holds nothing but what was built here, whatever the names are', () => {
  for (let seed = 1; seed <= 80; seed++) checkHtml(renderHtml(hostileEvidence(seed, 1 + (seed % 20))));
});

test('it tells the verdict, who waited, the timeline, both views of the locks, the plan and the schema', () => {
  const text = renderHtml(SCENARIOS.fail as never);
  checkHtml(text);
  for (const part of [
    /<h1>❌ Do not merge yet/,
    /Readers and writers beside the migrations/,
    /0 reads and 12,300 writes/,
    /<rect [^>]*><title>SHARE on public\.orders for 4\.1 s, blocks writes/,
    /<td><code>public\.orders<\/code><\/td>\s<td>SHARE<\/td>\s<td>SHARE for 4\.1 s<\/td>/,
    /Set <code>lock_timeout<\/code> to 2 s/,
    /<ins>\+ CREATE INDEX orders_customer_idx/,
  ])
    assert.match(text, part);
});

test('its own policy forbids scripts and all that would be loaded', () => {
  const text = renderHtml(SCENARIOS.pass as never);
  assert.match(text, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'/);
});

test('50 migrations of 20 statements stay under 500 kB', () => {
  const sql = `ALTER TABLE orders\n${Array.from({ length: 8 }, (_, line) => `  ADD COLUMN c${line} text`).join(',\n')}`;
  const files = Array.from({ length: 50 }, (_, at) => `db/migrations/${at}.sql`);
  const places = files.flatMap((file) =>
    Array.from({ length: 20 }, (_, at) => placeOf(file, 1 + at * 10, sql, at * 500)),
  );
  const text = renderHtml(
    judged({
      lint: lintOf({
        files,
        statements: places.map((place) => statementOf({ place, sql })),
        findings: files.map((_, at) => findingOf({ place: places[at * 20] as (typeof places)[number] })),
      }),
      rehearsal: {
        status: 'passed',
        findings: [],
        migrations: files.map((file) => ({
          version: file,
          file,
          outcome: 'applied',
          durationMs: 10,
          statements: places
            .filter((place) => place.file === file)
            .map((place) =>
              observedOf({
                place,
                sql,
                from: 1,
                locks: [
                  { relation: 'public.orders', mode: 'AccessExclusiveLock', heldMs: 1, from: 1, to: 2 },
                ],
              }),
            ),
        })),
      },
    }),
  );
  assert.ok(text.length < 500_000, `${text.length} bytes`);
});

test('an open transaction, what could not be extrapolated and the difference of a way back are told', () => {
  const down = { status: 'differs' as const, difference: ["+ COMMENT '<x>'"] };
  const run = {
    version: '1',
    file: 'm/1.sql',
    outcome: 'applied' as const,
    durationMs: 5,
    statements: [],
    down,
  };
  const waited = [{ place: placeOf('m/1.sql', 3, 'select 1'), ms: 1900 }];
  const contention = { status: 'measured' as const, tables: [], idle: { heldMs: 2000, waited } };
  const scale = { source: 'shop', estimates: [], notes: ['The manifest does not tell of `public.a`.'] };
  const rehearsal = { status: 'passed' as const, findings: [], migrations: [run], contention, scale };
  const text = renderHtml(judged({ rehearsal }));
  checkHtml(text);
  assert.match(text, /stood open for 2 s .* kept waiting <code>m\/1\.sql:3<\/code> for 1\.9 s/);
  assert.match(text, /does not tell of <code>public\.a<\/code>/);
  assert.match(text, /does not undo all that up does\.<\/p>\s*<pre[^>]*><code>\+ COMMENT &#39;&lt;x&gt;/);
});
