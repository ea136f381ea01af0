import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { exceptionPlaces, parsePolicy } from '../../src/policy/parse.ts';

const RULES = ['create-index-blocking', 'drop-column', 'set-not-null-scan'];
const parse = (text: string) => parsePolicy(text, 'pullgres.yml', RULES);

function problemsOf(text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.ok(error.hint);
    return error.message;
  }
  return assert.fail(`accepted: ${text}`);
}

test('an empty policy is the defaults', () => {
  const expected = {
    version: 1,
    migrations: { tool: 'auto' },
    'fail-on': 'error',
    required: ['lint', 'rehearsal'],
    rules: {},
    exceptions: [],
    'exceptions-in-files': true,
    rehearsal: {
      'statement-timeout': '10m',
      'lock-timeout': '5s',
      contention: 'auto',
      down: 'try',
      'command-timeout': '1h',
    },
    masking: { profile: '.github/masking.yml', 'public-keys': [], 'max-age': '7d', keep: 3 },
    drill: {
      'time-budget': '1h',
      'time-zone': 'UTC',
      'max-row-loss': 20,
      freshness: [],
      assertions: [],
      issue: 'never',
    },
    tests: { timeout: '30m', shards: 1, 'old-code': false },
    comment: 'changes',
    branch: {
      'idle-ttl': '72h',
      'absolute-ttl': '14d',
      quota: { repository: 100, author: 20, total: 300 },
      connections: 50,
      'idle-transaction-timeout': '10m',
      quarantine: { tables: [] },
    },
  };
  for (const text of ['', '# only a comment\n', '---\n', '{}', '\uFEFFversion: 1\n', 'version: 1\r\n']) {
    assert.deepEqual(parse(text), expected, JSON.stringify(text));
  }
});

test('a whole policy is read as it is written', () => {
  const policy = parse(`
fail-on: warning
postgres: 16
rules:
  drop-column: off
exceptions:
  - rule: create-index-blocking
    path: db/migrations
    reason: The table has ten rows and will never have more.
    owner: ann
    until: 2027-01-31
tests: { command: npm test, junit: out/junit.xml }
`);
  assert.equal(policy['fail-on'], 'warning');
  assert.equal(policy.postgres, 16);
  assert.deepEqual(policy.rules, { 'drop-column': 'off' });
  assert.equal(policy.exceptions[0]?.until, '2027-01-31');
  assert.deepEqual(policy.tests, {
    command: 'npm test',
    junit: 'out/junit.xml',
    timeout: '30m',
    shards: 1,
    'old-code': false,
  });
});

test('each problem is named with its line, column, key and what to write', () => {
  const table: [text: string, expected: RegExp[]][] = [
    [
      'fail_on: error',
      [/has a problem:\n {2}line 1, column 1: `fail_on` is not a known key\. Did you mean `fail-on`\?$/],
    ],
    ['version: 1\nfial-on: error', [/line 2, column 1: .*Did you mean `fail-on`\?/]],
    ['zebra: 1', [/`zebra` is not a known key\. Known here: version, migrations, /]],
    [
      'rehearsal:\n  lockTimeout: 5s',
      [/line 2, column 3: `rehearsal\.lockTimeout` .*Did you mean `lock-timeout`\?/],
    ],
    [
      'fail-on: eror',
      [/line 1, column 10: `fail-on` is the text "eror": write `error`, `warning` or `never`, without/],
    ],
    ['postgres: "16"', [/column 11: `postgres` is the text "16": write `13`, .* or `18`, without quotes/]],
    ['postgres: 12', [/is the number 12: write `13`/]],
    ['version: 2', [/`version` is the number 2: write `1`/]],
    ['comment: true', [/`comment` is the boolean true: write `always`/]],
    ['rules:', [/`rules` is empty: write keys with values/]],
    ['- a', [/The policy is a list: write keys/]],
    ['just words', [/The policy is the text "just words": write keys/]],
    ['rehearsal: {statement-timeout: 10}', [/is the number 10: write a number and a unit: 500ms/]],
    ['branch: {idle-ttl: 3 days}', [/is the text "3 days": write a number and a unit/]],
    ['migrations: {directory: /etc}', [/write a path inside the repository/]],
    ['migrations: {directory: a/../../b}', [/write a path inside the repository/]],
    ['tests: {command: ""}', [/write a text that is not empty/]],
    [
      'required: [lint, test]',
      [/column 18: `required\[1\]` is the text "test": write `lint`, `rehearsal` or `tests`/],
    ],
    [
      'rules: {drop-colum: off}',
      [/`rules\.drop-colum`: there is no rule "drop-colum"\. Did you mean `drop-column`\?/],
    ],
    ['rules: {xyz: off}', [/The rules are: create-index-blocking, drop-column, set-not-null-scan\./]],
    ['rules: {drop-column: false}', [/is the boolean false: write `off`, `notice`, `warning` or `error`/]],
    [
      'exceptions:\n  - rule: nope-nope\n    reason: short\n    until: 2027-02-30\n  - 5',
      [
        /has 5 problems:/,
        /line 2, column 5: `exceptions\[0\]\.owner` is missing: write a text/,
        /line 2, column 11: `exceptions\[0\]\.rule`: there is no rule "nope-nope"/,
        /line 3, column 13: .*is the text "short": say why, in at least 10 characters/,
        /line 4, column 12: .*write a date: 2027-01-31/,
        /line 5, column 5: `exceptions\[1\]` is the number 5/,
      ],
    ],
  ];
  for (const [text, expected] of table) {
    const message = problemsOf(text);
    for (const one of expected) assert.match(message, one);
  }
});

