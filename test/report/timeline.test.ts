import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gantt } from '../../src/report/gantt.ts';
import { closed, lockBars } from '../../src/report/lock-bars.ts';
import { timelineSvg } from '../../src/report/timeline-svg.ts';
import { hostileEvidence } from '../support/hostile.ts';
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
    const svg = timelineSvg(evidence) ?? '';
    const bare = svg.replaceAll(/<\/?(svg|title|desc|g|rect|text|line)( [a-z0-9A-Z-]+="[^"<>]*")*\/?>/g, '');
    assert.doesNotMatch(bare, /[<>]/, `seed ${seed}`);
    assert.doesNotMatch(svg, /(?![\n\t])\p{Cc}/u);
  }
});

test('the picture names each lock for whoever cannot see it', () => {
  const svg = timelineSvg(fail);
  assert.match(svg ?? '', /<desc>SHARE on public\.orders for 4\.1 s, blocks writes \(.*:1\)/);
  assert.equal(timelineSvg({ rehearsal: undefined }), undefined);
});
