import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { before, describe, test } from 'node:test';
import { rules } from '../../src/rules/registry.ts';
import { POSTGRES_VERSIONS } from '../../src/sql/effect.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { lintExample, RULES_DIRECTORY, readExample } from './rule-folder.ts';

before(loadParser);

test('the registry holds exactly the folders, in order', async () => {
  const entries = await readdir(RULES_DIRECTORY, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  assert.deepEqual(
    rules.map(({ slug }) => slug),
    folders.sort(),
  );
});

for (const rule of rules)
  describe(rule.slug, () => {
    test('doc.md begins with the title', async () => {
      const doc = await readFile(`${RULES_DIRECTORY}${rule.slug}/doc.md`, 'utf8');
      assert.equal(doc.split('\n')[0], `# ${rule.title}`);
    });

    for (const version of POSTGRES_VERSIONS.filter((known) => known >= rule.since)) {
      test(`bad.sql triggers exactly this rule on ${version}`, async () => {
        const { findings, problems, statements } = lintExample(
          await readExample(rule.slug, 'bad.sql'),
          version,
        );
        assert.deepEqual(problems, []);
        assert.deepEqual([...new Set(findings.map((finding) => finding.rule))], [rule.slug]);
        assert.ok(statements.every(({ effects }) => effects.seen));
      });

      test(`good.sql triggers no rule on ${version}`, async () => {
        const { findings, problems, statements } = lintExample(
          await readExample(rule.slug, 'good.sql'),
          version,
        );
        assert.deepEqual(problems, []);
        assert.deepEqual(findings, []);
        assert.ok(statements.every(({ effects }) => effects.seen));
      });
    }
  });
