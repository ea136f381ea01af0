import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { displayWidth } from '../../src/report/display-width.ts';
import { textReporter } from '../../src/report/lint-text.ts';
import type { LintedFile, LintSummary } from '../../src/report/linted.ts';
import { plain } from '../../src/report/plain.ts';
import { inert } from '../../src/runner/inert.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { findingOf, placeOf } from '../support/evidence.ts';
import { hostileText, seeded } from '../support/hostile.ts';
import { lintedFiles, summaryOf, written } from '../support/linted.ts';

const GOLDEN = join(import.meta.dirname, 'snapshots', 'lint.txt');
const clean = (text: string) => inert(plain(text));

function text(
  files: readonly LintedFile[],
  summary: Partial<LintSummary> = {},
  options: { color?: boolean; columns?: number } = {},
) {
  const reporter = textReporter({ postgres: 18 }, { color: false, columns: 100, clean, ...options });
  return written(reporter, files, summaryOf(summary));
}

const EXAMPLE = {
  'db/migrations/0041_reports.sql': `-- A report that nobody reads.
CREATE INDEX orders_note ON orders (note);

ALTER TABLE orders
\tADD COLUMN 表示名 text,
\tADD CONSTRAINT orders_customer_fk FOREIGN KEY (customer_id) REFERENCES customers (id),
\tALTER COLUMN total SET NOT NULL;
`,
  'db/migrations/0042_dynamic.sql': `DO $$ BEGIN EXECUTE 'DROP TABLE ' || current_user; END $$;\n`,
  'db/migrations/0043_broken.sql': `SELECT 1;\n  ALTER TABEL orders ADD x int;\n`,
  'db/migrations/0044_column.sql': 'ALTER TABLE orders DROP COLUMN note;\n',
};

function example(): readonly LintedFile[] {
  const exception = {
    reason: 'not read since 4.2',
    owner: '@ann',
    until: '2027-01-31',
    source: 'file' as const,
  };
  return lintedFiles(EXAMPLE).map((file) =>
    file.path.includes('0044')
      ? { ...file, findings: file.findings.map((shown) => ({ ...shown, exception })) }
      : file,
  );
}

