import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { tokenReader } from '../../../src/masking/verification/tokens.ts';

function tokensOf(text: string): Set<string> {
  const found = new Set<string>();
  tokenReader((bytes, from, to) => found.add(Buffer.from(bytes.subarray(from, to)).toString()))(
    Buffer.from(text),
  );
  return found;
}

describe('tokenReader', () => {
  const cases: readonly (readonly [text: string, has: readonly string[], hasNot: readonly string[]])[] = [
    ['Ana.Souza@Example.com', ['ana.souza@example.com'], []],
    ['write to <Ana@x.test>, soon.', ['ana@x.test', 'write'], ['soon', 'ana@x.test,']],
    ['  Ana Souza  ', ['ana souza', 'souza'], []],
    ['ÄRGER Müller', ['Ärger müller', 'Ärger', 'müller'], []],
    ['call +49 (30) 901-820 now', ['4930901820'], ['901820']],
    ['98765432107', ['98765432107'], []],
    ['123456789 987654321', ['123456789', '987654321', '123456789987654321'], []],
    ['a1b2c3d4e5f6g7h8i9', ['a1b2c3d4e5f6g7h8i9'], ['123456789']],
    ['{"who": {"full": "Ana Lucia Souza"}}', ['ana lucia souza', 'lucia'], []],
    ['{"w":"Ana \\u0053ouza \\u00e9"}', ['ana souza é'], []],
    ['{"in":"{\\"who\\":\\"Ana Lucia\\"}"}', ['ana lucia'], []],
    ['{x,"Ana Lucia"}', ['ana lucia'], []],
    ['12345678', ['12345678'], []],
    ['', [], ['']],
  ];
  for (const [text, has, hasNot] of cases) {
    it(JSON.stringify(text), () => {
      const found = tokensOf(text);
      for (const token of has) assert.ok(found.has(token), `${token} in ${[...found].join(' | ')}`);
      for (const token of hasNot) assert.ok(!found.has(token), token);
    });
  }

  it('reads a long text by its words', () => {
    const found = tokensOf(`${'lorem ipsum '.repeat(10_000)}ana@x.test ${'dolor '.repeat(9_000)}`);
    assert.deepEqual([...found].toSorted(), ['ana@x.test', 'dolor', 'ipsum', 'lorem']);
  });
});
