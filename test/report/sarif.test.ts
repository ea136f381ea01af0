import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { LintedFile } from '../../src/report/linted.ts';
import { MAXIMUM_RESULTS, sarifReporter } from '../../src/report/sarif.ts';
import { fileUri, regionsOf } from '../../src/report/sarif-region.ts';
import { rules } from '../../src/rules/registry.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { findingOf, placeOf } from '../support/evidence.ts';
import { hostileText, seeded } from '../support/hostile.ts';
import { lintedFiles, summaryOf, written } from '../support/linted.ts';
import { officialSarif } from '../support/official-sarif.ts';

type Log = {
  runs: {
    tool: {
      driver: {
        semanticVersion: string;
        rules: {
          id: string;
          name: string;
          helpUri: string;
          shortDescription: { text: string };
          fullDescription: { text: string };
          help: { text: string; markdown: string };
          defaultConfiguration: { level: string; enabled: boolean };
          properties: Record<string, unknown> & { tags: string[]; precision: string };
        }[];
      };
    };
    columnKind: string;
    invocations: {
      executionSuccessful: boolean;
      toolExecutionNotifications: { message: { text: string } }[];
    }[];
    results: {
      ruleId: string;
      level: string;
      message: { text: string };
      locations: {
        physicalLocation: { artifactLocation: { uri: string; uriBaseId?: string }; region: object };
      }[];
      partialFingerprints: Record<string, string>;
      fixes?: {
        artifactChanges: { replacements: { deletedRegion: object; insertedContent: { text: string } }[] }[];
      }[];
      suppressions?: { kind: string; status: string; justification: string }[];
    }[];
  }[];
};

const isValid = officialSarif();
const pages = new Map(rules.map(({ slug }) => [slug, `# ${slug}\n`]));

function logOf(files: readonly LintedFile[], summary = summaryOf()): Log['runs'][number] {
  const log: unknown = JSON.parse(written(sarifReporter(pages), files, summary));
  assert.ok(isValid(log), JSON.stringify(isValid.errors?.slice(0, 3)));
  const [run] = (log as Log).runs;
  assert.ok(run);
  return run;
}

const one = (finding = findingOf(), exception?: LintedFile['findings'][number]['exception']): LintedFile => ({
  path: finding.place.file,
  tool: 'none',
  text: 'CREATE INDEX i ON orders (a);',
  statements: [],
  findings: [{ finding, exception }],
  problems: [],
});

