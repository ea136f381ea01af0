import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFramer } from '../../../src/postgres/wire/framing.ts';

for (const length of [0x4000_0000, 0x7fff_ffff, -1, 3, 0])
  test(`a message of the length ${length} is none`, () => {
    const head = Buffer.alloc(5);
    head.write('Q');
    head.writeInt32BE(length, 1);
    const feed = createFramer({ holds: () => 1024, emit: () => undefined });
    assert.throws(() => feed(head), { name: 'ProtocolError' });
  });
