import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { jsonReporter } from '../../src/report/lint-json.ts';
import type { LintJson } from '../../src/report/lint-json-schema.ts';
import { textReporter } from '../../src/report/lint-text.ts';
import type { LintedFile } from '../../src/report/linted.ts';
import { plain } from '../../src/report/plain.ts';
import { sarifReporter } from '../../src/report/sarif.ts';
import { gather } from '../../src/rules/gather.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { lintedFiles, written } from '../support/linted.ts';

before(loadParser);

/** Indexes of two tables in one file, gathered as the command line does. */
function gathered(): readonly LintedFile[] {
  const lines = [
    'CREATE INDEX a ON orders (note);',
    'CREATE INDEX b ON orders (total);',
    ...Array.from({ length: 12 }, (_, at) => `CREATE INDEX c${at} ON customers ((id + ${at}));`),
  ];
  return lintedFiles({ 'm/1.sql': lines.join('\n') }).map((file) => ({
    ...file,
    findings: gather(file.findings.map(({ finding }) => finding)).map((finding) => ({
      finding,
      exception: undefined,
    })),
  }));
}

test('JSON holds in full what stands beneath a finding', () => {
  const output: LintJson = JSON.parse(written(jsonReporter({ postgres: 18 }), gathered()));
  const findings = output.files[0]?.findings ?? [];
  assert.equal(findings.length, 1);
  const also = findings[0]?.also ?? [];
  assert.deepEqual(
    also.map(({ line, relation, fix }) => [line, relation, fix.length]),
    Array.from({ length: 13 }, (_, at) => [at + 2, at === 0 ? 'public.orders' : 'public.customers', 1]),
  );
  const prints = [findings[0]?.fingerprint, ...also.map(({ fingerprint }) => fingerprint)];
  assert.equal(new Set(prints).size, 14);
});

test('text lists the places, other tables by name, and counts the rest', () => {
  const reporter = textReporter({ postgres: 18 }, { color: false, columns: 100, clean: plain });
  const text = written(reporter, gathered());
  assert.match(text, /^ {2}also {2}line 2$/m);
  assert.match(text, /^ {8}line 3 {2}public\.customers$/m);
  assert.match(text, /and 3 more/);
});

test('SARIF relates the places to the one result', () => {
  const page = readFileSync(new URL('../../src/rules/create-index-blocking/doc.md', import.meta.url), 'utf8');
  const log = JSON.parse(written(sarifReporter(new Map([['create-index-blocking', page]])), gathered()));
  const [result, ...others] = log.runs[0].results;
  assert.deepEqual(others, []);
  assert.equal(result.locations[0].physicalLocation.region.startLine, 1);
  assert.deepEqual(
    result.relatedLocations.map(
      (one: { physicalLocation: { region: { startLine: number } } }) => one.physicalLocation.region.startLine,
    ),
    Array.from({ length: 13 }, (_, at) => at + 2),
  );
  assert.match(
    result.message.text,
    /In this file also: line 2, line 3 \(`public\.customers`\).* and 8 more\.$/,
  );
});
