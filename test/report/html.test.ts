import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Evidence } from '../../src/evidence/schema.ts';
import { renderHtml } from '../../src/report/html/page.ts';
import { shorten } from '../../src/report/html/shorten.ts';
import { STYLE } from '../../src/report/html/style.ts';
import { judged, placeOf, testsOf } from '../support/evidence.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { manyMigrations } from '../support/many.ts';
import { SCENARIOS } from '../support/scenarios.ts';

const TAGS =
  /^<(\/?)(!doctype html|html|head|meta|title|style|body|header|nav|main|section|article|h[1-4]|p|strong|ul|ol|li|div|table|caption|thead|tbody|tr|th|td|span|br|bdi|small|a|details|summary|pre|code|ins|del|dl|dt|dd|svg|g|line|text|rect|circle|path)( [a-z][a-z0-9-]*="[^"<>]*"| open| viewBox="[^"<>]*")*\/?>$/i;
const EMPTY = new Set(['meta', 'br', 'rect', 'line', 'circle', 'path', '!doctype html']);

/** Fails for a tag that is not ours, one that stays open, and anything that would load, run or lead somewhere. */
function checkHtml(text: string): void {
  const open: string[] = [];
  for (const [tag] of text.replace(/<style>[^<]*<\/style>/, '').matchAll(/<[^>]*>?/g)) {
    const [, slash, name = ''] = TAGS.exec(tag) ?? assert.fail(`a foreign tag: ${tag.slice(0, 200)}`);
    if (EMPTY.has(name.toLowerCase()) || tag.endsWith('/>')) continue;
    if (slash === '/') assert.equal(open.pop(), name);
    else open.push(name);
    assert.doesNotMatch(tag, / (on[a-z]+|src|srcset|style|action|formaction|data|ping)=/);
  }
  assert.deepEqual(open, []);
  checkLinks(text);
  assert.doesNotMatch(text, /(?![\n\t])\p{Cc}|[\u202A-\u202E\u2066-\u2069\u200B-\u200F\u2028\u2029]/u);
  assert.doesNotMatch(text, /hunter2/);
  assert.ok(text.isWellFormed());
}

