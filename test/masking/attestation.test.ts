import assert from 'node:assert/strict';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  canonicalJson,
  type Judging,
  judgeAttestation,
  readAttestation,
  signAttestation,
} from '../../src/masking/attestation.ts';
import { type Attestation, type AttestationBody, NEEDED_CHECKS } from '../../src/masking/attestation-body.ts';
import { makeKeys, publicKeyText, signingKey } from '../../src/masking/signing-key.ts';
import { Secret } from '../../src/secret.ts';

const master = new Secret('m'.repeat(43));
const privateKey = signingKey({ given: undefined, master });
const publicKey = publicKeyText(privateKey);

const BODY: AttestationBody = {
  version: 1,
  baseline: 'shop@20260601T000000Z',
  databaseOid: 16_400,
  systemIdentifier: '7400000000000000001',
  sourceAt: '2026-06-01T00:00:00.000Z',
  provedAt: '2026-06-01T01:00:00.000Z',
  profileHash: 'a'.repeat(64),
  manifestHash: 'b'.repeat(64),
  schemaFingerprint: 'c'.repeat(64),
  keyId: 'd'.repeat(16),
  tables: 4,
  rows: 1000,
  needles: 200,
  bytesScanned: 123_456,
  checks: NEEDED_CHECKS.map((name) => ({ name, status: 'proved' })),
  tool: 'pullgres 0.0.0',
};

const JUDGING: Judging = {
  publicKeys: [publicKey],
  at: { baseline: BODY.baseline, databaseOid: 16_400, systemIdentifier: '7400000000000000001' },
  now: new Date('2026-06-02T00:00:00Z'),
  maxAgeMs: 7 * 86_400_000,
};

const sign = (change: Partial<AttestationBody> = {}) => signAttestation({ ...BODY, ...change }, privateKey);
const why = (attestation: Attestation, change: Partial<Judging> = {}) =>
  judgeAttestation(attestation, { ...JUDGING, ...change })?.why;

test('a sound attestation is trusted, also after a way through JSON with its keys in another order', () => {
  assert.equal(judgeAttestation(sign(), JUDGING), undefined);
  const turned = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(turned);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, each]) => [key, turned(each)]),
    );
  };
  const text = JSON.stringify(turned(sign()));
  assert.notEqual(text, JSON.stringify(sign()));
  assert.equal(judgeAttestation(readAttestation(text), JUDGING), undefined);
});

test('canonical JSON sorts keys at every depth and keeps the order of arrays', () => {
  assert.equal(
    canonicalJson({ b: [{ z: 1, a: null }, 'é"'], a: undefined, A: 0.5 }),
    '{"A":0.5,"b":[{"a":null,"z":1},"é\\""]}',
  );
});

/** Every field of the body: an edit of any one breaks the signature. */
const EDITS: { readonly [field in keyof AttestationBody]: AttestationBody[field] } = {
  version: 1,
  baseline: 'other@20260601T000000Z',
  databaseOid: 16_401,
  systemIdentifier: null,
  sourceAt: '2026-06-01T00:00:01.000Z',
  provedAt: '2026-06-01T01:00:01.000Z',
  profileHash: 'e'.repeat(64),
  manifestHash: 'e'.repeat(64),
  schemaFingerprint: 'e'.repeat(64),
  keyId: 'e'.repeat(16),
  tables: 5,
  rows: 1001,
  needles: 201,
  bytesScanned: 123_457,
  checks: [...NEEDED_CHECKS, 'more'].map((name) => ({ name, status: 'proved' })),
  tool: 'pullgres 9.9.9',
};

for (const [field, value] of Object.entries(EDITS)) {
  if (field === 'version') continue;
  test(`an edited ${field} is refused`, () => {
    const sound = sign();
    assert.match(why({ ...sound, body: { ...sound.body, [field]: value } }) ?? '', /signature .* wrong/);
  });
}

const other = generateKeyPairSync('ed25519').privateKey;

test('a signer that the policy does not name is refused, and so is one who borrows a trusted name', () => {
  const foreign = signAttestation(BODY, other);
  assert.match(why(foreign) ?? '', /not in the policy/);
  assert.match(why({ ...foreign, signer: sign().signer }) ?? '', /signature .* wrong/);
  assert.match(why(sign(), { publicKeys: [] }) ?? '', /not in the policy/);
  assert.match(why(sign(), { publicKeys: ['x'.repeat(60)] }) ?? '', /1 of the policy’s keys cannot be read/);
  assert.equal(why(foreign, { publicKeys: ['x'.repeat(60), publicKey, publicKeyText(other)] }), undefined);
});

