import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod';
import { UserError } from '../../src/errors.ts';
import {
  choice,
  duration,
  flag,
  type Input,
  path,
  secret,
  shortName,
  text,
  wholeNumber,
} from '../../src/runner/input-blocks.ts';
import { describeInputs, givenInputs, INPUT_LIMIT, parseInputs } from '../../src/runner/inputs.ts';
import type { Secret } from '../../src/secret.ts';

const expression = `\${{ github.token }}` as const;

const schema = z.strictObject({
  provider: choice(['local', 'postgres'], { default: 'local' }).describe('Who makes branches.'),
  'server-url': secret().describe('The server.'),
  'github-token': secret({ default: expression }).describe('The token.'),
  comment: flag(true).describe('Whether to comment.'),
  migrations: path().describe('Where migrations stand.'),
  shards: wholeNumber({ min: 1, max: 64 }, { default: '1' }).describe('How many shards.'),
  timeout: duration({ default: '10m' }).describe('Longest time.'),
  name: text({ required: true }).describe('A name.'),
  'comment-key': shortName({ default: 'default' }).describe('Which comment.'),
  version: choice(['13', '14']).describe('A version.'),
});

const reader =
  (given: Readonly<Record<string, string>>) =>
  (name: string): string =>
    given[name] ?? '';

const refusal = (given: Readonly<Record<string, string>>, options?: Parameters<typeof parseInputs>[2]) => {
  try {
    parseInputs(schema, reader({ name: 'x', ...given }), options);
  } catch (error) {
    assert.ok(error instanceof UserError);
    return error.message;
  }
  return assert.fail('nothing was refused');
};

test('nothing but the required input gives the defaults', () => {
  const inputs = parseInputs(schema, reader({ name: ' shop ' }));
  const shards: number = inputs.shards;
  const server: Secret | undefined = inputs['server-url'];
  assert.deepEqual(inputs, {
    provider: 'local',
    'server-url': undefined,
    'github-token': undefined,
    comment: true,
    migrations: undefined,
    shards,
    timeout: 600_000,
    name: 'shop',
    'comment-key': 'default',
    version: undefined,
  });
  assert.deepEqual([shards, server], [1, undefined]);
});

test('given inputs become values of the domain', () => {
  const inputs = parseInputs(
    schema,
    reader({ name: 'x', provider: 'postgres', 'server-url': 'postgres://u:pw@h', comment: 'false' }),
  );
  assert.deepEqual([inputs.provider, inputs.comment], ['postgres', false]);
  assert.equal(inputs['server-url']?.reveal(), 'postgres://u:pw@h');
});

const accepted: [block: Input<unknown>, given: string, value: unknown][] = [
  [flag(false), 'true', true],
  [path(), './db//migrations/', 'db/migrations'],
  [path(), '.', '.'],
  [path(), 'a/../b', 'b'],
  [path(), '..a/b', '..a/b'],
  [wholeNumber({ min: 0, max: 9 }), '0', 0],
  [wholeNumber({ min: -5, max: 9 }), '-5', -5],
  [shortName(), 'shop-2', 'shop-2'],
  [shortName(), 'a', 'a'],
  [shortName(), 'a'.repeat(40), 'a'.repeat(40)],
  [duration(), '500ms', 500],
  [duration(), '14d', 1_209_600_000],
];

for (const [block, given, value] of accepted) {
  test(`accepts ${given} as ${JSON.stringify(value)}`, () => {
    assert.deepEqual(
      parseInputs(z.strictObject({ input: block }), () => given),
      { input: value },
    );
  });
}

