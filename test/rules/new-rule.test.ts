import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { registryText } from '../../scripts/new-rule.ts';
import { rules } from '../../src/rules/registry.ts';

const root = join(import.meta.dirname, '..', '..');

test('the registry is what the script would write', () => {
  const text = readFileSync(join(root, 'src', 'rules', 'registry.ts'), 'utf8');
  assert.equal(text, registryText(rules.map(({ slug }) => slug)));
});

test('a new rule gets its four files and its line, and an old one is never overwritten', () => {
  const directory = mkdtempSync(join(tmpdir(), 'pullgres-new-rule-'));
  const run = (slug: string) =>
    spawnSync(process.execPath, [join(root, 'scripts', 'new-rule.ts'), slug, directory], {
      encoding: 'utf8',
    });
  try {
    mkdirSync(join(directory, 'a-first'));
    assert.equal(run('drop-table').status, 0);
    assert.deepEqual(readdirSync(join(directory, 'drop-table')).sort(), [
      'bad.sql',
      'doc.md',
      'good.sql',
      'rule.ts',
    ]);
    assert.equal(
      readFileSync(join(directory, 'registry.ts'), 'utf8'),
      registryText(['a-first', 'drop-table']),
    );
    const title = /title: '(.*)'/.exec(readFileSync(join(directory, 'drop-table', 'rule.ts'), 'utf8'))?.[1];
    assert.equal(readFileSync(join(directory, 'drop-table', 'doc.md'), 'utf8').split('\n')[0], `# ${title}`);
    const again = run('drop-table');
    assert.deepEqual([again.status, again.stderr.includes('already')], [1, true]);
    assert.equal(run('../Drop Table').status, 1);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