describe('SARIF', () => {
  before(loadParser);

  it('passes the official schema, with and without results, which says no to what it must', () => {
    logOf([]);
    logOf(lintedFiles({ 'a.sql': 'CREATE INDEX i ON orders (note); DROP TABLE orders;', 'b.sql': 'SELEC' }));
    assert.ok(!isValid({ version: '2.1.0', runs: [{ tool: {} }] }));
  });

  it('describes every rule, within the limits of GitHub', () => {
    const { driver } = logOf([]).tool;
    assert.deepEqual(
      driver.rules.map(({ id }) => id),
      rules.map(({ slug }) => slug),
    );
    for (const rule of driver.rules) {
      const source = rules.find(({ slug }) => slug === rule.id);
      assert.ok(rule.name.length <= 255 && rule.name.length > 0);
      for (const { text } of [rule.shortDescription, rule.fullDescription])
        assert.ok(text.length <= 1024 && text !== '');
      assert.ok(rule.properties.tags.length <= 10);
      assert.match(rule.helpUri, new RegExp(`/src/rules/${rule.id}/doc\\.md$`));
      assert.equal(rule.help.markdown, pages.get(rule.id));
      assert.equal(rule.defaultConfiguration.enabled, source?.optIn !== true);
      assert.ok(['very-high', 'high', 'medium', 'low'].includes(rule.properties.precision));
      assert.equal('security-severity' in rule.properties, source?.section === 'security');
    }
  });

  it('describes a complaint that is no rule of SQL', () => {
    const run = logOf([one(findingOf({ rule: 'exception-expired', severity: 'warning' }))]);
    assert.ok(
      run.tool.driver.rules.some(
        ({ id, helpUri }) => id === 'exception-expired' && /docs\/rules\.md#/.test(helpUri),
      ),
    );
  });

  it('stands where the finding stands, in UTF-16 columns', () => {
    const text = 'SELECT 1;\n/* 😀😀 */ CREATE INDEX i ON orders (note); /* é */';
    const [result] = logOf(lintedFiles({ 'db/mig rations/é.sql': text })).results;
    const { artifactLocation, region } = result?.locations[0]?.physicalLocation ?? {};
    assert.deepEqual(artifactLocation, { uri: 'db/mig%20rations/%C3%A9.sql', uriBaseId: '%SRCROOT%' });
    const column = (text.split('\n')[1] ?? '').indexOf('CREATE') + 1;
    const end = (text.split('\n')[1] ?? '').indexOf(';') + 1;
    assert.deepEqual(region, { startLine: 2, startColumn: column, endLine: 2, endColumn: end });
    assert.equal(logOf([]).columnKind, 'utf16CodeUnits');
  });

  it('carries the fix as an edit of the file', () => {
    const text =
      '/* 😀 */ ALTER TABLE orders ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers (id);';
    const [result] = logOf(lintedFiles({ 'a.sql': text })).results;
    const [replacement] = result?.fixes?.[0]?.artifactChanges[0]?.replacements ?? [];
    const at = text.indexOf(';') + 1;
    assert.deepEqual(replacement?.deletedRegion, {
      startLine: 1,
      startColumn: at,
      endLine: 1,
      endColumn: at,
    });
    assert.match(replacement?.insertedContent.text ?? '', /NOT VALID/);
  });

  it('keeps its fingerprint under its own name: GitHub’s upload warns of another primaryLocationLineHash', () => {
    const [result] = logOf([one()]).results;
    assert.deepEqual(result?.partialFingerprints, { 'pullgres/v1': '0123456789abcdef' });
  });

  it('says that an accepted finding is suppressed, where, and by whom', () => {
    const waiver = { reason: 'not read', owner: '@ann', until: '2027-01-31' };
    const kinds = (['policy', 'file'] as const).map(
      (source) => logOf([one(findingOf(), { ...waiver, source })]).results[0]?.suppressions,
    );
    assert.deepEqual(
      kinds.map((all) => all?.[0]?.kind),
      ['external', 'inSource'],
    );
    assert.match(kinds[0]?.[0]?.justification ?? '', /not read \(@ann, until 2027-01-31\)/);
    assert.equal(logOf([one()]).results[0]?.suppressions, undefined);
  });

  it('tells of a file that could not be read, and that the run was not whole', () => {
    const files = lintedFiles({ 'a.sql': 'SELEC 1' });
    const [invocation] = logOf(files, summaryOf({ conclusion: 'could not judge' })).invocations;
    assert.equal(invocation?.executionSuccessful, false);
    assert.match(invocation?.toolExecutionNotifications[0]?.message.text ?? '', /syntax error/);
  });

  it('stays within GitHub’s limits however much there is, and leaves the mildest out', () => {
    const many = (severity: 'error' | 'notice', count: number) =>
      Array.from({ length: count }, (_, n) =>
        one(
          findingOf({
            severity,
            message: `${n} ${'x'.repeat(5000)}`,
            fix: [{ startByte: 0, endByte: 0, text: 'y'.repeat(9000) }],
          }),
        ),
      );
    const files = [...many('notice', MAXIMUM_RESULTS + 2), ...many('error', 3)];
    const text = written(sarifReporter(pages), files);
    const [run] = (JSON.parse(text) as Log).runs;
    assert.equal(run?.results.length, MAXIMUM_RESULTS);
    assert.deepEqual(
      run?.results.slice(0, 4).map(({ level }) => level),
      ['error', 'error', 'error', 'note'],
    );
    assert.match(
      run?.invocations[0]?.toolExecutionNotifications.at(-1)?.message.text ?? '',
      /5 of the mildest/,
    );
    assert.ok(run?.results.every(({ message, fixes }) => message.text.length <= 1000 && fixes === undefined));
    assert.ok(gzipSync(text).length < 10e6);
  });

  it('survives hostile names', () => {
    const random = seeded(11);
    for (let round = 0; round < 20; round += 1) {
      const place = placeOf(hostileText(random, 6), 1, 'x');
      logOf([
        one(
          findingOf({
            place,
            message: hostileText(random, 20),
            help: hostileText(random, 9),
            relation: hostileText(random, 4),
          }),
        ),
      ]);
    }
  });
});

describe('a region', () => {
  it('is in lines and UTF-16 units, whatever the line ends', () => {
    const text = '\uFEFFa😀b\r\n😀c\n\nd';
    const bytes = Buffer.from(text);
    const find = (part: string) => bytes.indexOf(part);
    const at = (part: string) => regionsOf(text).bytes(find(part), find(part) + Buffer.byteLength(part));
    assert.deepEqual(at('b'), { startLine: 1, startColumn: 4, endLine: 1, endColumn: 5 });
    assert.deepEqual(at('c'), { startLine: 2, startColumn: 3, endLine: 2, endColumn: 4 });
    assert.deepEqual(at('d'), { startLine: 4, startColumn: 1, endLine: 4, endColumn: 2 });
    assert.deepEqual(at('😀c\n\nd'), { startLine: 2, startColumn: 1, endLine: 4, endColumn: 2 });
  });

  it('names files within the repository by their way from its root, others whole', () => {
    assert.deepEqual(fileUri('./a b/#c?.sql'), { uri: 'a%20b/%23c%3F.sql', uriBaseId: '%SRCROOT%' });
    assert.deepEqual(fileUri('/tmp/ä.sql'), { uri: 'file:///tmp/%C3%A4.sql' });
    assert.deepEqual(fileUri('<stdin>'), { uri: '%3Cstdin%3E', uriBaseId: '%SRCROOT%' });
  });
});
