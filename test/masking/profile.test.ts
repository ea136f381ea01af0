import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { maskOf, parseProfile } from '../../src/masking/profile.ts';

const parse = (columns: unknown) => parseProfile({ version: 1, columns }, 'masking.yml');

test('a profile names columns and their strategies', () => {
  assert.deepEqual(
    parse({
      'customers.id': 'keep',
      'customers.note': 'null',
      'shop."Odd.Table"."a""b"': 'empty',
      'audit.log.email': { expression: "md5(email) || '@example.org'" },
    }),
    [
      { schema: 'public', table: 'customers', column: 'id', strategy: 'keep' },
      { schema: 'public', table: 'customers', column: 'note', strategy: 'null' },
      { schema: 'shop', table: 'Odd.Table', column: 'a"b', strategy: 'empty' },
      {
        schema: 'audit',
        table: 'log',
        column: 'email',
        strategy: { expression: "md5(email) || '@example.org'" },
      },
    ],
  );
});

test('an expression is checked against the columns of its row', () => {
  const [kept, masked] = parse({ 't.id': 'keep', 't.email': { expression: 'lower(email)' } });
  assert.ok(kept && masked);
  assert.equal(maskOf(kept, ['id']), 'keep');
  assert.deepEqual(maskOf(masked, ['id', 'email']), {
    sql: 'pg_catalog."lower"("email")',
    columns: ['email'],
  });
  assert.throws(() => maskOf(masked, ['id']), UserError);
});

test('what is unknown is refused with what to write', () => {
  const table: [value: unknown, reason: RegExp][] = [
    [null, /the profile: /],
    [{ version: 2, columns: {} }, /"version": /],
    [{ version: 1, columns: {}, extra: 1 }, /extra/],
    [{ version: 1, columns: { email: 'keep' } }, /write table\.column/],
    [{ version: 1, columns: { 'a.b.c.d': 'keep' } }, /write table\.column/],
    [{ version: 1, columns: { 'A.b': 'keep' } }, /write table\.column/],
    [{ version: 1, columns: { 't.c; drop table t': 'keep' } }, /write table\.column/],
    [{ version: 1, columns: { 't.c': 'hash' } }, /"columns t\.c": write keep, "null", empty/],
    [{ version: 1, columns: { 't.c': null } }, /write "null" in quotes/],
    [{ version: 1, columns: { 't.c': { expression: '' } } }, /"columns t\.c/],
    [{ version: 1, columns: { 't.c': { expression: 'x', other: 1 } } }, /"columns t\.c/],
    [{ version: 1, columns: { 't.c': 'keep', 'public."t".c': 'null' } }, /names public\.t\.c twice/],
  ];
  for (const [value, reason] of table) {
    assert.throws(
      () => parseProfile(value, 'masking.yml'),
      (error) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, reason);
        return true;
      },
    );
  }
});
