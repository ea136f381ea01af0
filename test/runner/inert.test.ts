import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inert, inertLine } from '../../src/runner/inert.ts';
import { COMMANDS, parseCommand } from '../support/workflow-commands.ts';

const cases: [title: string, text: string, printed: string][] = [
  ['plain text', 'ALTER TABLE "orders"\n\tADD COLUMN x int;', 'ALTER TABLE "orders"\n\tADD COLUMN x int;'],
  ['casts and colons within a line', "select '1'::int, a::text -- ok", "select '1'::int, a::text -- ok"],
  ['emoji of several code points', 'family 👨‍👩‍👧 é', 'family 👨‍👩‍👧 é'],
  ['a command', '::error::gone', ': :error::gone'],
  ['a command after white space', ' \t\u00a0\u2003::add-mask::a', ' \t\u00a0\u2003: :add-mask::a'],
  ['a command on a later line', 'ok\n::set-output name=x::y', 'ok\n: :set-output name=x::y'],
  ['a command after a lone CR', 'ok\r::error::x', 'ok\n: :error::x'],
  ['a command after CRLF', 'ok\r\n::error::x', 'ok\n: :error::x'],
  ['a command after U+2028', 'ok\u2028::error::x', 'ok\n: :error::x'],
  ['a command behind a control character', '\x00::error::x', ': :error::x'],
  ['a command taken apart by a control character', ':\x07:error::x', ': :error::x'],
  ['a command behind a colour', '\x1b[31m::error::x\x1b[0m', ': :error::x'],
  ['a command behind nothing visible', '\u200b\ufeff::error::x', '\u200b\ufeff: :error::x'],
  ['a command taken apart by nothing visible', ':\u200b:error::x', ':\u200b :error::x'],
  ['three colons', ':::error::x', ': ::error::x'],
  ['a stop command', '::stop-commands::pause', ': :stop-commands::pause'],
  ['the old form at the start', '##[error]x', '## [error]x'],
  ['the old form within a line', 'x ##[add-mask]a', 'x ## [add-mask]a'],
  ['the old form taken apart', '#\x1b[1m#[error]x', '## [error]x'],
  ['a title that an escape would set', 'a\x1b]0;title\x07b', 'ab'],
  ['an escape without an end', 'a\x1b[', 'a'],
  ['reordering marks', 'ad\u202emin', 'admin'],
  ['half a surrogate pair', 'a\ud800b', 'a\ufffdb'],
];

for (const [title, text, printed] of cases) {
  test(`inert: ${title}`, () => assert.equal(inert(text), printed));
}

/** A small generator with a fixed seed (mulberry32), so that a failure comes back. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const pieces =
  ': : :: # # [ ] ##[ error add-mask stop-commands group %0A , = a ; \x1b \x1b[ \x1b] 0m \x07 \r \n \r\n \x00 \x85 \u2028 \u200b \u202e \ud800 \udc00 \t é'
    .split(' ')
    .concat(' ');

test('inert: whatever is thrown at it, no line is a command, nothing moves, and twice is once', () => {
  const next = random(20261121);
  for (let round = 0; round < 20_000; round++) {
    const length = 1 + Math.floor(next() * 14);
    const text = Array.from({ length }, () => pieces[Math.floor(next() * pieces.length)]).join('');
    const printed = inert(text);
    const shown = JSON.stringify(text);
    assert.doesNotMatch(printed, /[^\P{Cc}\t\n]|[\u2028\u2029\u202a-\u202e]/u, shown);
    assert.equal(inert(printed), printed, shown);
    for (const line of printed.split('\n')) {
      assert.equal(parseCommand(line, COMMANDS), undefined, shown);
      assert.doesNotMatch(
        line.replace(/[\s\p{Cf}\p{Mn}]*$/u, '').replace(/\p{Cf}|\p{Mn}/gu, ''),
        /^\s*::|##\[/u,
        shown,
      );
    }
  }
});

test('inertLine: stays on one line', () => {
  assert.equal(inertLine('a\r\n ::error::b\u2028c'), 'a ::error::b c');
  assert.equal(inertLine('\n::error::b'), ': :error::b');
});

test('inert: time grows with the text, not with its square', () => {
  const start = performance.now();
  for (const piece of ['\n', ' ', '\x1b', '\x1b]', '\x1b[0', ':', '#', '#\u200b', '\u200b', '\u202e', ' \n'])
    inertLine(inert(piece.repeat(300_000)));
  assert.ok(performance.now() - start < 5_000);
});
