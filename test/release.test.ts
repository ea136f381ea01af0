import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { notesOf, problemsOf } from '../scripts/release.ts';

const root = join(import.meta.dirname, '..');
const CHANGELOG =
  '# Changelog\n\n## Unreleased\n\n- soon\n\n## 1.2.3 (2027-01-31)\n\n- now\n- too\n\n## 1.2.30\n\n- other\n\n## 1.0.0\n';
const good = { tag: 'v1.2.3', version: '1.2.3', changelog: CHANGELOG, isOnMain: true };

describe('a release', () => {
  it('takes the words of its version alone', () => {
    assert.equal(notesOf(CHANGELOG, '1.2.3'), '- now\n- too');
    assert.equal(notesOf(CHANGELOG, '1.0.0'), '');
    assert.equal(notesOf(CHANGELOG, '1.2'), undefined);
  });

  it('of a tag that package, changelog and main know has nothing against it', () => {
    assert.deepEqual(problemsOf(good), []);
  });

  for (const [what, changed, problem] of [
    ['another version in package.json', { version: '1.2.2' }, /package\.json says 1\.2\.2/],
    ['a changelog that is silent', { changelog: '## Unreleased\n' }, /CHANGELOG\.md has nothing/],
    ['an empty section', { tag: 'v1.0.0', version: '1.0.0' }, /CHANGELOG\.md has nothing/],
    ['a commit beside main', { isOnMain: false }, /not a commit of main/],
    ['a tag that is no version', { tag: 'v1' }, /no version/],
    ['a tag with a tail', { tag: 'v1.2.3-$(id)' }, /no version/],
  ] as const) {
    it(`is refused for ${what}`, () => {
      const problems = problemsOf({ ...good, ...changed });
      assert.equal(problems.length, 1);
      assert.match(problems[0] ?? '', problem);
    });
  }

  it('is stopped by the script itself', () => {
    const script = join(root, 'scripts', 'release.ts');
    assert.throws(
      () => execFileSync(process.execPath, [script, 'check', 'v99.0.0'], { cwd: root, stdio: 'pipe' }),
      /package\.json says/,
    );
  });

  it('may write only in the job that runs none of the project’s dependencies', () => {
    const { jobs } = parse(readFileSync(join(root, '.github/workflows/release.yml'), 'utf8'));
    assert.deepEqual(jobs.check.permissions, { contents: 'read' });
    assert.equal(jobs.publish.needs, 'check');
    const commands = jobs.publish.steps.map(({ run = '' }: { run?: string }) => run).join('\n');
    assert.doesNotMatch(commands, /npm/);
  });
});
