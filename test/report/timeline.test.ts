import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gantt } from '../../src/report/gantt.ts';
import { closed, lockBars } from '../../src/report/lock-bars.ts';
import { ticksUpTo } from '../../src/report/ticks.ts';
import { timelineSvg } from '../../src/report/timeline-svg.ts';
import { durationWords } from '../../src/report/words.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { manyMigrations } from '../support/many.ts';
import { SCENARIOS } from '../support/scenarios.ts';

const fail = SCENARIOS.fail as NonNullable<(typeof SCENARIOS)[string]>;

test('locks stand behind each other on one line of time, migration after migration', () => {
  const bars = lockBars(fail).flat();
  assert.deepEqual(
    bars.map(({ relation, mode, from, to }) => [relation, mode, from, to]),
    [
      ['public.orders', 'ShareLock', 4.1, 4112.3],
      ['public.customers', 'AccessExclusiveLock', 4213.299999999999, 4623.2],
    ],
  );
});

test('a moment in which two locks close a relation counts once', () => {
  const bar = lockBars(fail)[0]?.[0];
  assert.ok(bar);
  const spans = [
    [0, 10],
    [5, 12],
    [20, 21],
  ] as const;
  assert.equal(closed(spans.map(([from, to]) => ({ ...bar, from, to }))), 13);
});

test('the gantt has a section for each relation and a task for each lock', () => {
  assert.equal(
    gantt(lockBars(fail), 20),
    [
      '```mermaid',
      'gantt',
      '  dateFormat x',
      '  axisFormat %M:%S.%L',
      '  section public.orders',
      '  SHARE 4.1 s :active, 4, 4112',
      '  section public.customers',
      '  ACCESS EXCLUSIVE 410 ms :crit, 4213, 4623',
      '```',
    ].join('\n'),
  );
  assert.equal(gantt([], 20), undefined);
});

const LINE =
  /^ {2}(section [\p{L}\p{N}_. ·-]*|[A-Z ]+ [\p{L}\p{N}. ·]+ :(crit|active), \d+, \d+|dateFormat x|axisFormat %M:%S\.%L)$/u;

test('no name gets out of its place, in the gantt or in the picture', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const evidence = hostileEvidence(seed, 12);
    const chart = gantt(lockBars(evidence), 20);
    for (const line of chart?.split('\n').slice(2, -1) ?? []) assert.match(line, LINE);
    const svg = timelineSvg(evidence)?.svg ?? '';
    const bare = svg.replaceAll(/<\/?(svg|title|a|g|rect|text|line)( [a-z0-9A-Z-]+="[^"<>]*")*\/?>/g, '');
    assert.doesNotMatch(bare, /[<>]/, `seed ${seed}`);
    assert.doesNotMatch(svg, /(?![\n\t])\p{Cc}/u);
  }
});

test('the picture is a row for each table and a link for each lock, which says its statement and who waits', () => {
  const { svg, bars, leftOut } = timelineSvg(fail) ?? assert.fail('no picture');
  assert.deepEqual([bars, leftOut, svg.match(/class="row"/g)?.length], [2, 0, 2]);
  assert.match(
    svg,
    /<a class="bar writes" href="#migrations"><title>SHARE on public\.orders for 4\.1 s, blocks writes \(.*:3\); beside it, longest wait: a read 3 ms, a write 4\.1 s; 12,300 queries would queue\nCREATE INDEX/,
  );
  assert.match(svg, /<text class="summary end"[^>]*>no writes for 4\.1 s · longest wait/);
  assert.equal(timelineSvg({ rehearsal: undefined }), undefined);
});

test('the shortest locks go first, those that nobody waits for before all others, and what is said counts them', () => {
  const many = manyMigrations(10, 20);
  const { svg, bars, leftOut } = timelineSvg(many, { maximumBars: 30 }) ?? assert.fail('no picture');
  assert.deepEqual([bars, leftOut], [30, 170]);
  assert.equal(svg.match(/<a class="bar /g)?.length, 30);
  assert.doesNotMatch(svg, /class="bar none"/);
  const [worst] = lockBars(many);
  const words = durationWords(closed(worst ?? []));
  assert.ok(svg.includes(`no writes for ${words}`), words);
});

test('a lock of no length is still three units wide and inside the picture', () => {
  const run = fail.rehearsal?.migrations[0];
  const [statement] = run?.statements ?? [];
  assert.ok(run && statement);
  const locks = [{ relation: 'public.a', mode: 'ShareLock' as const, heldMs: 0, from: 4212.4, to: 4212.4 }];
  const rehearsal = {
    ...fail.rehearsal,
    status: 'passed' as const,
    findings: [],
    migrations: [{ ...run, statements: [{ ...statement, locks }] }],
  };
  assert.match(timelineSvg({ rehearsal })?.svg ?? '', /<rect x="957\.0" y="\d+" width="3\.0"/);
});

test('ticks are round, from 0, and few', () => {
  for (const [end, last] of [
    [1, 1],
    [478, 400],
    [4624, 4000],
    [33_000, 30_000],
    [95_000, 80_000],
    [7_300_000, 7_200_000],
  ] as const) {
    const ticks = ticksUpTo(end);
    assert.deepEqual([ticks[0], ticks.at(-1)], [0, last]);
    assert.ok(ticks.length <= 8);
  }
});