const refused: [given: Record<string, string>, message: RegExp][] = [
  [{ comment: 'True' }, /comment: “True” was given\. Write true or false, in lower case\./],
  [{ comment: 'yes' }, /Write true or false/],
  [{ comment: '1' }, /Write true or false/],
  [
    { provider: 'postgress' },
    /provider: “postgress” was given\. Did you mean postgres\? Write one of: local, postgres\./,
  ],
  [{ provider: 'Postgres' }, /Did you mean postgres\?/],
  [{ provider: 'neon' }, /“neon” was given\. Write one of/],
  [{ shards: '0' }, /Write a whole number from 1 to 64/],
  [{ shards: '1e1' }, /whole number/],
  [{ shards: '3.0' }, /whole number/],
  [{ timeout: '10' }, /Write a number and a unit/],
  [{ timeout: '10 m' }, /Write a number and a unit/],
  [{ migrations: '/etc' }, /path inside the repository/],
  [{ migrations: 'a/../../b' }, /path inside the repository/],
  [{ migrations: '..' }, /path inside the repository/],
  [{ migrations: 'db\\migrations' }, /path inside the repository/],
  [{ migrations: 'C:/db' }, /path inside the repository/],
  [{ version: '12' }, /version: “12” was given\. Write one of: 13, 14\.$/],
  [
    { 'comment-key': 'Shop' },
    /comment-key: “Shop” was given\. Write 1 to 40 lower-case letters, digits and hyphens/,
  ],
  [{ 'comment-key': 'a b' }, /1 to 40/],
  [{ 'comment-key': 'a_b' }, /1 to 40/],
  [{ 'comment-key': '-a' }, /no hyphen at either end/],
  [{ 'comment-key': 'a-' }, /no hyphen at either end/],
  [{ 'comment-key': 'é' }, /1 to 40/],
  [{ 'comment-key': 'a'.repeat(41) }, /1 to 40/],
  [{ name: ' ' }, /name: nothing was given\. It is required\./],
  [
    { name: 'x'.repeat(INPUT_LIMIT + 1) },
    /name: 131,073 bytes were given; one input holds at most 128 KiB\./,
  ],
  [{ provider: '::error::x\n::error::y' }, /“: :error::x ::error::y” was given/],
  [{ provider: 'y'.repeat(300) }, /“y{79}…” was given/],
];

for (const [given, message] of refused) {
  test(`refuses ${JSON.stringify(given).slice(0, 60)}`, () => assert.match(refusal(given), message));
}

test('all problems are told at once, in the order of the schema', () => {
  const message = refusal({ provider: 'postgress', comment: 'on', shards: 'many', 'comment-key': 'A B' });
  assert.match(
    message,
    /^4 inputs are not right:\n- provider: .*\n- comment: .*\n- shards: .*\n- comment-key: .*$/,
  );
});

test('a secret is never shown, and is masked even when other inputs are wrong', () => {
  const strict = z.strictObject({
    key: secret().refine((value) => (value?.reveal().length ?? 0) > 40, 'Give a key of over 40 letters.'),
    comment: flag(true),
  });
  const masked: string[] = [];
  const given = reader({ key: 'hunter2', comment: 'hm' });
  const mask = (value: Secret) => void masked.push(value.reveal());
  assert.throws(
    () => parseInputs(strict, given, { mask }),
    (error: Error) => {
      assert.match(error.message, /key: the value given \(not shown\) is not right\. Give a key/);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    },
  );
  assert.deepEqual(masked, ['hunter2']);
});

test('an old name is answered with the new one', () => {
  const message = refusal(
    { 'database-url': 'postgres://u:pw@h' },
    { renamed: { 'database-url': 'server-url' } },
  );
  assert.match(message, /database-url: this input is now called server-url\. Write server-url instead\./);
  assert.doesNotMatch(message, /pw/);
});

test('a misspelt name is answered when it is near an input that was not given', () => {
  const given = givenInputs({
    INPUT_SERVER_URL: 'x',
    INPUT_NAME: 'x',
    INPUT_COMENT: '',
    'INPUT_DEPLOY-KEY': 'y',
  });
  assert.deepEqual(given, ['server_url', 'name', 'deploy-key']);
  assert.match(refusal({}, { given }), /server_url: there is no such input\. Did you mean server-url\?/);
  assert.equal(parseInputs(schema, reader({ name: 'x' }), { given: ['deploy-key', 'name'] }).name, 'x');
});

test('describeInputs gives what action.yml must say', () => {
  assert.deepEqual(describeInputs(schema).slice(0, 4), [
    {
      name: 'provider',
      description: 'Who makes branches.',
      required: false,
      default: 'local',
      secret: false,
    },
    { name: 'server-url', description: 'The server.', required: false, default: undefined, secret: true },
    { name: 'github-token', description: 'The token.', required: false, default: expression, secret: true },
    { name: 'comment', description: 'Whether to comment.', required: false, default: 'true', secret: false },
  ]);
  assert.throws(() => describeInputs(z.strictObject({ odd: z.string() })), /odd is not made by a block/);
});

test('an input over the limit has that one problem only', () => {
  const message = refusal({ provider: 'x'.repeat(INPUT_LIMIT + 1) });
  assert.match(message, /^One input is not right\. provider: 131,073 bytes/);
});
