import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { identifier, literal, qualified } from '../../src/postgres/quote.ts';

test('an identifier is quoted, with quotes inside doubled', () => {
  const cases = {
    orders: '"orders"',
    'a"b': '"a""b"',
    '"; drop database postgres; --': '"""; drop database postgres; --"',
    $x$: '"$x$"',
    Ünï: '"Ünï"',
  };
  for (const [name, quoted] of Object.entries(cases)) assert.equal(identifier(name), quoted);
});

test('a qualified name quotes each part by itself', () => {
  assert.equal(qualified('public', 'a.b'), '"public"."a.b"');
  assert.equal(qualified('orders'), '"orders"');
});

test('a literal doubles quotes and, with a backslash inside, escapes it', () => {
  const cases = { "it's": "'it''s'", plain: "'plain'", 'a\\b': " E'a\\\\b'", "\\'": " E'\\\\'''", '': "''" };
  for (const [text, quoted] of Object.entries(cases)) assert.equal(literal(text), quoted);
});

test('what no server can store is refused', () => {
  assert.throws(() => identifier(''), UserError);
  assert.throws(() => identifier('a\0b'), UserError);
  assert.throws(() => literal('a\0b'), UserError);
});
