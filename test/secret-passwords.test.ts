import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { starPasswords } from '../src/secret.ts';

describe('starPasswords', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['postgresql+psycopg2://u:hunter6@h/db failed', 'postgresql+psycopg2://*** failed'],
    ['mysql://root:hunter6@h:3306/x', 'mysql://***@h:3306/x'],
    ['see https://example.com:8080/a?b=c@d', 'see https://example.com:8080/a?b=c@d'],
    ["create role a PASSWORD 'hunt''er5' login", "create role a PASSWORD '***' login"],
    ["alter role a password 'one\ntwo';", "alter role a password '***\n';"],
    ["options (user 'u', password 'hunter5')", "options (user 'u', password '***')"],
    ["connection 'host=h password=''hunter3'' user=u'", "connection 'host=h password=''***'' user=u'"],
    ["connection 'host=h password=hunter3 user=u'", "connection 'host=h password=*** user=u'"],
    ['connecting with password: hunter8', 'connecting with password: ***'],
    ['{"password": "hunter8", "a": 1}', '{"password": "***", "a": 1}'],
    ['PGPASSWORD=hunter8 psql', 'PGPASSWORD=*** psql'],
    ["alter role a password '' ; select 'x'", "alter role a password '' ; select 'x'"],
    [
      'select password::text, password_digest from users',
      'select password::text, password_digest from users',
    ],
  ];
  for (const [text, clean] of cases) {
    test(text, () => {
      assert.equal(starPasswords(text), clean);
      assert.equal(starPasswords(clean), clean);
    });
  }

  test('hostile lengths cost little', () => {
    for (const part of ["password '", 'password        ', 'a://b:', 'password=""'])
      starPasswords(part.repeat(20_000));
  });
});
