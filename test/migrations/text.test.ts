import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { decodeUtf8, readSource } from '../../src/migrations/text.ts';
import { memoryTree } from '../support/memory-tree.ts';

const wrong: readonly [name: string, bytes: Buffer, offset: number][] = [
  ['a Latin-1 letter', Buffer.from('select \xe9;', 'latin1'), 8],
  ['a lone continuation byte', Buffer.from([0x61, 0x80]), 1],
  ['a character cut short by the end', Buffer.from([0x61, 0x62, 0xe2, 0x82]), 4],
  ['UTF-16', Buffer.from('\uFEFFselect', 'utf16le'), 0],
  ['after much good text', Buffer.concat([Buffer.from('é'.repeat(100_000)), Buffer.from([0xff])]), 200_000],
];
for (const [name, bytes, offset] of wrong) {
  test(`not UTF-8: ${name}`, () => {
    assert.throws(() => decodeUtf8('m/1.sql', bytes), {
      name: 'UserError',
      message: `m/1.sql is not UTF-8: the byte at offset ${offset} does not belong there.`,
    });
  });
}

test('byte order mark and line ends are kept, the checksum is of the bytes', async () => {
  const content = '\uFEFFselect 1;\r\nselect 2;\r\n';
  const source = await readSource(memoryTree({ 'a.sql': content }), 'a.sql');
  assert.equal(source.text, content);
  assert.equal(source.bytes, Buffer.byteLength(content));
  assert.equal(source.checksum, createHash('sha256').update(content).digest('hex'));
});
