import assert from 'node:assert/strict';
import { it } from 'node:test';
import { ProviderError } from '../../src/errors.ts';
import type { Verdict } from '../../src/masking/verification/verdicts.ts';
import { ServerError } from '../../src/postgres/connection.ts';
import { prove } from '../../src/refresh/prove.ts';

const failing = (error: Error) => (): Promise<Verdict> => Promise.reject(error);
const clock = (): number => 0;

it('a check that a server refuses is unproven, and tells its SQLSTATE alone', async () => {
  const refusal = new ServerError('the value person7@mail.test is refused', {
    code: '42501',
    severity: 'ERROR',
  });
  assert.deepEqual(await prove('bytes', failing(refusal), clock), {
    name: 'bytes',
    status: 'unproven',
    summary: 'It could not be asked: SQLSTATE 42501',
    problems: [],
    durationMs: 0,
  });
  const provider = await prove('bytes', failing(new ProviderError('The source refused it.')), clock);
  assert.equal(provider.status, 'unproven');
});

it('what is no refusal is thrown on', async () => {
  const lost = new ProviderError('The connection is lost.', { retryable: true });
  for (const error of [lost, new TypeError('a bug')]) {
    await assert.rejects(prove('bytes', failing(error), clock), error);
  }
});
