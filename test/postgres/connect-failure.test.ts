import assert from 'node:assert/strict';
import { it } from 'node:test';
import { connectFailure } from '../../src/postgres/connect-failure.ts';
import { Secret } from '../../src/secret.ts';

it('says of a server that goes away during the log-in that it may have stopped', () => {
  const facts = {
    host: 'db.example',
    port: 5432,
    user: 'u',
    password: new Secret('x'),
    database: 'd',
    sslmode: 'disable',
  } as const;
  const failure = connectFailure(facts, Object.assign(new Error('reset'), { code: 'ECONNRESET' }));
  assert.match(failure.hint ?? '', /^A server that stops or restarts/);
  assert.ok(failure.retryable);
});