test('what is not one plain YAML document is refused', () => {
  const table: [string, RegExp][] = [
    ['version: 1\nversion: 1', /line 2, column 1: This key stands here twice/],
    ['version: 1\n---\nversion: 1', /line 2, column 1: A second document begins here/],
    ['tests:\n\tcommand: x', /line 2, column 1: A tab indents this line/],
    ['migrations: {tool: prisma', /line 1, column 26: This is not YAML: /],
    ['tests: !!js/function x', /line 1, column 8: Tags/],
    ['version: *nowhere', /aliases \(`\*name`\) that cannot be followed/],
    ['? [a]\n: 1', /`\[ a \]` is not a known key/],
    ['__proto__: {version: 1}', /`__proto__` is not a known key/],
  ];
  for (const [text, expected] of table) assert.match(problemsOf(text), expected);
});

test('aliases that multiply are refused quickly', () => {
  const levels = Array.from(
    { length: 20 },
    (_, index) => `k${index + 1}: &a${index + 1} [*a${index}, *a${index}, *a${index}]`,
  );
  assert.match(problemsOf(['k0: &a0 [x, x]', ...levels].join('\n')), /aliases/);
});

test('a policy over 1 MiB is refused, and a long list of problems is cut', () => {
  assert.match(problemsOf(`# ${'x'.repeat(1024 * 1024)}`), /1048578 bytes long; at most 1048576/);
  const many = Array.from({ length: 60 }, (_, index) => `zebra${index}: 1`).join('\n');
  assert.match(problemsOf(many), /has 60 problems:.* {2}and 10 more$/s);
});

test('hostile text in the policy is repeated without control characters', () => {
  const message = problemsOf('"a\\n::error::\\e[31m": 1\nfail-on: "\\u202e\\n::set-output"');
  assert.doesNotMatch(message.replaceAll('\n  line', ' '), /[\n\u202e]/);
});

test('exceptions have their places, in lines and bytes', () => {
  const text = '# é\nexceptions:\n  - rule: drop-column\n    owner: ann\n  - {rule: drop-column}\n';
  const places = exceptionPlaces(text, 'p.yml');
  assert.deepEqual(
    places.map(({ line, column }) => [line, column]),
    [
      [3, 5],
      [5, 5],
    ],
  );
  const bytes = Buffer.from(text);
  assert.match(
    bytes.subarray(places[0]?.startByte, places[0]?.endByte).toString(),
    /^rule: drop-column\n {4}owner: ann/,
  );
  assert.equal(
    bytes.subarray(places[1]?.startByte, places[1]?.endByte).toString().trim(),
    '{rule: drop-column}',
  );
  assert.deepEqual(exceptionPlaces('version: 1', 'p.yml'), []);
});