const REFUSED: readonly (readonly [string, Partial<AttestationBody>, Partial<Judging>, RegExp])[] = [
  ['another baseline', { baseline: 'other@1' }, {}, /about the baseline "other@1"/],
  ['another database', { databaseOid: 16_401 }, {}, /database number 16401, and this is number 16400/],
  ['another cluster', { systemIdentifier: '1' }, {}, /another server/],
  ['no cluster named, where the server tells it', { systemIdentifier: null }, {}, /another server/],
  [
    'a cluster named, where the server does not tell it',
    {},
    { at: { ...JUDGING.at, systemIdentifier: null } },
    /does not tell/,
  ],
  [
    'a failed check',
    { checks: [...BODY.checks, { name: 'fidelity', status: 'failed' }] },
    {},
    /fidelity failed/,
  ],
  [
    'an unproven check',
    { checks: [...BODY.checks, { name: 'bytes', status: 'unproven' }] },
    {},
    /bytes unproven/,
  ],
  ['a check that was left out', { checks: BODY.checks.slice(1) }, {}, /says nothing of: structure/],
  ['no check at all', { checks: [] }, {}, /says nothing of: structure, masks, rows, bytes, overlap/],
  ['too old', {}, { now: new Date('2026-06-08T00:00:00.001Z') }, /longer ago/],
  ['from the future', {}, { now: new Date('2026-05-31T23:54:00Z') }, /still to come/],
  ['proved in the future', { provedAt: '2026-06-03T00:00:00Z' }, {}, /still to come/],
];

for (const [name, body, judging, pattern] of REFUSED) {
  test(`refused: ${name}`, () => assert.match(why(sign(body), judging) ?? '', pattern));
}

test('the last moment of its age, minutes of clock skew, and a server that never tells its number are allowed', () => {
  assert.equal(why(sign(), { now: new Date('2026-06-08T00:00:00.000Z') }), undefined);
  assert.equal(why(sign(), { now: new Date('2026-06-01T00:57:00Z') }), undefined);
  const at = { ...JUDGING.at, systemIdentifier: null };
  assert.equal(why(sign({ systemIdentifier: null }), { at }), undefined);
});

const MALFORMED: readonly (readonly [string, string, RegExp])[] = [
  ['no JSON', '{', /not JSON/],
  ['an extra word', JSON.stringify({ ...sign(), more: 1 }), /the whole/],
  ['an extra word in the body', JSON.stringify({ ...sign(), body: { ...BODY, more: 1 } }), /body/],
  ['a missing field', JSON.stringify({ ...sign(), body: { ...BODY, rows: undefined } }), /body\.rows/],
  ['a later version', JSON.stringify({ ...sign(), body: { ...BODY, version: 2 } }), /body\.version/],
  ['a short signature', JSON.stringify({ ...sign(), signature: 'AA==' }), /signature/],
  [
    'too long',
    JSON.stringify({ ...sign(), body: { ...BODY, tool: 'x'.repeat(40_000) } }),
    /32,768 characters/,
  ],
];

for (const [name, text, pattern] of MALFORMED) {
  test(`not read: ${name}`, () =>
    assert.throws(() => readAttestation(text), { name: 'UserError', message: pattern }));
}

test('a signing key is read as PEM or base64, is derived else, and is never in a message', () => {
  const { privateKey: mine, publicKey: half } = generateKeyPairSync('ed25519');
  const pem = mine.export({ format: 'pem', type: 'pkcs8' }).toString();
  const der = mine.export({ format: 'der', type: 'pkcs8' }).toString('base64');
  const expected = half.export({ format: 'der', type: 'spki' }).toString('base64');
  for (const text of [pem, der, `${der}\n`]) {
    assert.equal(publicKeyText(signingKey({ given: new Secret(text), master })), expected);
  }
  assert.equal(publicKeyText(signingKey({ given: undefined, master })), publicKey);
  assert.notEqual(
    publicKeyText(signingKey({ given: undefined, master: new Secret('n'.repeat(43)) })),
    publicKey,
  );
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey;
  for (const text of ['hunter2hunter2', rsa.export({ format: 'pem', type: 'pkcs8' }).toString()]) {
    assert.throws(
      () => signingKey({ given: new Secret(text), master }),
      (error: Error) =>
        error.name === 'UserError' && !`${error.message}${String(error.cause)}`.includes(text.slice(0, 20)),
    );
  }
});

test('new keys: 32 bytes of the generator, and the public key of what they sign', () => {
  const { maskKey, publicKey: made } = makeKeys((bytes) => new Uint8Array(bytes).fill(7));
  assert.equal(maskKey.reveal(), Buffer.alloc(32, 7).toString('base64url'));
  const signed = signAttestation(BODY, signingKey({ given: undefined, master: maskKey }));
  assert.equal(why(signed, { publicKeys: [made] }), undefined);
  assert.notEqual(makeKeys(randomBytes).publicKey, makeKeys(randomBytes).publicKey);
});