describe('the text of a lint', () => {
  before(loadParser);

  it('reads as the golden file does (UPDATE_SNAPSHOTS=1 writes it; then read it)', () => {
    const summary = {
      files: 4,
      unreadable: 1,
      statements: 4,
      notSeen: 1,
      errors: 3,
      accepted: 1,
      conclusion: 'could not judge' as const,
    };
    const shown = text(example(), summary);
    if (process.env.UPDATE_SNAPSHOTS) writeFileSync(GOLDEN, shown);
    assert.equal(shown, readFileSync(GOLDEN, 'utf8'));
  });

  it('gives each finding its place, rule, source with marks, lock with who is blocked, help and page', () => {
    const shown = text(lintedFiles({ 'a.sql': 'SELECT 1;\nCREATE INDEX i ON orders (note);' }));
    assert.match(shown, /^a\.sql:2:1 {2}error\[create-index-blocking\]$/m);
    assert.match(shown, /^ {2}2 │ CREATE INDEX i ON orders \(note\);\n {4}│ \^{31}$/m);
    assert.match(shown, /lock {2}SHARE on public\.orders: blocks writes and DDL$/m);
    assert.match(shown, /work {2}.*builds public\.i$/m);
    assert.match(shown, /help {2}.*CONCURRENTLY/m);
    assert.match(shown, /docs {2}https:\/\/\S+\/create-index-blocking\/doc\.md$/m);
    assert.doesNotMatch(shown, /SELECT 1/);
  });

  it('tells the worst first', () => {
    const files = lintedFiles({
      'a.sql': 'ALTER TABLE orders DROP COLUMN note;\nCREATE INDEX i ON orders (total);',
    });
    const rules = [...text(files).matchAll(/\[([\w-]+)\]$/gm)].map(([, rule]) => rule);
    assert.deepEqual(rules, ['create-index-blocking', 'drop-column']);
  });

  it('tells three findings of one kind and lists the others, with their relation', () => {
    const files = Object.fromEntries(
      Array.from({ length: 40 }, (_, n) => [`m/${n}.sql`, `CREATE INDEX i${n} ON orders (note);`]),
    );
    const shown = text(lintedFiles(files));
    assert.equal(shown.match(/error\[create-index-blocking\]/g)?.length, 3);
    assert.match(shown, /37 more findings of this kind:\n {4}m\/3\.sql:1:1 {2}public\.orders\n/);
    assert.match(shown, /and 17 more$/m);
  });

  it('counts and lists what was not seen, and is not green then', () => {
    const files = lintedFiles({ 'a.sql': EXAMPLE['db/migrations/0042_dynamic.sql'].repeat(25) });
    const shown = text(files, { errors: 0, notSeen: 25, statements: 25, conclusion: 'clean' });
    assert.match(shown, /^Not seen: 25 statements/m);
    assert.match(shown, /a\.sql:1:1 {2}DO \$\$ BEGIN/);
    assert.match(shown, /and 5 more; --format json has them all/);
    assert.match(shown, /^! 1 file, 25 statements: no findings; 25 statements not seen$/m);
  });

  it('is one short paragraph when all is well', () => {
    const shown = text([], { files: 2, statements: 3, errors: 0, conclusion: 'clean' });
    assert.equal(
      shown,
      '✔ 2 files, 3 statements: no findings\n  Judged as Postgres 18; findings fail from severity error on.\n',
    );
  });

  it('tells what was left out, and when nothing fails', () => {
    const shown = text([], { hidden: 2, failOn: 'never' });
    assert.match(shown, /no finding fails; 2 findings below it not shown/);
  });

  it('colours by the option alone, and the words are the same', () => {
    const files = example();
    const colored = text(files, {}, { color: true });
    assert.ok(colored.includes('\u001b[31m'));
    assert.equal(stripVTControlCharacters(colored), text(files));
    assert.ok(!text(files).includes('\u001b'));
  });

  it('keeps source and prose within the columns of the terminal', () => {
    for (const columns of [40, 60, 80, 132]) {
      const lines = text(example(), {}, { columns })
        .split('\n')
        .filter((line) => !/https:|lock {2}|work {2}|^ {8}SHARE/.test(line));
      const body = lines.filter((line) => /│|^ {2}\S/.test(line) && !line.includes('Judged'));
      assert.ok(body.length > 10);
      for (const line of body) assert.ok(displayWidth(line) <= columns, `${columns}: ${line}`);
    }
  });

  it('complains of what has no text, such as the policy', () => {
    const finding = findingOf({
      rule: 'exception-expired',
      severity: 'warning',
      place: placeOf('.github/pullgres.yml', 9, 'x'),
    });
    const policy = {
      path: finding.place.file,
      tool: 'policy',
      text: undefined,
      statements: [],
      problems: [],
    };
    const shown = text([{ ...policy, findings: [{ finding, exception: undefined }] }]);
    assert.match(shown, /^\.github\/pullgres\.yml:9:1 {2}warning\[exception-expired\]\n {2}While/m);
  });

  it('survives hostile names: nothing that a terminal or a runner obeys, and no forged place', () => {
    const random = seeded(3);
    for (let round = 0; round < 60; round += 1) {
      const sql = hostileText(random, 30);
      const place = placeOf(hostileText(random, 6), 1 + round, sql);
      const finding = findingOf({
        place: { ...place, line: 1 },
        message: hostileText(random, 20),
        help: hostileText(random, 20),
        relation: hostileText(random, 3),
      });
      const problem = {
        file: hostileText(random, 4),
        line: 1,
        column: 1,
        message: hostileText(random, 9),
        hint: hostileText(random, 9),
      };
      const exception = {
        reason: hostileText(random, 5),
        owner: hostileText(random, 2),
        until: '2027-01-31',
        source: 'file' as const,
      };
      const base = { path: place.file, tool: 'none', text: sql, statements: [] };
      const shown = text([
        {
          ...base,
          findings: [
            { finding, exception: undefined },
            { finding, exception },
          ],
          problems: [],
        },
        { ...base, findings: [], problems: [problem] },
      ]);
      assert.doesNotMatch(shown, /[^\P{Cc}\n]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
      assert.doesNotMatch(shown, /^\s*::|##\[/m);
      assert.ok(!shown.includes('hunter2'));
    }
  });
});
