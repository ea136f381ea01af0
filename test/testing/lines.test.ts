import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { MAXIMUM_LINE_BYTES, splitLines } from '../../src/testing/lines.ts';

function split(chunks: readonly (Buffer | string)[], clean = (text: string) => text): string[] {
  const lines: string[] = [];
  const splitter = splitLines((line) => lines.push(line), clean);
  for (const chunk of chunks) splitter.push(Buffer.from(chunk as string));
  splitter.end();
  return lines;
}

const cases: readonly { what: string; chunks: readonly (Buffer | string)[]; lines: readonly string[] }[] = [
  { what: 'nothing', chunks: [], lines: [] },
  { what: 'several lines in one chunk', chunks: ['a\nb\n'], lines: ['a', 'b'] },
  { what: 'one line over several chunks', chunks: ['a', 'b', 'c\nd'], lines: ['abc', 'd'] },
  { what: 'a last line without its end', chunks: ['a\nlast'], lines: ['a', 'last'] },
  { what: 'empty lines', chunks: ['\n\na\n'], lines: ['', '', 'a'] },
  { what: 'Windows line ends, also split from their line', chunks: ['a\r', '\nb\r\n'], lines: ['a', 'b'] },
  {
    what: 'a character split by a chunk',
    chunks: [Buffer.from([0xc3]), Buffer.from([0xbc, 0x0a])],
    lines: ['ü'],
  },
  { what: 'invalid UTF-8', chunks: [Buffer.from([0x61, 0xff, 0x0a])], lines: ['a\ufffd'] },
];

describe('splitLines', () => {
  for (const { what, chunks, lines } of cases) it(what, () => assert.deepEqual(split(chunks), lines));

  it('cuts a line at 64 KiB with a mark and goes on with the next', () => {
    const [long, next] = split(['x'.repeat(MAXIMUM_LINE_BYTES), 'y'.repeat(1_000_000), '\nnext\n']);
    assert.equal(long, `${'x'.repeat(MAXIMUM_LINE_BYTES)} … [line cut at 64 KiB]`);
    assert.equal(next, 'next');
  });

  it('leaves a line of exactly 64 KiB whole, and cuts no character in two', () => {
    assert.deepEqual(split(['x'.repeat(MAXIMUM_LINE_BYTES)]), ['x'.repeat(MAXIMUM_LINE_BYTES)]);
    const [cut] = split([`${'x'.repeat(MAXIMUM_LINE_BYTES - 1)}üü`]);
    assert.equal(cut, `${'x'.repeat(MAXIMUM_LINE_BYTES - 1)} … [line cut at 64 KiB]`);
  });

  it('cleans before it cuts, so that half a secret does not stay at the cut', () => {
    const secret = 'hunter2-hunter2';
    const [line] = split([`${'x'.repeat(MAXIMUM_LINE_BYTES - 7)}${secret}\n`], (text) =>
      text.replaceAll(secret, '***'),
    );
    assert.ok(!line?.includes('hunter'));
  });

  it('keeps no more of an endless line than it passes on', () => {
    const chunk = Buffer.alloc(1024 * 1024, 'z');
    const before = process.memoryUsage().arrayBuffers;
    const splitter = splitLines(() => {}, String);
    for (let i = 0; i < 256; i += 1) splitter.push(chunk);
    assert.ok(process.memoryUsage().arrayBuffers - before < 16 * 1024 * 1024);
    splitter.end();
  });
});
