import assert from 'node:assert/strict';
import { readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Evidence } from '../../src/evidence/schema.ts';
import { evidenceSarif, writeReportFiles } from '../../src/operations/report-files.ts';
import { MAXIMUM_RESULTS } from '../../src/report/sarif.ts';
import { parseJunit } from '../../src/testing/junit.ts';
import { findingOf, judged, lintOf, placeOf, statementOf } from '../support/evidence.ts';
import { hostileEvidence } from '../support/hostile.ts';
import { officialSarif } from '../support/official-sarif.ts';
import { type QuietWorld, quietWorld } from '../support/quiet-world.ts';
import { SCENARIOS } from '../support/scenarios.ts';

type Result = {
  ruleId: string;
  message: { text: string };
  locations: { physicalLocation: { region: { startLine: number; startColumn: number } } }[];
  partialFingerprints: Record<string, string>;
  suppressions?: { justification: string }[];
};
type Run = {
  automationDetails: { id: string };
  invocations: { executionSuccessful: boolean }[];
  results: Result[];
};

const isValid = officialSarif();

function runOf(text: string): Run {
  const log: unknown = JSON.parse(text);
  assert.ok(isValid(log), JSON.stringify(isValid.errors?.slice(0, 3)));
  return (log as { runs: [Run] }).runs[0];
}
const sarifOf = async (evidence: Evidence, key = 'default') =>
  runOf(await evidenceSarif(evidence, key, new Map()));

const finding = findingOf();
const waiver = { reason: 'nobody writes', owner: '@ann', until: '2027-01-31', source: 'policy' as const };
type Rehearsal = NonNullable<Evidence['rehearsal']>;
const run = (findings: Rehearsal['findings'], accepted: Rehearsal['accepted'] = []): Rehearsal => ({
  status: 'failed',
  migrations: [],
  findings,
  accepted,
});

