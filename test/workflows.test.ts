import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parse } from 'yaml';
import { findOwnAction } from './support/own-actions.ts';
import { checkHardening, lintYaml, workflowExamples, type Yaml } from './support/workflow-lint.ts';

const root = join(import.meta.dirname, '..');
const read = (path: string): Yaml => ({ path, text: readFileSync(join(root, path), 'utf8') });

const workflows = globSync('.github/workflows/*.yml', { cwd: root }).sort().map(read);
const manifests = globSync('{.,actions/*}/action.yml', { cwd: root }).sort().map(read);
const pages = globSync(['*.md', 'actions/*/README.md', 'docs/*.md'], { cwd: root }).sort().map(read);
const recipes = globSync('examples/*.yml', { cwd: root }).sort().map(read);
const examples = [...pages.flatMap(workflowExamples), ...recipes];

describe('the workflows, the manifests and the examples', () => {
  it('are found', () => {
    assert.deepEqual(
      workflows.map(({ path }) => path.replace('.github/workflows/', '')),
      ['check.yml', 'dist.yml', 'postgres.yml', 'release.yml', 'self.yml'],
    );
    assert.ok(manifests.some(({ path }) => path === 'action.yml'));
    assert.ok(manifests.length >= 8, `${manifests.length} manifests`);
    assert.ok(
      examples.some(({ path }) => path.startsWith('README.md')),
      'no example in README.md',
    );
    assert.ok(recipes.length >= 1, 'no recipe in examples/');
  });

  it('please GitHub’s own validator and actionlint', async () => {
    assert.deepEqual(await lintYaml([...workflows, ...manifests, ...examples], findOwnAction), []);
  });

  it('give our workflows the least rights and pinned actions', () => {
    assert.deepEqual(workflows.flatMap(checkHardening), []);
  });

  it('test every Postgres that Pullgres speaks for', () => {
    const { jobs } = parse(read('.github/workflows/postgres.yml').text);
    const majors = jobs.test.strategy.matrix.include.map(({ major }: { major: number }) => major);
    assert.deepEqual(majors, [13, 14, 15, 16, 17, 18]);
    for (const { major, package: version } of jobs.test.strategy.matrix.include) {
      assert.ok(version.startsWith(`${major}.`), `${version} is not Postgres ${major}`);
    }
  });
});

const BROKEN: Yaml = {
  path: '.github/workflows/broken.yml',
  text: `name: Broken
on:
  pull_request:
    types: [opend]
permissions:
  contents: read
jobs:
  one:
    runs-on: ubuntu-latets
    steps:
      - uses: actions/checkout@v6
        with:
          fetch-deep: 0
      - run: echo \${{ github.event.pull_request.title }}
      - uses: ./actions/branch
        id: branch
        with:
          sever-url: x
      - uses: someone/unknown@v1
      - run: echo "$URL"
        env:
          URL: \${{ steps.branch.outputs.datbase-url }}
          OTHER: \${{ steps.nobody.outputs.x }}
`,
};

const BROKEN_ACTION: Yaml = {
  path: 'actions/broken/action.yml',
  text: `name: Broken
description: x
inputs:
  a: { description: b, requird: true }
runs:
  using: node24
  mainn: x
branding: { icon: databse, color: mauve }
`,
};

describe('the linter of workflows says no to', () => {
  const said = lintYaml([BROKEN, BROKEN_ACTION], findOwnAction);
  for (const [what, complaint] of [
    ['an event type that does not exist', /^\.github\/workflows\/broken\.yml:4 languageservice: .*opend/],
    ['the same, in actionlint’s words', /broken\.yml:4 actionlint: .*opend/],
    ['a runner that does not exist', /broken\.yml:9 actionlint: .*ubuntu-latets/],
    ['an input that GitHub’s action does not have', /broken\.yml:13 languageservice: .*fetch-deep/],
    ['a title from the pull request in a script', /broken\.yml:14 actionlint: .*untrusted/],
    ['an input that our own action does not have', /broken\.yml:18 languageservice: .*sever-url/],
    ['an action that nobody knows', /broken\.yml:19 languageservice: .*someone\/unknown/],
    [
      'an output that our own action does not have',
      /broken\.yml:22 outputs: .*branch gives no output datbase-url/,
    ],
    ['an output of a step that does not exist', /broken\.yml:23 actionlint: .*nobody/],
    ['a manifest without its program', /actions\/broken\/action\.yml:6 languageservice: .*main/],
    ['an icon that does not exist', /actions\/broken\/action\.yml:8 languageservice: .*databse/],
  ] as const) {
    it(what, async () => {
      const complaints = await said;
      assert.ok(
        complaints.some((each) => complaint.test(each)),
        complaints.join('\n'),
      );
    });
  }

  it('wide rights, a missing end, a stored token and an action that is not pinned', () => {
    assert.deepEqual(checkHardening(BROKEN), [
      '.github/workflows/broken.yml: permissions at the top are not {}',
      '.github/workflows/broken.yml: job one states no permissions',
      '.github/workflows/broken.yml: job one has no timeout-minutes',
      '.github/workflows/broken.yml: job one stores the checkout’s token',
      '.github/workflows/broken.yml:11: an action is not pinned to a commit with its version beside it',
      '.github/workflows/broken.yml:19: an action is not pinned to a commit with its version beside it',
    ]);
  });

  it('a broken example in a page', async () => {
    const page = {
      path: 'page.md',
      text: `# Page\n\n\`\`\`yaml\n${BROKEN.text}\`\`\`\n\n\`\`\`yaml\nsteps: []\n\`\`\`\n`,
    };
    const found = workflowExamples(page);
    assert.deepEqual(found, [{ path: 'page.md.line-4.yml', text: BROKEN.text }]);
    const complaints = await lintYaml(found, findOwnAction);
    assert.ok(
      complaints.some((each) => each.startsWith('page.md.line-4.yml:4 ')),
      complaints.join('\n'),
    );
  });
});
