import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { unread } from '../../../src/rehearsal/recorded/message-plan.ts';
import { withoutPasswords } from '../../../src/rehearsal/recorded/passwords.ts';
import { loadParser, parseSql } from '../../../src/sql/parse.ts';

before(() => loadParser());

function kept(sql: string): string {
  const parsed = parseSql(sql, 'x.sql', { startByte: 0, endByte: Buffer.byteLength(sql) });
  const [statement = assert.fail('it was not read')] = parsed.ok ? parsed.statements : [];
  return withoutPasswords(statement);
}

const cases: readonly [sql: string, kept: string][] = [
  ["create role a login password 'to''psecret'", "create role a login password '***'"],
  [String.raw`alter role a password e'to\'psecret'`, "alter role a password '***'"],
  ['alter role a password $x$topsecret$x$', "alter role a password '***'"],
  [
    "create user mapping for a server s options (user 'u', password 'topsecret')",
    "create user mapping for a server s options (user '***', password '***')",
  ],
  [
    "create subscription s connection 'host=h password=topsecret' publication p",
    "create subscription s connection 'password=***' publication p",
  ],
  ["select dblink_connect('postgres://u:topsecret@h/d')", "select dblink_connect('://u:***')"],
  ["insert into t (password) values ('x')", "insert into t (password) values ('x')"],
  ["set password_encryption = 'md5'", "set password_encryption = 'md5'"],
];
for (const [sql, wanted] of cases) test(`kept of: ${sql}`, () => assert.equal(kept(sql), wanted));

test('what is kept still reads as a statement with a password', () => {
  for (const [sql] of cases.slice(0, 5)) assert.equal(kept(kept(sql)), kept(sql));
});

test('of what is not read no constant beside a password is kept', () => {
  assert.equal(withoutPasswords(unread("create rol a password 'x'")), "create rol a password '***'");
  assert.equal(withoutPasswords(unread("selec 'x'")), "selec 'x'");
});
