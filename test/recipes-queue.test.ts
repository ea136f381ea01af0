import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const root = new URL('..', import.meta.url).pathname;
const read = (file: string) => readFileSync(`${root}${file}`, 'utf8');

test('a recipe that can be required answers the merge queue, and two runs never write one comment at once', () => {
  for (const file of globSync('examples/*.yml', { cwd: root })) {
    const text = read(file);
    const judges = /uses: pullgres\/pullgres@/.test(text);
    // GitHub Enterprise Server's recipe leaves the queue out: its group is the pull request's own.
    if (judges && !file.endsWith('ghes.yml')) assert.match(text, /merge_group/, file);
    if (judges || text.includes('actions/publish@')) assert.match(text, /^concurrency:/m, file);
  }
});

test('one version of actions/checkout is written everywhere', () => {
  const files = globSync(['README.md', 'docs/*.md', 'examples/*.yml', 'actions/*/README.md'], { cwd: root });
  const versions = files.flatMap((file) => read(file).match(/actions\/checkout@v\d+/g) ?? []);
  assert.deepEqual([...new Set(versions)].length, 1, versions.join());
});
