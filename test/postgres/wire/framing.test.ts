import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFramer, type Frame, HEAD, ProtocolError } from '../../../src/postgres/wire/framing.ts';
import { message } from '../../../src/postgres/wire/messages.ts';

const LIMIT = 64 * 1024;

function framed(bytes: Buffer, pieces: number): readonly Frame[] {
  const frames: Frame[] = [];
  const feed = createFramer({
    holds: (type) => (type === 'd' ? 0 : LIMIT),
    emit: (frame) => frames.push({ ...frame, bytes: Buffer.from(frame.bytes) }),
  });
  for (let at = 0; at < bytes.length; at += pieces) feed(bytes.subarray(at, at + pieces));
  return frames;
}

const small = [
  message('S'),
  message('Q', Buffer.from('select 1\0')),
  message('d', Buffer.from('abc')),
  message('d'),
  message('d', Buffer.from('defg')),
  message('Z', Buffer.from('I')),
];

test('messages are whole however the bytes come; those that pass come in runs, in order', () => {
  const all = Buffer.concat(small);
  for (const pieces of [1, 2, 3, 4, 5, 7, 11, all.length]) {
    const frames = framed(all, pieces);
    assert.deepEqual(Buffer.concat(frames.map(({ bytes }) => bytes)), all, `by ${pieces}`);
    const held = frames.filter(({ type }) => type !== 'd');
    assert.deepEqual(
      held.map(({ type, bytes, more, continued }) => [type, bytes.length, more, continued]),
      [
        ['S', 5, false, false],
        ['Q', 14, false, false],
        ['Z', 6, false, false],
      ],
    );
    assert.equal(
      frames.filter(({ type, more }) => type === 'd' && more).length,
      frames.filter(({ continued }) => continued).length,
    );
  }
  assert.equal(framed(all, all.length).length, 4, 'three rows are one run');
});

test('a message over the limit comes in pieces, its head first, and no more is held than the head', () => {
  const long = message('Q', Buffer.alloc(LIMIT * 3, 0x61));
  const frames = framed(Buffer.concat([long, message('S')]), 1_000);
  assert.equal(frames[0]?.bytes.length, HEAD);
  assert.equal(frames[0]?.more, true);
  assert.deepEqual(Buffer.concat(frames.filter(({ type }) => type === 'Q').map(({ bytes }) => bytes)), long);
  assert.ok(frames.slice(1, -1).every(({ continued, bytes }) => continued && bytes.length <= 1_000));
  assert.deepEqual(
    frames.slice(-2).map(({ type, more }) => [type, more]),
    [
      ['Q', false],
      ['S', false],
    ],
  );
});

test('a length that cannot be is refused', () => {
  for (const length of [
    [0, 0, 0, 3],
    [0xff, 0xff, 0xff, 0xff],
    [0x7f, 0xff, 0xff, 0xff],
  ])
    assert.throws(() => framed(Buffer.from([0x51, ...length, 1]), 2), ProtocolError);
});
