import assert from 'node:assert/strict';
import { it } from 'node:test';
import { publicKeyText, signingKey } from '../../src/masking/signing-key.ts';
import { trustOf } from '../../src/operations/trust.ts';
import { MASTER } from '../support/torture.ts';

it('says of a baseline without an attestation that it bears none', () => {
  const key = publicKeyText(signingKey({ given: undefined, master: MASTER }));
  const trust = trustOf({ 'public-keys': [key], 'max-age': '7d' });
  const now = new Date();
  const baseline = { id: 'shop@1', kind: 'masked', createdAt: now.toISOString() } as const;
  const distrust = trust(baseline, { now, databaseOid: 1, systemIdentifier: null });
  assert.match(distrust?.why ?? '', /bears no attestation/);
  const broken = trust({ ...baseline, attestation: '{' }, { now, databaseOid: 1, systemIdentifier: null });
  assert.match(broken?.why ?? '', /not JSON/);
});
