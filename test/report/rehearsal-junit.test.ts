import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { XMLValidator } from 'fast-xml-parser';
import { failsOn } from '../../src/evidence/verdict.ts';
import { renderRehearsalJunit } from '../../src/report/rehearsal-junit.ts';
import { parseJunit } from '../../src/testing/junit.ts';
import { findingOf, judged, lintOf, observedOf, placeOf, statementOf } from '../support/evidence.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { SCENARIOS } from '../support/scenarios.ts';

const read = (xml: string) => parseJunit(Buffer.from(xml), 'rehearsal.xml').cases;
const endings = (xml: string) => read(xml).map(({ name, status }) => [name.split(' › ').at(-1), status]);

const FIRST = 'm/1.sql';
const SECOND = 'm/2.sql';
const sqls = ['CREATE TABLE a (id int)', 'CREATE INDEX i\n  ON orders (a)', 'DROP TABLE b'];
const places = sqls.map((sql, index) => placeOf(FIRST, 1 + 2 * index, sql, index * 100));
const statements = sqls.map((sql, index) => statementOf({ place: places[index] as never, sql }));
const observed = sqls.map((sql, index) =>
  observedOf({ place: places[index] as never, sql, durationMs: 1500 + index }),
);
const later = statementOf({ place: placeOf(SECOND, 1, 'SELECT 1'), sql: 'SELECT 1' });
const migrations = { tool: 'sql', directory: 'm', added: [FIRST, SECOND], altered: [], base: 0 };
const lint = lintOf({ files: [FIRST, SECOND], statements: [...statements, later] });

