import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { NO_MANIFEST } from '../../src/evidence/manifest.ts';
import { renderText } from '../../src/report/text.ts';
import { findingOf, judged, lintOf, placeOf } from '../support/evidence.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { SCENARIOS } from '../support/scenarios.ts';

test('typical reports read as their snapshots do', () => {
  for (const name of ['fail', 'migration-failed', 'warn']) {
    const evidence = SCENARIOS[name];
    assert.ok(evidence);
    const file = new URL(`snapshots/${name}.txt`, import.meta.url);
    const text = renderText(evidence, { color: false });
    if (process.env.PULLGRES_UPDATE_SNAPSHOTS === '1') writeFileSync(file, text);
    assert.equal(text, readFileSync(file, 'utf8'), name);
  }
});

test('colours add escapes and change nothing else', () => {
  for (const evidence of Object.values(SCENARIOS)) {
    const colored = renderText(evidence, { color: true });
    const ESCAPE = String.fromCharCode(27);
    assert.ok(colored.includes(`${ESCAPE}[`));
    const bare = colored.replaceAll(new RegExp(`${ESCAPE}\\[[0-9;]*m`, 'g'), '');
    assert.equal(bare, renderText(evidence, { color: false }));
  }
});

test('a terminal obeys nothing in hostile texts, and no line starts a workflow command', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const text = renderText(hostileEvidence(seed, 30), { color: false });
    assert.doesNotMatch(text, /(?!\n)\p{Cc}|[\u202A-\u202E]/u);
    assert.doesNotMatch(text, /^\s*::|hunter2/m);
    assert.ok(text.isWellFormed());
  }
});

test('carets stand under the statement, tabs and wide margins included', () => {
  const fail = SCENARIOS.fail;
  assert.ok(fail?.lint);
  const lines = renderText(fail, { color: false }).split('\n');
  const at = lines.findIndex((line) => line.includes('CREATE INDEX orders_customer_idx'));
  const [source = '', carets = ''] = lines.slice(at, at + 2);
  assert.equal(carets.indexOf('^'), source.indexOf('CREATE'));
  assert.equal(carets.length, source.length);
});

test('a terminal is told what stands after a failure, and in what a way back differs', () => {
  const run = { version: '1', durationMs: 5, statements: [] };
  const difference = ['table public.t is another', "+ COMMENT 'x'"];
  const migrations = [
    {
      ...run,
      file: 'm/1.sql',
      outcome: 'applied' as const,
      down: { status: 'differs' as const, difference },
    },
    { ...run, file: 'm/2.sql', outcome: 'failed' as const, state: 'All of it was rolled back.' },
  ];
  const rehearsal = { status: 'failed' as const, findings: [], migrations };
  const text = renderText(judged({ rehearsal }), { color: false });
  assert.match(text, /does not undo all that up does\.\n {4}table public\.t is another\n {4}\+ COMMENT 'x'/);
  assert.match(text, /failed {2}m\/2\.sql after 5 ms\n {2}All of it was rolled back\./);
});

test('a terminal is told that nothing was rehearsed, and of a manifest only what came of it', () => {
  const rehearsal = { status: 'passed' as const, reason: 'nothing is pending', migrations: [], findings: [] };
  assert.match(
    renderText(judged({ rehearsal }), { color: false }),
    /^Nothing was rehearsed: nothing is pending\./,
  );
  const of = (source: string) =>
    renderText(judged({ rehearsal: { ...rehearsal, scale: { source, estimates: [] } } }), { color: false });
  assert.match(of(NO_MANIFEST), /In production\n {2}There is no manifest/);
  assert.doesNotMatch(of('statistics of shop, 2026-11-21'), /statistics/);
});

test('what a finding tells, with those beneath it, is told once', () => {
  const beneath = findingOf({ place: placeOf('m/1.sql', 9, 'select 1') });
  const finding = findingOf({ place: placeOf('m/1.sql', 2, 'select 1'), also: [beneath] });
  const evidence = judged({ lint: lintOf({ files: ['m/1.sql'], findings: [finding] }) });
  const text = renderText(evidence, { color: false });
  assert.equal(evidence.verdict.reasons.length, 1);
  assert.match(evidence.verdict.reasons[0] ?? '', /In this file also: line 9\.$/);
  assert.equal(text.match(/In this file also: line 9/g)?.length, 1);
});
