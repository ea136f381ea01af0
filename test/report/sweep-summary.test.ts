import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type SweepRecord, type SweptBranch, sweepSchema } from '../../src/evidence/sweep-schema.ts';
import { sweepTotals } from '../../src/evidence/sweep-totals.ts';
import { sweptComment } from '../../src/report/sweep-comment.ts';
import { renderSweepSummary } from '../../src/report/sweep-summary.ts';
import { renderSweepText, sweepJson } from '../../src/report/sweep-text.ts';

const HOSTILE = '|x<img src=y>\n::error::@team #7 `a` <!-- pullgres -->';

function swept(changes: Partial<SweptBranch> = {}): SweptBranch {
  return {
    name: 'pullgres_42_pr_7',
    subject: { kind: 'pull-request', number: 7 },
    pull: 'closed',
    state: 'ready',
    baseline: 'schema_1',
    createdAt: '2026-05-30T12:00:00.000Z',
    expiresAt: '2026-06-03T12:00:00.000Z',
    sessions: 0,
    busy: false,
    bytes: 8 * 1024 * 1024,
    decision: 'keep',
    rule: 'open',
    reason: 'Pull request 7 is open.',
    outcome: 'kept',
    ...changes,
  };
}

function recordOf(branches: readonly SweptBranch[], remains: SweepRecord['remains'] = []): SweepRecord {
  return {
    version: 1,
    tool: { name: 'pullgres', version: '0' },
    repository: { id: 42, name: 'tidewater/shop' },
    serverTime: '2026-06-01T12:00:00.000Z',
    durationMs: 5,
    mode: 'apply',
    modeReason: 'The sweep was told to apply its plan.',
    survey: { complete: true, open: 1, problems: [] },
    limits: { maximum: 50, graceMs: 1, makingMs: 1 },
    branches,
    remains,
    totals: sweepTotals(42, branches, remains, [{ repositoryId: 43, bytes: 1024 }]),
  };
}

describe('the summary', () => {
  test('has the worst first, and says what was freed and who holds what', () => {
    const text = renderSweepSummary(
      recordOf(
        [
          swept({ author: 'robin' }),
          swept({ name: 'b', outcome: 'removed', decision: 'delete' }),
          swept({ name: 'c', outcome: 'unknown' }),
          swept({ name: 'd', outcome: 'failed', detail: 'The slot is in use.' }),
        ],
        [
          {
            kind: 'slot',
            name: 'e',
            bytes: 99,
            decision: 'delete',
            rule: 'left over',
            reason: 'x',
            outcome: 'removed',
          },
        ],
      ),
    );
    const order = ['❌', '❓', '🗑', '| kept'].map((word) => text.indexOf(word, text.indexOf('| ---')));
    assert.deepEqual(
      order,
      order.toSorted((a, b) => a - b),
    );
    assert.ok(order.every((place) => place > 0));
    assert.match(text, /removed 2 \(8 MB\); 1 could not be removed, 1 branch of unknown state, 1 kept\./);
    assert.match(
      text,
      /the server held 5 branches, 32 MB; this repository 4 branches, 32 MB\. Besides .* 1 other has/,
    );
    assert.match(text, /robin: 1 branch, 8 MB/);
    assert.match(text, /The slot is in use\./);
  });

  test('hostile words stay in their cell', () => {
    const text = renderSweepSummary(
      recordOf([swept({ name: HOSTILE, author: HOSTILE, reason: HOSTILE, detail: HOSTILE })]),
    );
    for (const line of text.split('\n')) assert.ok(!line.startsWith('::'), line);
    assert.ok(!text.includes('<img'));
    assert.ok(!text.includes('<!--'));
    assert.ok(!/(?<!\u200B)@team/.test(text.replaceAll('@\u200B', '')));
    const row = text.split('\n').find((line) => line.includes('img')) ?? '';
    assert.equal(row.replaceAll(/\\\||<code>.*?<\/code>/g, '').match(/\|/g)?.length, 9, row);
  });

  test('stays under 1 MiB with ten thousand long names, and says how many are left out', () => {
    const branches = Array.from({ length: 10_000 }, (_, index) =>
      swept({
        name: `${index}${'é'.repeat(120)}`,
        reason: '|'.repeat(600),
        outcome: index === 9_999 ? 'failed' : 'kept',
      }),
    );
    const text = renderSweepSummary(recordOf(branches));
    assert.ok(Buffer.byteLength(text) < 1024 * 1024);
    assert.match(text, /_\d+ more are in the evidence file\._/);
    assert.match(text, /9999é.*❌/);
  });

  test('says by how much a branch is over, and what it shares with nothing, in its row and in the sums', () => {
    const record = recordOf([
      swept({ author: 'robin', divergedBytes: 12_288, expiresAt: '2026-06-01T09:00:00.000Z' }),
      swept({ name: 'b', author: 'robin' }),
      swept({ name: 'c', author: 'kim' }),
    ]);
    for (const text of [renderSweepSummary(record), renderSweepText(record)]) {
      assert.match(text, /expired 3 h ago.* 8 MB, 12 kB unshared/);
      assert.match(text, /expires 2026-06-03 12:00 UTC/);
      assert.match(text, /server held 4 branches, 24 MB; this repository 3 branches, 24 MB \(12 kB known/);
      assert.match(text, /robin: 2 branches, 16 MB \(12 kB known to be unshared\); kim: 1 branch, 8 MB\./);
    }
  });

  test('counts as many unknown things as it has lines of them, and names them', () => {
    const remain = { kind: 'directory', decision: 'unknown', reason: 'x', outcome: 'unknown' } as const;
    const unknown = { decision: 'unknown', rule: 'unknown', outcome: 'unknown' } as const;
    const record = recordOf(
      [swept(unknown), swept({ ...unknown, name: 'b' })],
      [
        { ...remain, name: 'base/', rule: 'unseen' },
        { ...remain, name: 'base/4', rule: 'blocked' },
        { ...remain, name: 'slots', rule: 'unseen' },
      ],
    );
    const said = /2 branches of unknown state, 1 remain left to a person, 2 remains not seen, 0 kept\./;
    for (const text of [renderSweepSummary(record), renderSweepText(record)]) {
      assert.match(text, said);
      assert.equal(text.match(/❓/g)?.length, 5);
      assert.equal(text.match(/❓ state unknown, kept/g)?.length, 2);
      assert.equal(text.match(/❓ not seen/g)?.length, 2);
    }
  });

  test('of an empty server', () => {
    assert.match(renderSweepSummary(recordOf([])), /Nothing of this repository/);
  });
});

test('the text for a terminal has no control characters of others', () => {
  const text = renderSweepText(recordOf([swept({ name: `a\u001b[31m${HOSTILE}` })]));
  assert.ok(!/[^\P{Cc}\n]/u.test(text));
  assert.match(text, /Pull request 7 is open/);
});

test('the JSON is the record', () => {
  const record = recordOf([swept()]);
  assert.deepEqual(sweepSchema.parse(JSON.parse(sweepJson(record))), JSON.parse(JSON.stringify(record)));
});

test('the word on a pull request stands above its report, once', () => {
  const facts = { branch: 'pullgres_42_pr_7', at: '2026-06-01T12:00:00.000Z', open: true };
  const once = sweptComment('The report.', facts);
  assert.equal(
    once,
    '> **Branch:** `pullgres_42_pr_7` was removed by the sweep on 2026-06-01 12:00 UTC. Its time was over; push again to get a new one.\n\nThe report.',
  );
  assert.equal(sweptComment(once, facts), once);
  assert.doesNotMatch(sweptComment(undefined, { ...facts, open: false }), /push again/);
});
