import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BASE_MIGRATIONS, GOOD_MIGRATION } from '../support/shop-job.ts';
import { migration, onServer, readable, withShop } from './bad-input.ts';

const POLICY = '.github/pullgres.yml';

test('unknown keys of the policy are told all together, with their lines, and nothing is guessed', async () => {
  const wrong = 'rules:\n  drop-colum: error\nreqired: [lint]\nbranch:\n  idle: 3d\n';
  await withShop({ base: { ...BASE_MIGRATIONS, [POLICY]: wrong } }, async ({ push, run }) => {
    // Mended in the pull request, which is not what counts.
    await push({ ...GOOD_MIGRATION, [POLICY]: 'fail-on: error\n' });
    const result = await run(await onServer());
    assert.equal(result.exitCode, 1);
    assert.equal(result.outputs.verdict, undefined);
    assert.equal(result.annotations.length, 1);
    const [{ message, title } = { message: '', title: '' }] = result.annotations;
    assert.equal(title, 'pullgres');
    assert.match(message, /^\.github\/pullgres\.yml has 3 problems:/);
    assert.match(message, /line 2, column 3: .*drop-colum.*drop-column/);
    assert.match(message, /line 3, column 1: `reqired` is not a known key\. Did you mean `required`\?/);
    assert.match(message, /line 5, column 3: `branch\.idle`/);
    assert.match(message, /on the base branch/);
  });
});

test("a policy that the pull request edits judges by the base branch's, and the comment says so", async () => {
  const strict = 'fail-on: warning\n';
  await withShop({ base: { ...BASE_MIGRATIONS, [POLICY]: strict } }, async ({ push, run, baseSha }) => {
    const drop = migration('0003_a.sql', 'alter table orders drop column note;');
    await push({ ...drop, [POLICY]: 'fail-on: never\n' });
    const result = await run(await onServer());
    assert.equal(result.outputs.verdict, 'fail', result.log);
    assert.deepEqual(
      { ...result.evidence?.policy, path: undefined, required: undefined },
      {
        source: 'file',
        commit: baseSha,
        editedHere: true,
        failOn: 'warning',
        path: undefined,
        required: undefined,
      },
    );
    assert.match(
      result.comment,
      /this pull request edits `\.github\/pullgres\.yml`; the edit takes effect after the merge/,
    );
  });
});

test('misspelt inputs are told all together, each with what to write', async () => {
  await withShop({}, async ({ push, run, github }) => {
    await push(GOOD_MIGRATION);
    const result = await run({
      with: { comment: 'allways', 'postgres-version': 19, 'migration-tool': 'dbmat' },
    });
    assert.equal(result.exitCode, 1);
    assert.equal(result.annotations.length, 1);
    const message = result.annotations[0]?.message ?? '';
    assert.match(message, /^3 inputs are not right:/);
    assert.match(message, /comment: “allways” was given\. Did you mean always\?/);
    assert.match(message, /postgres-version: “19” was given\. Write one of: 13, 14, 15, 16, 17, 18\./);
    assert.match(message, /migration-tool: “dbmat” was given\. Did you mean dbmate\?/);
    assert.deepEqual(github.calls(), ['issues/list-comments'], 'whether an earlier verdict stands there');
  });
});

const CUT = `printf '<testsuite tests="1"><testcase name="a">' > report.xml`;
const OLD = '<testsuite tests="1"><testcase name="a"/></testsuite>';

for (const { what, command, says, stale } of [
  {
    what: 'breaks off',
    command: CUT,
    says: /not complete XML: it ends before (?:<|&lt;)testsuite(?:>|&gt;) and (?:<|&lt;)testcase(?:>|&gt;) are closed/,
  },
  { what: 'is missing', command: 'true', says: /report\.xml is missing/ },
  { what: 'is empty', command: ': > report.xml', says: /report\.xml is empty/ },
  { what: 'is left from before', command: 'true', says: /older than this run/, stale: true },
]) {
  test(`a test report that ${what} is never green`, async () => {
    const base = stale ? { ...BASE_MIGRATIONS, '.gitignore': '', 'report.xml': OLD } : BASE_MIGRATIONS;
    await withShop({ base }, async ({ push, run }) => {
      await push(GOOD_MIGRATION);
      const result = await run(await onServer({ 'test-command': command, 'test-junit': 'report.xml' }));
      assert.equal(result.exitCode, 1);
      assert.equal(result.outputs.verdict, 'unproven', result.log);
      assert.equal(result.evidence?.tests?.status, 'unproven');
      assert.deepEqual(
        result.annotations.map(({ level, title }) => [level, title]),
        [['error', 'The tests could not run']],
      );
      for (const text of [result.annotations[0]?.message ?? '', readable(result.comment), result.log]) {
        assert.match(text, says);
      }
    });
  });
}

test('what the test command prints of the branch is starred out everywhere', async () => {
  const failure = '<failure message="could not reach $DATABASE_URL with $PGPASSWORD"/>';
  const command = [
    'echo "url $DATABASE_URL"',
    'echo "password $PGPASSWORD" >&2',
    `echo "<testsuite><testcase name='a $PGPASSWORD'>${failure.replaceAll('"', "'")}</testcase></testsuite>" > report.xml`,
    'exit 5',
  ].join('\n');
  await withShop({}, async ({ push, run }) => {
    await push(GOOD_MIGRATION);
    const result = await run(await onServer({ 'test-command': command, 'test-junit': 'report.xml' }));
    assert.equal(result.outputs.verdict, 'fail', result.log);
    assert.equal(result.evidence?.tests?.exitCode, 5);
    assert.match(result.log, /^url \*\*\*$/m);
    assert.match(result.log, /^password \*\*\*$/m);
    assert.equal(result.evidence.tests.failures[0]?.message, 'could not reach *** with ***');
    const { password = '', 'database-url': url = '' } = result.outputs;
    assert.ok(password.length > 20 && url.includes(encodeURIComponent(password)));
    const readableText = result.everything.replaceAll(/^::add-mask::.*$/gm, '');
    for (const secret of [password, url]) assert.ok(!readableText.includes(secret));
    assert.match(result.comment, /\*\*\*|\\\*/);
  });
});
