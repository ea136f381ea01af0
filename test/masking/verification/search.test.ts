import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import { type Pattern, patternTables, wipeTables } from '../../../src/masking/verification/patterns.ts';
import { byteSearch } from '../../../src/masking/verification/search.ts';

const CHUNKS = [1, 2, 3, 5, 7, 64, 4096] as const;

function bytes(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function fold(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Every place by itself, with the words of the contract. */
function naive(patterns: readonly Pattern[], text: string): Map<number, number> {
  const found = new Map<number, number>();
  patterns.forEach((pattern, index) => {
    const sought = Buffer.from(pattern.bytes).toString('latin1');
    let hits = 0;
    for (let at = 0; at + sought.length <= text.length; at += 1) {
      const piece = text.slice(at, at + sought.length);
      const same = pattern.mode === 'any case' ? fold(piece) === fold(sought) : piece === sought;
      const [before, after] = [text[at - 1] ?? '', text[at + sought.length] ?? ''];
      if (same && !(pattern.mode === 'whole number' && /\d/.test(before + after))) hits += 1;
    }
    if (hits > 0) found.set(index, hits);
  });
  return found;
}

function search(patterns: readonly Pattern[], text: string, chunk: number): Map<number, number> {
  const running = byteSearch(patternTables(patterns));
  const all = bytes(text);
  for (let at = 0; at < all.length; at += chunk) running.push(all.subarray(at, at + chunk));
  return new Map(running.end());
}

function sorted(hits: ReadonlyMap<number, number>): [number, number][] {
  return [...hits].toSorted(([a], [b]) => a - b);
}

/** Few letters, so that patterns overlap, repeat and share their windows; case and digits beside each other. */
function randomText(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

function randomCase(alphabet: string): { patterns: Pattern[]; text: string } {
  const pool = randomText(300, alphabet);
  const modes = ['exact', 'any case', 'whole number'] as const;
  const patterns = Array.from({ length: 1 + randomInt(30) }, (_, index) => {
    const length = 8 + randomInt(randomInt(57) + 1);
    const at = randomInt(pool.length - length);
    return { bytes: bytes(pool.slice(at, at + length)), mode: modes[index % 3] ?? 'exact' };
  });
  const piece = (): string => pool.slice(randomInt(150), 150 + randomInt(150));
  return { patterns, text: Array.from({ length: 8 }, piece).join(randomText(3, alphabet)) };
}

describe('byteSearch', () => {
  for (const alphabet of ['ab', 'aA1', '01', 'abcdefghijABCDEFGHIJ0123456789@.\0\xff ']) {
    it(`finds what a naive search finds, of the letters ${JSON.stringify(alphabet)}`, () => {
      for (let round = 0; round < 60; round += 1) {
        const { patterns, text } = randomCase(alphabet);
        const chunk = CHUNKS[round % CHUNKS.length] ?? 1;
        assert.deepEqual(sorted(search(patterns, text, chunk)), sorted(naive(patterns, text)), text);
      }
    });
  }

  it('finds a pattern at each place of a stream of more than a buffer, at its borders too', () => {
    const pattern: Pattern = { bytes: bytes('ana.souza@example.com'), mode: 'any case' };
    const running = byteSearch(patternTables([pattern]));
    const size = (1 << 20) + 200;
    for (let at = (1 << 20) - 170; at < (1 << 20) + 100; at += 1) {
      const stream = Buffer.alloc(size);
      stream.write('Ana.Souza@Example.COM', at, 'latin1');
      running.push(stream);
      assert.deepEqual(sorted(running.end()), [[0, 1]], `at ${at}`);
    }
  });

  it('keeps nothing from one stream to the next', () => {
    const running = byteSearch(patternTables([{ bytes: bytes('12345678'), mode: 'exact' }]));
    running.push(bytes('1234'));
    assert.equal(running.end().size, 0);
    running.push(bytes('5678'));
    assert.equal(running.end().size, 0);
  });

  it('knows no pattern after its tables were wiped', () => {
    const tables = patternTables([{ bytes: bytes('12345678'), mode: 'exact' }]);
    wipeTables(tables);
    const running = byteSearch(tables);
    running.push(bytes('xx12345678xx'));
    assert.equal(running.end().size, 0);
    assert.ok(tables.bytes.every((byte) => byte === 0));
  });

  it('refuses what is too short or too long to be sought', () => {
    for (const length of [0, 7, 65]) {
      assert.throws(
        () => patternTables([{ bytes: new Uint8Array(length), mode: 'exact' }]),
        /8 to 64 can be sought/,
      );
    }
  });
});
