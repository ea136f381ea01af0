import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { legible, legibleTree } from '../../src/migrations/legible.ts';
import type { SqlProblem } from '../../src/sql/statement.ts';
import { memoryTree } from '../support/memory-tree.ts';

describe('a file in another encoding', () => {
  const cases: readonly [what: string, hex: string, text: string, at: string | undefined, message: RegExp][] =
    [
      ['UTF-8', 'c3a9', 'é', undefined, /^$/],
      ['a byte order mark', 'efbbbf61', '\ufeffa', undefined, /^$/],
      ['an empty file', '', '', undefined, /^$/],
      ['Latin-1', '610a62e963', 'a\nb\ufffdc', '2:2', /^the byte 0xE9 does not belong here/],
      ['a byte that begins nothing', 'c3a9ff', 'é\ufffd', '1:2', /0xFF/],
      ['a character that breaks off', '61f09f98', 'a\ufffd', '1:2', /0xF0/],
      ['UTF-16, little end first', 'fffe53004500', '\ufeffSE', '1:1', /UTF-16/],
      ['UTF-16, big end first', 'feff00530045', '\ufeffSE', '1:1', /UTF-16/],
    ];
  for (const [what, hex, text, at, message] of cases)
    it(what, () => {
      const { bytes, problem } = legible(Buffer.from(hex, 'hex'));
      assert.equal(bytes.toString(), text);
      assert.equal(problem && `${problem.line}:${problem.column}`, at);
      assert.match(problem?.message ?? '', message);
    });

  it('is read out of a tree, and noted', async () => {
    const problems = new Map<string, SqlProblem>();
    const tree = legibleTree(memoryTree({ 'a.sql': Buffer.from([0x61, 0xe9]), 'b.sql': 'b' }), problems);
    assert.deepEqual(await tree.list('.'), ['a.sql', 'b.sql']);
    assert.equal((await tree.read('a.sql')).toString(), 'a\ufffd');
    assert.equal((await tree.read('b.sql')).toString(), 'b');
    assert.deepEqual([...problems.keys()], ['a.sql']);
    assert.equal(problems.get('a.sql')?.file, 'a.sql');
  });
});
