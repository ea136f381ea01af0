import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseKeyValues } from './command-files.ts';
import { createMasks } from './masks.ts';
import { COMMANDS, parseCommand } from './workflow-commands.ts';
import { evaluateTemplate, postCondition } from './workflow-expressions.ts';

const files: [text: string, pairs: Record<string, string>, problem?: RegExp][] = [
  ['', {}],
  ['a=1\n\nb=\n', { a: '1', b: '' }],
  ['a=1=2<<3\n', { a: '1=2<<3' }],
  ['a<<E\nx=1\n\n y\nE\nb=2', { a: 'x=1\n\n y', b: '2' }],
  ['a<<E\nE', { a: '' }],
  ['a<<E=F\nx\nE=F\n', { a: 'x' }],
  ['a=1\na=2\n', { a: '2' }],
  ['a=1\nwrong\nb=2\n', { a: '1' }, /Invalid format 'wrong'/],
  ['<<E\nx\nE\n', {}, /Invalid format/],
  ['a<<\nx\n', {}, /Invalid format/],
  ['a<<E\nx\nE \n', {}, /delimiter not found 'E'/],
];

for (const [text, pairs, problem] of files) {
  test(`command file ${JSON.stringify(text)}`, () => {
    const read = parseKeyValues(text);
    assert.deepEqual(read.pairs, pairs);
    assert.match(read.problem ?? 'none', problem ?? /^none$/);
  });
}

const commands: [line: string, command: ReturnType<typeof parseCommand>][] = [
  ['::debug::x', { name: 'debug', properties: {}, data: 'x' }],
  ['\t ::Debug ::x', { name: 'debug', properties: {}, data: 'x' }],
  ['::error file=a=b,line=,=1,col=2::m', { name: 'error', properties: { file: 'a=b', col: '2' }, data: 'm' }],
  [
    '::error title=a%3Ab%2Cc%25::d%3A%0D%0A%25',
    { name: 'error', properties: { title: 'a:b,c%' }, data: 'd%3A\r\n%' },
  ],
  [
    'x ##[error title=a%3Bb;line=1]m%5D',
    { name: 'error', properties: { title: 'a;b', line: '1' }, data: 'm]' },
  ],
  ['x ::error::m', undefined],
  ['::error', undefined],
  ['::unknown::m', undefined],
  ['##[error', undefined],
  ['::unknown::##[error]m', { name: 'error', properties: {}, data: 'm' }],
];

for (const [line, command] of commands) {
  test(`command ${line}`, () => assert.deepEqual(parseCommand(line, COMMANDS), command));
}

const masked: [values: string[], text: string, shown: string][] = [
  [['abc'], 'xabcx abcabc', 'x***x ***'],
  [['abcd', 'cdef'], 'abcdef', '***'],
  [['  '], 'a b', 'a b'],
  [['top\n  secret \r'], 'the secret and the top', 'the *** and the ***'],
  [["p@'w"], "p@''w p%40%27w", '*** ***'],
  [['secret-value'], `Basic ${Buffer.from('u:secret-value').toString('base64')}`, 'Basic dTpz***'],
  [['a"b'], String.raw`{"k":"a\"b"}`, '{"k":"***"}'],
];

for (const [values, text, shown] of masked) {
  test(`masks ${JSON.stringify(values)} in ${text}`, () => {
    const masks = createMasks();
    for (const value of values) masks.add(value);
    assert.equal(masks.apply(text), shown);
  });
}

test('expressions are look-ups', () => {
  const contexts = { github: { token: 't', event: { number: 7 } }, steps: { a: { outputs: { 'x-y': 1 } } } };
  assert.equal(evaluateTemplate(`\${{ github.token }}/\${{github.event.number}}`, contexts), 't/7');
  assert.equal(evaluateTemplate(`\${{ steps.a.outputs['x-y'] }}\${{ steps.b.outputs.c }}`, contexts), '1');
  assert.throws(() => evaluateTemplate(`\${{ secrets.X }}`, contexts), /cannot evaluate/);
  assert.throws(() => evaluateTemplate(`\${{ github.token || 'x' }}`, contexts), /only look-ups/);
});

test('post conditions are one status function', () => {
  assert.deepEqual(
    ['always()', 'success()', 'failure()', 'cancelled()'].map((condition) =>
      postCondition(condition, 'failure'),
    ),
    [true, false, true, false],
  );
  assert.throws(() => postCondition('env.X', 'success'), /cannot evaluate post-if/);
});