describe('JUnit of the rehearsal', () => {
  it('has a case for each statement with its head, file, line and time in seconds', () => {
    const run = {
      version: '1',
      file: FIRST,
      outcome: 'applied' as const,
      durationMs: 4503,
      statements: observed,
    };
    const rehearsal = { status: 'passed' as const, migrations: [run], findings: [] };
    const xml = renderRehearsalJunit(judged({ migrations, lint, rehearsal }));
    const [, index, , second] = read(xml);
    assert.deepEqual(index, {
      name: `${FIRST} › CREATE INDEX i ON orders (a)`,
      status: 'passed',
      message: undefined,
      file: FIRST,
      line: 3,
      durationMs: 1501,
      flaky: false,
    });
    assert.equal(second?.status, 'skipped', 'was not rehearsed');
    assert.match(
      xml,
      /<testsuite name="m\/1\.sql" file="m\/1\.sql" tests="3" failures="0" errors="0" skipped="0" /,
    );
    assert.match(xml, /<testsuites [^>]*tests="4" failures="0" errors="0" skipped="1" time="4\.503"/);
  });

  it('fails for a finding that fails the policy, and only notes one that does not', () => {
    const run = {
      version: '1',
      file: FIRST,
      outcome: 'applied' as const,
      durationMs: 9,
      statements: observed,
    };
    const grave = findingOf({ place: places[1] as never, evidence: 'observed', message: 'Held for 4 s.' });
    const mild = findingOf({ place: places[2] as never, rule: 'drop-table', severity: 'warning' });
    const rehearsal = { status: 'failed' as const, migrations: [run], findings: [grave] };
    const evidence = { migrations, lint: { ...lint, findings: [mild] }, rehearsal };
    const xml = renderRehearsalJunit(judged(evidence));
    assert.deepEqual(
      read(xml).map(({ status }) => status),
      ['passed', 'failed', 'passed', 'skipped'],
    );
    assert.match(xml, /<failure type="create-index-blocking" message="Held for 4 s\.">/);
    assert.match(xml, /<system-out>warning: .*\(drop-table\)<\/system-out>/);
    const strict = judged({ ...evidence, policy: { ...judged().policy, failOn: 'warning' } });
    assert.equal(read(renderRehearsalJunit(strict))[2]?.status, 'failed');
  });

  it('fails the statement that the server refused; what follows was not run', () => {
    const problem = { file: FIRST, line: 4, message: 'column "a" does not exist', code: '42703' };
    const run = {
      version: '1',
      file: FIRST,
      outcome: 'failed' as const,
      durationMs: 9,
      statements: observed.slice(0, 1),
      problem,
      state: 'Nothing stands.',
    };
    const rehearsal = { status: 'failed' as const, migrations: [run], findings: [] };
    const cases = read(renderRehearsalJunit(judged({ migrations, lint, rehearsal })));
    assert.deepEqual(
      cases.map(({ status }) => status),
      ['passed', 'failed', 'skipped', 'skipped'],
    );
    assert.match(cases[1]?.message ?? '', /does not exist\nSQLSTATE 42703\nNothing stands\./);
    assert.match(cases[2]?.message ?? '', /the migration failed/);
    assert.match(cases[3]?.message ?? '', /an earlier migration failed/);
  });

  it('a failure without a line, an unreadable file and an edited migration are cases of their own', () => {
    const run = { version: '1', file: FIRST, outcome: 'failed' as const, durationMs: 9, statements: [] };
    const edited = findingOf({ rule: 'edited-migration', place: placeOf('m/0.sql', 1, '') });
    const xml = renderRehearsalJunit(
      judged({
        migrations,
        lint: lintOf({ problems: [{ file: SECOND, line: 3, message: 'syntax error' }], findings: [edited] }),
        rehearsal: { status: 'failed', migrations: [run], findings: [] },
      }),
    );
    assert.deepEqual(endings(xml), [
      ['is applied', 'failed'],
      ['is SQL that can be read', 'failed'],
      ['edited-migration', 'failed'],
    ]);
  });

  it('what was not proved is skipped, never passed; what was refused as a whole fails', () => {
    const unproven = {
      status: 'unproven' as const,
      reason: 'There is no server.',
      migrations: [],
      findings: [],
    };
    const cases = read(renderRehearsalJunit(judged({ migrations, lint, rehearsal: unproven })));
    assert.ok(cases.length === 4 && cases.every(({ status }) => status === 'skipped'));
    assert.equal(cases[0]?.message, 'Not run: There is no server.');
    const nothing = { status: 'passed' as const, migrations: [], findings: [] };
    assert.deepEqual(endings(renderRehearsalJunit(judged({ rehearsal: nothing }))), [
      ['is rehearsed', 'skipped'],
    ]);
    const refused = { ...unproven, status: 'failed' as const };
    assert.deepEqual(endings(renderRehearsalJunit(judged({ rehearsal: refused }))), [
      ['is rehearsed', 'failed'],
    ]);
    const none = judged({ rehearsal: undefined, lint: undefined });
    assert.deepEqual(endings(renderRehearsalJunit(none)), [['is rehearsed', 'skipped']]);
  });

  it('is whole XML 1.0 whatever the texts hold, and counts every finding that fails', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const evidence = hostileEvidence(seed, seed % 25);
      const xml = renderRehearsalJunit(evidence);
      assert.equal(XMLValidator.validate(xml), true, `seed ${seed}`);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
      assert.ok(!/[\x00-\x08\x0b-\x1f\ufffe\uffff]/.test(xml) && xml.isWellFormed(), `seed ${seed}`);
      assert.ok(!/\]\]>/.test(xml) && !/hunter2/.test(xml), `seed ${seed}`);
      const cases = read(xml);
      const all = [...(evidence.lint?.findings ?? []), ...(evidence.rehearsal?.findings ?? [])];
      if (all.some(({ severity }) => failsOn(severity, evidence.policy.failOn)))
        assert.ok(
          cases.some(({ status }) => status === 'failed'),
          `seed ${seed}`,
        );
    }
  });

  it('is red whenever the rehearsal or a finding makes the verdict fail', () => {
    for (const [name, evidence] of Object.entries(SCENARIOS)) {
      const red = read(renderRehearsalJunit(evidence)).some(({ status }) => status === 'failed');
      const own = evidence.rehearsal?.status === 'failed' || (evidence.lint?.problems.length ?? 0) > 0;
      if (own) assert.ok(red, name);
      if (evidence.verdict.conclusion === 'pass') assert.ok(!red, name);
    }
  });
});