describe('SARIF of a run', () => {
  it('holds what lint and rehearsal found, each once and as measured; accepted ones are suppressed', async () => {
    const measured = { ...finding, evidence: 'observed' as const, message: 'Held for 4 s.' };
    const other = findingOf({ rule: 'drop-table', severity: 'warning', fingerprint: 'b'.repeat(16) });
    const only = findingOf({ rule: 'lock-held-too-long', evidence: 'observed', fingerprint: 'c'.repeat(16) });
    const risk = { finding: findingOf({ rule: 'drop-column', fingerprint: 'd'.repeat(16) }), ...waiver };
    const { results, automationDetails, invocations } = await sarifOf(
      judged({
        lint: lintOf({ findings: [finding, other], accepted: [risk] }),
        rehearsal: run([measured, only], [risk]),
      }),
      'orders-db',
    );
    assert.deepEqual(
      results.map(({ ruleId, suppressions = [] }) => [ruleId, suppressions.length]).toSorted(),
      [
        ['create-index-blocking', 0],
        ['drop-column', 1],
        ['drop-table', 0],
        ['lock-held-too-long', 0],
      ],
    );
    const index = results.find(({ ruleId }) => ruleId === finding.rule);
    assert.match(index?.message.text ?? '', /^Held for 4 s\./);
    assert.deepEqual(index?.partialFingerprints, { 'pullgres/v1': finding.fingerprint });
    const suppressed = results.find(({ ruleId }) => ruleId === 'drop-column')?.suppressions;
    assert.match(suppressed?.[0]?.justification ?? '', /nobody writes \(@ann, until 2027-01-31\)/);
    assert.equal(automationDetails.id, 'pullgres/orders-db/');
    assert.equal(invocations[0]?.executionSuccessful, true);
  });

  it('keeps its fingerprint when the statement moves', async () => {
    const moved = findingOf({ place: placeOf(finding.place.file, 40, 'CREATE INDEX i ON orders (a)', 900) });
    const [a, b] = await Promise.all(
      [finding, moved].map((one) => sarifOf(judged({ lint: lintOf({ findings: [one] }) }))),
    );
    assert.notDeepEqual(a?.results[0]?.locations, b?.results[0]?.locations);
    assert.deepEqual(a?.results[0]?.partialFingerprints, b?.results[0]?.partialFingerprints);
  });

  it('has a migration that failed on the branch as a result of its own, on the line that the server named', async () => {
    const evidence = SCENARIOS['migration-failed'];
    assert.ok(evidence);
    const file = evidence.rehearsal?.migrations.at(-1)?.file ?? '';
    const failed = async (texts: ReadonlyMap<string, string>) => {
      const { results } = runOf(await evidenceSarif(evidence, 'default', texts));
      const found = results.filter(({ ruleId }) => ruleId === 'migration-failed');
      assert.equal(found.length, 1);
      const [{ message, locations, partialFingerprints } = assert.fail()] = found;
      return { text: message.text, region: locations[0]?.physicalLocation.region, partialFingerprints };
    };
    const blind = await failed(new Map());
    assert.match(blind.text, /^The migration failed on the branch: column "phone" .* contains null values/);
    assert.match(blind.text, /Fill the empty values in an earlier migration\. SQLSTATE 23502/);
    assert.deepEqual(blind.region, { startLine: 2, startColumn: 1, endLine: 2, endColumn: 1 });
    const seen = await failed(new Map([[file, '-- é\r\nALTER 😀\r\n']]));
    assert.deepEqual(seen.region, { startLine: 2, startColumn: 1, endLine: 2, endColumn: 9 });
    assert.deepEqual(seen.partialFingerprints, blind.partialFingerprints);
    const short = await failed(new Map([[file, 'ALTER']]));
    assert.equal(short.region?.startLine, 1);
  });

  it('does not call a run successful that left something open', async () => {
    const unproven = { status: 'unproven' as const, reason: 'no server', migrations: [], findings: [] };
    const broken = { version: '1', file: 'a.sql', outcome: 'failed' as const, durationMs: 1, statements: [] };
    for (const rehearsal of [unproven, { ...run([]), migrations: [broken] }]) {
      const { invocations } = await sarifOf(judged({ rehearsal }));
      assert.equal(invocations[0]?.executionSuccessful, false);
    }
  });

  it('is valid for every scenario and for hostile texts', async () => {
    for (const evidence of Object.values(SCENARIOS)) await sarifOf(evidence);
    for (let seed = 1; seed <= 25; seed += 1) await sarifOf(hostileEvidence(seed, seed));
  });

  it('stays within what GitHub takes', async () => {
    const findings = Array.from({ length: MAXIMUM_RESULTS + 5 }, (_, n) =>
      findingOf({ place: { ...finding.place, startByte: n }, message: `${n} ${'x'.repeat(3000)}` }),
    );
    const text = await evidenceSarif(judged({ lint: lintOf({ findings }) }), 'default', new Map());
    assert.equal((JSON.parse(text) as { runs: [Run] }).runs[0].results.length, MAXIMUM_RESULTS);
    assert.ok(gzipSync(text).length < 10_000_000);
  });
});

describe('the files of a report', () => {
  let world: QuietWorld;
  beforeEach(() => {
    world = quietWorld();
  });
  afterEach(() => rm(world.workspace, { recursive: true, force: true }));

  const sql = 'DROP TABLE orders';
  const text = `/* 😀 */ ${sql};\n`;
  const start = Buffer.from(text).indexOf(sql);
  const place = { ...placeOf('a.sql', 1, sql, start), column: 9, endColumn: 26 };
  const evidence = judged({
    lint: lintOf({ findings: [findingOf({ place })], statements: [statementOf({ place, sql })] }),
  });
  const column = async () => {
    const { sarifPath } = await writeReportFiles(world, evidence, 'default');
    const [result] = runOf(await readFile(sarifPath, 'utf8')).results;
    return result?.locations[0]?.physicalLocation.region.startColumn;
  };

  it('are in the job’s folder, with columns of the file that was judged', async () => {
    await writeFile(join(world.workspace, 'a.sql'), text);
    assert.equal(await column(), text.indexOf(sql) + 1);
    const { rehearsalJunitPath } = await writeReportFiles(world, evidence, 'default');
    const [one] = parseJunit(await readFile(rehearsalJunitPath), 'rehearsal.xml').cases;
    assert.deepEqual([one?.file, one?.status], ['a.sql', 'failed']);
  });

  it('take columns as they were counted where the file is another, a link or not there', async () => {
    assert.equal(await column(), 9);
    await writeFile(join(world.workspace, 'a.sql'), 'SELECT 1; -- something else altogether');
    assert.equal(await column(), 9);
    await rm(join(world.workspace, 'a.sql'));
    await writeFile(join(world.workspace, 'b.sql'), text);
    await symlink('b.sql', join(world.workspace, 'a.sql'));
    assert.equal(await column(), 9);
  });
});