/** Every id stands once, every link in the page has its target, and only the one to the run leaves it. */
function checkLinks(text: string): void {
  const ids = [...text.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assert.equal(new Set(ids).size, ids.length);
  const links = [...text.matchAll(/ href="([^"]*)"/g)].map(([, link]) => link ?? '');
  const outer = links.filter((link) => !link.startsWith('#'));
  assert.ok(outer.length <= 1 && outer.every((link) => /^https?:\/\/[\w.:/-]+$/.test(link)), outer.join(' '));
  for (const link of links)
    if (link.startsWith('#')) assert.ok(ids.includes(link.slice(1)), `${link} leads nowhere`);
  for (const [, labels] of text.matchAll(/ aria-labelledby="([^"]*)"/g)) assert.ok(ids.includes(labels));
}

test('a report in HTML holds nothing but what was built here, whatever the names are', () => {
  for (let seed = 1; seed <= 80; seed++) checkHtml(renderHtml(hostileEvidence(seed, 1 + (seed % 20))));
  for (const size of [100, 400]) checkHtml(renderHtml(hostileEvidence(size, size)));
});

test('every scenario is sound, and its headings step down one by one', () => {
  for (const [name, evidence] of Object.entries(SCENARIOS)) {
    const text = renderHtml(evidence);
    checkHtml(text);
    const levels = [...text.matchAll(/<h([1-4])/g)].map(([, level]) => Number(level));
    assert.equal(levels[0], 1, name);
    assert.equal(levels.filter((level) => level === 1).length, 1, name);
    const isStep = (level: number, at: number) => at === 0 || level <= (levels[at - 1] ?? 0) + 1;
    assert.ok(levels.every(isStep), `${name}: ${levels}`);
  }
});

test('it tells the verdict, who waited, the timeline, both views of the locks, the plan and the schema', () => {
  const text = renderHtml(SCENARIOS.fail as never);
  checkHtml(text);
  for (const part of [
    /<h1>.*<span>Do not merge yet/,
    /Readers and writers that went on beside the migrations/,
    /0 reads and 12,300 writes/,
    /<title>SHARE on public\.orders for 4\.1 s, blocks writes/,
    /<th scope="row"><code>public\.orders<\/code><\/th><td>SHARE, reads all of it, builds an index<\/td>\s<td>SHARE for 4\.1 s<\/td>/,
    /Set <code>lock_timeout<\/code> to 2 s/,
    /10 % of its rows<\/td>\s<td>4\.1 s<\/td>\s<td>41 s to 1 min 2 s/,
    /<ins>\+ CREATE INDEX orders_customer_idx/,
    /synthetic rows/,
    /"headSha": "8c1f0e2b7d3a4f5e6c7b8a9d0e1f2a3b4c5d6e7f"/,
  ])
    assert.match(text, part);
});

test('its own policy forbids scripts and all that would be loaded', () => {
  const text = renderHtml(SCENARIOS.pass as never);
  assert.match(text, /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'/);
});

test('50 migrations of 20 statements stay under 500 kB, and it is said what is left out', () => {
  const text = renderHtml(manyMigrations(50, 20));
  checkHtml(text);
  assert.ok(Buffer.byteLength(text) < 500_000, `${Buffer.byteLength(text)} bytes`);
  assert.match(text, /and 1\d more statements\./);
  assert.match(text, /Left out: [^<]*\d+ of lint\.statements;/);
  assert.match(text, /shorter locks are not drawn/);
});

test('many and hostile names stay under 500 kB as well', () => {
  for (const evidence of [manyMigrations(200, 5), manyMigrations(1, 1000), hostileEvidence(7, 1000)])
    assert.ok(Buffer.byteLength(renderHtml(evidence)) < 500_000);
});

test('what differs is marked, in the list of migrations, at the statement and at the table', () => {
  const fail = SCENARIOS.fail as Evidence;
  const agreement = { status: 'differs' as const, missing: ['scan of public.orders'], unexpected: [] };
  const migrations = (fail.rehearsal?.migrations ?? []).map((run) => ({
    ...run,
    statements: run.statements.map((statement) => ({ ...statement, agreement })),
  }));
  const text = renderHtml({ ...fail, rehearsal: { status: 'passed', findings: [], migrations } });
  checkHtml(text);
  for (const part of [
    /≠ 1 statement predicted otherwise<\/span><\/summary>/,
    /<h4>Line 3 · 4\.1 s <span class="badge warn">≠ not as predicted/,
    /<td>SHARE for 4\.1 s<\/td>\s<td><span class="badge warn">≠ differs/,
    /Predicted and not seen: <code>scan of public\.orders/,
  ])
    assert.match(text, part);
});

test('data, quarantine, shards, the running version and the days of an accepted risk are told', () => {
  const { branch } = SCENARIOS.fail as Evidence;
  assert.ok(branch);
  const baseline = {
    ...branch.baseline,
    kind: 'masked' as const,
    proved: true as const,
    sourceAt: '2026-11-20T19:00:00Z',
  };
  const quarantine = [{ kind: 'subscription' as const, name: 'to_<b>x</b>', action: 'dropped' as const }];
  const text = renderHtml(
    judged({
      branch: { ...branch, baseline, making: { durationMs: 5, quarantine } },
      lint: SCENARIOS.warn?.lint,
      tests: testsOf({
        shards: [{ index: 1, status: 'passed', copyMs: 12, durationMs: 3400 }],
        oldCode: { status: 'failed', commit: '1234567890', failures: [{ name: 'a <i>', message: 'no' }] },
      }),
    }),
  );
  checkHtml(text);
  for (const part of [
    /masked rows of production <span class="badge good">✓ masking proved/,
    /14 h ago/,
    /to_&lt;b&gt;x&lt;\/b&gt;<\/code><\/th><td>subscription<\/td>\s<td>dropped/,
    /Shard 1<\/th><td><span class="badge good">✓ passed/,
    /running version \(<code>1234567<\/code>\) does not survive this deploy/,
    /2027-01-31<br><small>71 days left/,
  ])
    assert.match(text, part);
});

/** Relative luminance and contrast as WCAG 2.1 defines them. */
function luminance(color: string): number {
  const digits =
    color.length === 4 ? [...color.slice(1)].map((one) => one + one) : (color.slice(1).match(/../g) ?? []);
  const [red = 0, green = 0, blue = 0] = digits.map((pair) => {
    const part = Number.parseInt(pair, 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

test('text keeps 4.5 to 1 and bars 3 to 1 against all that they stand on, light and dark', () => {
  const schemes = [...STYLE.matchAll(/--ground:[^}]*/g)].map(([scheme]) => scheme);
  assert.equal(schemes.length, 3);
  for (const scheme of schemes) {
    const colors = new Map(
      [...scheme.matchAll(/--([\w-]+):(#\w+)/g)].map(([, name = '', color = '']) => [name, color]),
    );
    const of = (name: string) => colors.get(name) ?? assert.fail(name);
    const atLeast = (least: number, ink: string, grounds: readonly string[]) => {
      for (const ground of grounds) {
        const got = contrast(of(ink), of(ground));
        assert.ok(got >= least, `${ink} on ${ground}: ${got.toFixed(2)}`);
      }
    };
    for (const ink of ['ink', 'dim', 'link', 'bad', 'warn', 'good']) atLeast(4.5, ink, ['ground', 'soft']);
    for (const tone of ['bad', 'warn', 'good'])
      for (const ink of ['ink', 'link', tone]) atLeast(4.5, ink, [`${tone}-soft`]);
    atLeast(4.5, 'bar-ink', ['bar-all', 'bar-writes']);
    for (const bar of ['bar-all', 'bar-writes', 'bar-none']) atLeast(3, bar, ['ground', 'soft']);
  }
});

test('only a plain web address becomes a link to the run', () => {
  const { run } = judged();
  for (const url of ['javascript:alert(1)', 'https://x.example/"onclick=', 'data:text/html,x', 'https://x y'])
    assert.doesNotMatch(renderHtml(judged({ run: { ...run, url } })), /href="[^#]/);
});

test('a shortened record is JSON that says what was cut', () => {
  const { value, leftOut } =
    shorten({ a: [1, 2, 3], b: 'x'.repeat(9), c: { d: [['y', 'z']] } }, { items: 1, characters: 4 }) ??
    assert.fail();
  assert.deepEqual(value, { a: [1], b: 'xxx…', c: { d: [['y']] } });
  assert.deepEqual(leftOut, ['2 of a', '1 long texts of b', '1 of c.d[]']);
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
  assert.match(text, /does not undo all that up does\.<\/p>\s*<pre[^>]*><code>\+ COMMENT '&lt;x&gt;/);
});
