import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import {
  apart,
  type Suggestion,
  suggestedFingerprint,
  suggestionComment,
  suggestionOf,
} from '../../src/report/suggestions.ts';
import type { TextEdit } from '../../src/rules/rule.ts';
import { loadParser } from '../../src/sql/parse.ts';
import { findingOf } from '../support/evidence.ts';
import { hostileText, seeded } from '../support/hostile.ts';
import { lintedFiles } from '../support/linted.ts';
import { checkMarkdown } from '../support/markdown-check.ts';

const edit = (startByte: number, endByte: number, text: string): TextEdit => ({ startByte, endByte, text });
const suggested = (text: string, ...fix: TextEdit[]) => suggestionOf(findingOf({ fix }), Buffer.from(text));

/** The file with the lines put in their place, as GitHub does it. */
function taken(file: string, { startLine, endLine, text }: Suggestion): string {
  const lines = file.split('\n');
  lines.splice(startLine - 1, endLine - startLine + 1, ...(text === '' ? [] : text.split('\n')));
  return lines.join('\n');
}

describe('a suggestion', () => {
  before(loadParser);

  const file = 'a\nbé c\nd\ne\n';
  const cases: readonly [string, string, readonly TextEdit[], string][] = [
    ['within a line', file, [edit(2, 3, 'B')], 'a\nBé c\nd\ne\n'],
    ['at the begin and the end of a line', file, [edit(2, 2, '<'), edit(7, 7, '>')], 'a\n<bé c>\nd\ne\n'],
    ['over several lines', file, [edit(2, 9, 'x\ny')], 'a\nx\ny\ne\n'],
    ['of far lines', file, [edit(0, 1, 'A'), edit(10, 11, 'E')], 'A\nbé c\nd\nE\n'],
    ['that takes lines away', file, [edit(2, 9, '')], 'a\ne\n'],
    ['on the last line without its end', 'a\nb', [edit(3, 3, ';')], 'a\nb;'],
    ['of a line end', file, [edit(1, 2, ' ')], 'a bé c\nd\ne\n'],
  ];
  for (const [name, text, fix, result] of cases) {
    it(`${name} gives the file that the edits give`, () => {
      const suggestion = suggested(text, ...fix);
      assert.ok(suggestion);
      assert.equal(taken(text, suggestion), result);
    });
  }

  it('is not made of what cannot be seen, taken or trusted', () => {
    assert.equal(suggested(file), undefined, 'no edit');
    assert.equal(suggested(file, edit(2, 3, 'b')), undefined, 'nothing changes');
    assert.equal(suggested(file, edit(0, 400, 'x')), undefined, 'beyond the file');
    assert.equal(suggested(file, edit(12, 12, 'x')), undefined, 'behind the last line');
    assert.equal(suggested(file, edit(2, 5, 'x'), edit(3, 4, 'y')), undefined, 'edits over each other');
    assert.equal(suggested('a\r\nb\r\n', edit(0, 1, 'x')), undefined, 'carriage returns');
    assert.equal(suggested('a\u0007\n', edit(0, 1, 'x')), undefined, 'control characters');
    assert.equal(suggested('\uFEFFa\n', edit(3, 4, 'x')), undefined, 'a byte order mark');
    assert.equal(suggested(file, edit(0, 1, 'x'.repeat(6000))), undefined, 'too long');
    const latin = findingOf({ fix: [edit(0, 1, 'x')] });
    assert.equal(suggestionOf(latin, Buffer.from([0x61, 0xe9, 0x0a])), undefined, 'not UTF-8');
  });

  it('of a rule lints clean of that rule once it is taken', () => {
    const text =
      '-- why\nALTER TABLE orders\n  ADD CONSTRAINT f FOREIGN KEY (customer_id) REFERENCES customers (id);\n';
    const [linted] = lintedFiles({ 'a.sql': text });
    const found = linted?.findings.map(({ finding }) => finding) ?? [];
    const fixable = found.find(({ rule }) => rule === 'add-fk-validating');
    const suggestion = fixable && suggestionOf(fixable, Buffer.from(text));
    assert.ok(suggestion);
    assert.deepEqual([suggestion.startLine, suggestion.endLine], [3, 3]);
    const after = lintedFiles({ 'a.sql': taken(text, suggestion) });
    assert.ok(!after[0]?.findings.some(({ finding }) => finding.rule === 'add-fk-validating'));
  });

  it('stands apart from others in its file', () => {
    const at = (path: string, startLine: number, endLine: number): Suggestion => ({
      path,
      startLine,
      endLine,
      text: '',
      finding: findingOf(),
    });
    const all = [at('a', 1, 3), at('a', 3, 4), at('a', 4, 4), at('b', 1, 1), at('c', 1, 1)];
    assert.deepEqual(
      apart(all, 3).map(({ path, startLine }) => `${path}${startLine}`),
      ['a1', 'a4', 'b1'],
    );
  });
});

describe('a suggestion’s comment', () => {
  it('begins with its mark, by which it is found again', () => {
    const suggestion = suggested('a\n', edit(0, 1, 'b'));
    assert.ok(suggestion);
    const body = suggestionComment(suggestion);
    assert.match(body, /^<!-- pullgres suggestion=0123456789abcdef -->\n\n.*nobody can write/);
    assert.match(body, /\n```suggestion\nb\n```\n/);
    assert.equal(suggestedFingerprint(body), '0123456789abcdef');
    assert.equal(suggestedFingerprint(body.replaceAll('\n', '\r\n')), '0123456789abcdef');
    assert.equal(suggestedFingerprint(`Look: ${body}`), undefined);
  });

  it('has a fence that no text ends, and an empty one where lines go', () => {
    const ticks = suggested('a\n', edit(0, 1, "SELECT '````' -- ```"));
    assert.match(ticks ? suggestionComment(ticks) : '', /\n`````suggestion\nSELECT '````' -- ```\n`````\n/);
    const gone = suggested('a\nb\n', edit(0, 2, ''));
    assert.match(gone ? suggestionComment(gone) : '', /\n```suggestion\nb\n```\n/);
    const empty = suggested('a\nb\n', edit(0, 1, ''));
    assert.match(empty ? suggestionComment(empty) : '', /\n```suggestion\n```\n/);
  });

  it('is inert, whatever rule, message and text say', () => {
    const random = seeded(5);
    for (let round = 0; round < 200; round += 1) {
      const finding = findingOf({ message: hostileText(random, 9), help: hostileText(random, 9) });
      const text = hostileText(random, 12).toWellFormed();
      const body = suggestionComment({ path: 'a', startLine: 1, endLine: 1, text, finding });
      const fence = /\n(`{3,})suggestion\n/.exec(body)?.[1] ?? '';
      assert.ok(body.includes(`\n${fence}suggestion\n${text}\n${fence}\n`) && !text.includes(fence));
      const [, , told, ...rest] = body.split('\n');
      checkMarkdown(`${told}\n\n${(rest.at(-1) ?? '').split(' · ')[0]}`);
    }
  });
});
