import assert from 'node:assert/strict';
import { it } from 'node:test';
import { redactor } from '../../src/testing/redact.ts';

const password = "p@ss $&w!rd's";
const url = `postgresql://u:${encodeURIComponent(password)}@localhost:5432/d`;
const redact = redactor(password, url);

for (const [what, text, clean] of [
  ['the password', `is ${password}, twice ${password}`, 'is ***, twice ***'],
  ['its percent-encoded form', `is ${encodeURIComponent(password)}.`, 'is ***.'],
  ['its strictly percent-encoded form', 'is p%40ss%20%24%26w%21rd%27s.', 'is ***.'],
  ['the whole URL', `DATABASE_URL=${url} x`, 'DATABASE_URL=*** x'],
  ['the password inside another URL', `postgres://u:${encodeURIComponent(password)}@h/x`, 'postgres://***'],
  ['nothing else', 'localhost:5432 u d', 'localhost:5432 u d'],
] as const) {
  it(`redacts ${what}`, () => assert.equal(redact(text), clean));
}

it('leaves text alone when there is no password', () => {
  assert.equal(redactor('', '')('a b c'), 'a b c');
});
