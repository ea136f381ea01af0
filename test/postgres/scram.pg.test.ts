import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProviderError } from '../../src/errors.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { literal } from '../../src/postgres/quote.ts';
import { scramVerifier } from '../../src/postgres/scram.ts';
import { Secret } from '../../src/secret.ts';
import { testServer } from '../support/postgres.ts';

test('a role made with the verifier logs in with the clear password only', async () => {
  const facts = await testServer();
  const password = new Secret(`p ~!'"\\${Math.random()}`);
  const verifier = scramVerifier(password);
  const admin = await openConnection(facts, { applicationName: 'scram' });
  await admin.script(`CREATE ROLE scram_test LOGIN PASSWORD ${literal(verifier)}`);
  const stored = await admin.query("SELECT rolpassword FROM pg_authid WHERE rolname = 'scram_test'");
  assert.deepEqual(stored.rows, [{ rolpassword: verifier }]);
  const role = { ...facts, user: 'scram_test', password };
  const connection = await openConnection(role, { applicationName: 'scram' });
  assert.deepEqual((await connection.query('SELECT current_user::text AS me')).rows, [{ me: 'scram_test' }]);
  await connection.close();
  await assert.rejects(
    openConnection({ ...role, password: new Secret(verifier) }, { applicationName: 'scram' }),
    (error) => error instanceof ProviderError && error.status === '28P01',
  );
  await admin.query('DROP ROLE scram_test');
  await admin.close();
});
