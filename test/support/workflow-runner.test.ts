import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { pullRequestEvent } from './events.ts';
import { GOOD_MIGRATION, startShop } from './shop-job.ts';
import { evaluate, holds } from './workflow-conditions.ts';
import { dispatchInputs, readWorkflow } from './workflow-file.ts';
import { runWorkflow } from './workflow-runner.ts';

const contexts = {
  github: { event_name: 'push', event: { pull_request: { number: 7 } } },
  needs: { a: { result: 'success' }, b: { result: 'failure' } },
  secrets: {},
};

describe('expressions', () => {
  for (const [expression, value] of [
    ["github.event_name == 'PUSH' && 'yes' || 'no'", 'yes'],
    ["!(github.event_name != 'push')", true],
    ["contains(needs.*.result, 'failure')", true],
    ["contains(needs.*.result, 'skipped') || needs.a.result == 'skipped'", false],
    ['github.event.pull_request.number || github.sha', 7],
    ["github['event']['missing'].deep", null],
    ["'it''s'", "it's"],
    ['secrets.NONE', null],
  ] as const) {
    test(expression, () => assert.deepEqual(evaluate(expression, { contexts, status: 'success' }), value));
  }

  for (const expression of [
    'hashFiles("x")',
    "hashFiles('x')",
    'vars.X',
    '1 + 1',
    "github.sha 'x'",
    '(true',
  ]) {
    test(`${expression} is an error`, () => {
      assert.throws(() => evaluate(expression, { contexts, status: 'success' }), /cannot evaluate/);
    });
  }

  test('a condition without a status function holds after success only', () => {
    assert.equal(holds("github.event_name == 'push'", { contexts, status: 'failure' }), false);
    assert.equal(holds("always() && github.event_name == 'push'", { contexts, status: 'failure' }), true);
    assert.equal(holds(undefined, { contexts, status: 'cancelled' }), false);
  });
});

const workflow = (job: string, permissions = '{ contents: read }') => `
name: One
on: pull_request
permissions: ${permissions}
jobs:
  one:
    runs-on: ubuntu-latest
${job}
`;
const CHECKOUT = '    steps:\n      - uses: actions/checkout@v6\n';

test('keys that the runner does not act on are errors', () => {
  readWorkflow(workflow(CHECKOUT));
  for (const job of [
    '    services: {}\n    steps: []\n',
    '    steps:\n      - run: x\n        shell: zsh\n',
    '    strategy: { matrix: { include: [{ a: 1 }] } }\n    steps: []\n',
  ]) {
    assert.throws(() => readWorkflow(workflow(job)));
  }
  assert.throws(() =>
    readWorkflow(workflow(CHECKOUT).replace('on: pull_request', 'on: { pull_request: { paths: [x] } }')),
  );
});

test('an input that the form does not offer is refused', () => {
  const inputs = '{ workflow_dispatch: { inputs: { what: { type: choice, options: [a, b], default: a } } } }';
  const file = readWorkflow(workflow(CHECKOUT).replace('on: pull_request', `on: ${inputs}`));
  assert.deepEqual(dispatchInputs(file, {}), { what: 'a' });
  assert.throws(() => dispatchInputs(file, { what: 'c' }), /no option/);
  assert.throws(() => dispatchInputs(file, { other: 'a' }), /takes no input/);
});

test('a right that is missing fails the run, and a script its job', async () => {
  const shop = await startShop();
  try {
    await shop.git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    const { headSha, mergeSha } = await shop.push(GOOD_MIGRATION);
    const payload = pullRequestEvent({ ...shop.pull, headSha });
    const site = { shop, secrets: {}, runs: new Map() };
    const play = (text: string) =>
      runWorkflow(text, site, { event: { name: 'pull_request', payload }, sha: mergeSha });
    assert.equal((await play(workflow(CHECKOUT)))?.conclusion, 'success');
    assert.equal((await play(workflow(CHECKOUT, '{ pull-requests: write }')))?.conclusion, 'failure');
    const failing = await play(
      workflow(`${CHECKOUT}      - run: ls migrations && exit 3\n      - run: echo never\n`),
    );
    assert.equal(failing?.conclusion, 'failure');
    assert.match(failing?.log ?? '', /0003_labels\.sql/);
    assert.doesNotMatch(failing?.log ?? '', /never/);
    await assert.rejects(play(workflow('    steps:\n      - uses: someone/else@v1\n')), /knows no action/);
  } finally {
    await shop.close();
  }
});
