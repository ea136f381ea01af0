import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, details, escapeText, fence, link, named, prose, table } from '../../src/report/markdown.ts';
import { clip, clipLines, plain } from '../../src/report/plain.ts';
import { hostileText, seeded } from '../support/hostile.ts';
import { checkMarkdown } from '../support/markdown-check.ts';

const Z = '\u200B';

test('text renders as itself', () => {
  const cases: [text: string, expected: string][] = [
    ['plain words, (in) 3.5 - 4!', 'plain words, (in) 3.5 - 4!'],
    ['a*b_c`d', 'a\\*b\\_c\\`d'],
    ['[x](y)', '\\[x\\](y)'],
    ['<!-- x -->', '&lt;!-- x --&gt;'],
    ['&amp;', '&amp;amp;'],
    ['a|b', 'a\\|b'],
    ['$x$ ~~y~~', '\\$x\\$ \\~\\~y\\~\\~'],
    ['- item', '\\- item'],
    ['# head', '\\# head'],
    ['12. item', '12\\. item'],
    ['a\n\nb\tc', 'a b c'],
    ['@octocat', `@${Z}octocat`],
    ['me@home.example', `me@${Z}home.example`],
    ['see #12 and GH-12', `see #${Z}12 and GH-${Z}12`],
    ['https://x.example', `https:${Z}//x.example`],
    ['www.x.example', `www${Z}.x.example`],
    [':tada:', `:${Z}tada:`],
    ['\u202Eabc', '⟨U+202E⟩abc'],
    ['\u0000\u001B', '␀␛'],
    ['\uD83D', '\uFFFD'],
  ];
  for (const [text, expected] of cases) assert.equal(escapeText(text), expected, JSON.stringify(text));
});

test('code outruns the backticks inside it and keeps out of table bars', () => {
  const cases: [text: string, expected: string][] = [
    ['orders', '`orders`'],
    ['a`b', '``a`b``'],
    ['`a`', '`` `a` ``'],
    ['``', '``` `` ```'],
    ['a|b', '<code>a\\|b</code>'],
    ['a|`<b>', '<code>a\\|\\`&lt;b&gt;</code>'],
    ['a\nb', '`a␊b`'],
    [' a ', '`  a  `'],
    ['', '(empty)'],
    ['  ', '(empty)'],
    ['<!-- x -->', `\`<!${Z}-- x -->\``],
  ];
  for (const [text, expected] of cases) assert.equal(code(text), expected, JSON.stringify(text));
});

test('a sentence keeps its code marks, and nothing else', () => {
  assert.equal(prose('nobody writes to `public.orders` *now*'), 'nobody writes to `public.orders` \\*now\\*');
  assert.equal(prose('an odd ` mark'), 'an odd \\` mark');
  assert.equal(prose('`a` and `<b>`'), '`a` and `<b>`');
  assert.equal(named('a`b'), '`aˋb`');
});

test('a fence is longer than any run inside, and counts what it leaves out', () => {
  assert.equal(fence('SELECT 1;\n', 'sql', 5), '```sql\nSELECT 1;\n```');
  assert.equal(fence('a ```` b', 'text', 5), '`````text\na ```` b\n`````');
  assert.equal(fence('1\r\n2\n3\n4', 'sql', 2), '```sql\n1\n2\n-- … 2 more lines\n```');
  assert.equal(fence('\u001B[31m\ta', 'text', 5), '```text\n␛[31m\ta\n```');
});

test('a link goes only to a plain address', () => {
  assert.equal(
    link('run 1', 'https://github.com/a/b/actions/runs/1'),
    '[run 1](https://github.com/a/b/actions/runs/1)',
  );
  const refused = [
    undefined,
    'javascript:alert(1)',
    'https://x.example/ y',
    'https://x.example/)[z](https://y',
    'https://x.example/<b>',
    `https://x.example/${'a'.repeat(2000)}`,
  ];
  for (const url of refused) assert.equal(link('run 1', url), 'run 1', url);
});

test('tables and folded blocks', () => {
  assert.equal(table(['a', 'b'], [['1', '2']]), '| a | b |\n| --- | --- |\n| 1 | 2 |');
  assert.equal(
    details('`a<b`: done & @x', 'body', true),
    `<details open><summary><code>a&lt;b</code>: done &amp; @${Z}x</summary>\n\nbody\n\n</details>`,
  );
});

test('any hostile text is inert in every form', () => {
  const random = seeded(11);
  for (let round = 0; round < 3000; round++) {
    const text = hostileText(random, 8);
    const cell = [escapeText(text), code(text), prose(text), prose(named(text))];
    checkMarkdown(
      [
        table(['a', 'b', 'c', 'd'], [cell]),
        details(text, fence(text, 'sql', 3)),
        link(`run ${text}`, text),
      ].join('\n\n'),
    );
  }
});

test('cutting is between characters', () => {
  assert.equal(clip('abc', 3), 'abc');
  assert.equal(clip('abcd', 3), 'ab…');
  assert.equal(clip('a😀b', 3), 'a…');
  assert.equal(clip('ab😀', 3), 'ab…');
  for (let maximum = 1; maximum < 12; maximum++) {
    const cut = clip('😀é👩‍👧x😀', maximum);
    assert.ok(cut.isWellFormed() && cut.length <= maximum, String(maximum));
  }
  assert.deepEqual(clipLines('a\nb\nc', 2), { text: 'a\nb', more: 1 });
  assert.equal(clipLines('x'.repeat(400), 1).text.length, 300);
});

test('connection strings are starred out', () => {
  assert.equal(plain('at postgres://u:p@h/d, then'), 'at postgres:*** then');
  assert.equal(plain('xpostgresql://u:p@h/d'), 'xpostgresql:***');
  assert.equal(plain('host=h password=hunter2 user=u'), 'host=h password=*** user=u');
});
