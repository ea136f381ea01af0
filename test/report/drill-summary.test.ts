import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DrillRecord } from '../../src/evidence/refresh-schema.ts';
import { drillHeadline, drillSummary } from '../../src/report/drill-summary.ts';
import { drillTrend } from '../../src/report/drill-trend.ts';

type Step = DrillRecord['steps'][number];

const step = (name: string, changes: Partial<Step> = {}): Step => ({
  name,
  status: 'passed',
  durationMs: 1200,
  limitMs: null,
  summary: 'Fine.',
  ...changes,
});

const drill = (changes: Partial<DrillRecord> = {}): DrillRecord => ({
  source: 'dump',
  takenAt: '2026-11-21T02:00:00.000Z',
  rpoSeconds: 3600,
  rtoMs: 60_000,
  steps: [step('fetch'), step('restore')],
  ...changes,
});

const times = (...rtoMs: (number | null)[]): DrillRecord[] =>
  rtoMs.map((ms) => drill({ rtoMs: ms, rpoSeconds: null }));

describe('the trend', () => {
  const now = drill({ rtoMs: 112_000, rpoSeconds: null });
  const table: readonly [what: string, earlier: readonly DrillRecord[], says: readonly string[]][] = [
    ['nothing before', [], []],
    ['no time before', times(null, null), []],
    ['one run', times(100_000), ['RTO 12 % slower than the last one (1 min 52 s after 1 min 40 s)']],
    [
      'the median, not the mean',
      times(100_000, 90_000, 110_000, 100_000, 9_000_000),
      ['RTO 12 % slower than the median of 5 (1 min 52 s after 1 min 40 s)'],
    ],
    [
      'the last five',
      times(1, 1, 1, 1, 1, 112_000, 112_000, 112_000, 112_000, 112_000),
      ['RTO as the median of 5 (1 min 52 s after 1 min 52 s)'],
    ],
    [
      'faster',
      times(200_000, 248_000),
      ['RTO 50 % faster than the median of 2 (1 min 52 s after 3 min 44 s)'],
    ],
    ['another kind of source', [drill({ source: 'physical', rtoMs: 1000 })], []],
  ];
  for (const [what, earlier, says] of table) {
    test(what, () => assert.deepEqual(drillTrend(now, earlier), says));
  }

  test('a recovery point has its own', () => {
    const said = drillTrend(drill({ rtoMs: null, rpoSeconds: 7200 }), [drill()]);
    assert.deepEqual(said, ['RPO 100 % older than the last one (2 h after 60 min)']);
  });
});

describe('the summary', () => {
  test('a drill that passed calls what was skipped unproven', () => {
    const steps = [step('fetch'), step('heap integrity', { status: 'skipped', durationMs: 0 })];
    assert.equal(
      drillHeadline(drill({ steps })),
      'Restore drill passed: the dump came back, 1 step unproven',
    );
    assert.equal(
      drillSummary(drill({ steps: [...steps, step('recovery time', { limitMs: 60_000 })] }), times(120_000)),
      `### Restore drill passed: the dump came back, 1 step unproven

RTO 1 min · RPO 60 min · taken 2026-11-21 02:00 UTC

RTO 50 % faster than the last one (1 min after 2 min)

|  | step | time | limit | what was found |
| --- | --- | --- | --- | --- |
| ✅ passed | fetch | 1.2 s |  | Fine. |
| ⚪ unproven | heap integrity |  |  | Fine. |
| ✅ passed | recovery time | 1.2 s | 1 min | Fine. |`,
    );
  });

  test('a drill that failed names what did', () => {
    const steps = ['a', 'b', 'c', 'd'].map((name) => step(name, { status: 'failed' }));
    const record = drill({ steps, rtoMs: null, rpoSeconds: null, takenAt: null, source: 'physical' });
    assert.equal(drillHeadline(record), 'Restore drill failed: a, b, c and 1 more');
    assert.match(drillSummary(record, []), /RTO not reached · RPO unknown · taken at an unknown time/);
  });

  test('names of the source cannot speak Markdown', () => {
    const hostile = '<img src=x onerror=1> @team | **bold** #1 <!-- pullgres -->\n# head';
    const steps = [
      step(`assertion: ${hostile}`, {
        status: 'failed',
        summary: `\`${hostile.replaceAll('\n', ' ')}\` and ${hostile}`,
      }),
    ];
    const text = drillSummary(drill({ steps }), []);
    assert.ok(!/<img|<!--|@team|\*\*bold|^# head/m.test(text.replaceAll(/`[^`]*`/g, '')), text);
    assert.equal(text.split('\n').filter((line) => line.startsWith('| ❌')).length, 1);
  });

  test('any number of steps fits', () => {
    const steps = Array.from({ length: 1000 }, (_, n) => step(`s${n}`, { summary: 'x'.repeat(5000) }));
    const text = drillSummary(drill({ steps }), []);
    assert.ok(Buffer.byteLength(text) < 1024 * 1024);
    assert.match(text, /_700 more are in the evidence file\._/);
  });
});
