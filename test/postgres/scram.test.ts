import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { UserError } from '../../src/errors.ts';
import { scramVerifier } from '../../src/postgres/scram.ts';
import { Secret } from '../../src/secret.ts';

test('the verifier proves the exchange of RFC 7677, section 3', () => {
  const verifier = scramVerifier(new Secret('pencil'), Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
  const parts = /^SCRAM-SHA-256\$4096:W22ZaJ0SNY7soEsUEjb6gQ==\$([^:]+):(.+)$/.exec(verifier);
  assert(parts?.[1] && parts[2], verifier);
  const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
  const messages = `n=user,r=rOprNGfwEbeRWgbNEkqO,r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=${nonce}`;
  const serverSignature = createHmac('sha256', Buffer.from(parts[2], 'base64'))
    .update(messages)
    .digest('base64');
  assert.equal(serverSignature, '6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
  const storedKey = Buffer.from(parts[1], 'base64');
  const clientSignature = createHmac('sha256', storedKey).update(messages).digest();
  const proof = Buffer.from('dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=', 'base64');
  const clientKey = proof.map((byte, place) => byte ^ (clientSignature[place] ?? 0));
  assert.deepEqual(createHash('sha256').update(clientKey).digest(), storedKey);
});

test('each verifier has a salt of its own and shows nothing of the password', () => {
  const secret = new Secret('correct horse');
  assert.notEqual(scramVerifier(secret), scramVerifier(secret));
  assert.doesNotMatch(scramVerifier(secret), /horse/);
});

test('a password that drivers would read differently is refused without being shown', () => {
  for (const text of ['', 'pässword', 'a\tb', 'a\u00a0b', 'a\0b']) {
    assert.throws(
      () => scramVerifier(new Secret(text)),
      (error) =>
        error instanceof UserError && (text === '' || !`${error.message}${error.hint}`.includes(text)),
    );
  }
});
