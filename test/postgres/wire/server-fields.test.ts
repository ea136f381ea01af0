import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoderOf, isUtf8 } from '../../../src/postgres/wire/encoding.ts';
import { countOf } from '../../../src/postgres/wire/injected.ts';
import { cstring, errorResponse, message } from '../../../src/postgres/wire/messages.ts';
import { movePosition, readFields, serverError } from '../../../src/postgres/wire/server-fields.ts';

test('an error is read field by field, and its position moves with its statement', () => {
  const fields = ['SERREUR', 'VERROR', 'C42703', 'Mno column', 'P8', 'Hlook'].map(cstring);
  const bytes = message('E', ...fields, Buffer.from([0]));
  const error = serverError(readFields(bytes));
  assert.deepEqual(
    [error.code, error.severity, error.message, error.position, error.hint],
    ['42703', 'ERROR', 'no column', 8, 'look'],
  );
  const moved = movePosition(bytes, 95);
  assert.equal(serverError(readFields(moved)).position, 103);
  assert.equal(moved.readInt32BE(1), moved.length - 1);
  assert.equal(movePosition(bytes, 0), bytes);
  const own = errorResponse('FATAL', { code: '28P01', message: 'no', hint: 'yes' });
  assert.deepEqual(Object.fromEntries(readFields(own)), {
    S: 'FATAL',
    V: 'FATAL',
    C: '28P01',
    M: 'no',
    H: 'yes',
  });
  assert.equal(movePosition(own, 5).length, own.length, 'one without a position stays');
});

test('rows by the tag of a command', () => {
  const cases = [
    ['INSERT 0 5', 5],
    ['SELECT 12', 12],
    ['COPY 3', 3],
    ['DELETE 0', 0],
    ['CREATE TABLE', undefined],
    [undefined, undefined],
  ] as const;
  for (const [tag, count] of cases) assert.equal(countOf(tag), count, tag);
});

test('texts in the encoding of the client', () => {
  assert.equal(decoderOf('LATIN1')(Buffer.from([0xe9])), 'é');
  assert.equal(decoderOf('UTF8')(Buffer.from('é')), 'é');
  assert.equal(decoderOf('WIN1251')(Buffer.from([0xc0])), 'А');
  assert.equal(isUtf8('LATIN1', Buffer.from([0xe9])), false);
  assert.equal(isUtf8('LATIN1', Buffer.from('plain')), true);
  assert.equal(isUtf8('UTF8', Buffer.from([0xe9])), true);
});
