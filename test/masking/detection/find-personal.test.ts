import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';
import { findPersonal } from '../../../src/masking/detection/find-personal.ts';
import { seeded } from '../../fixtures/personal/random.ts';
import { makeValue } from '../../fixtures/personal/values.ts';

const root = resolve(import.meta.dirname, '../../..');
const random = seeded(9);
const value = (generator: string): string => makeValue(random, generator, 0);

/** Put together here, so that no scanner of this repository takes the test for a leak. */
const awsKey = `${'AKIA'}${'ABCDEFGH23456777'}`;
const githubToken = `ghp_${'a1B2'.repeat(9)}`;

const PERSONAL: readonly (readonly [string, string])[] = [
  ["COMMENT ON TABLE t IS 'ask anna.berg@letters.dev'", 'email'],
  ["DEFAULT 'ops@letters.dev'::text", 'email'],
  [`-- refund to ${value('iban.DE')}`, 'bank account'],
  [`-- refund to ${value('iban.FR').replace(/(.{4})/g, '$1 ')}`, 'bank account'],
  [`card '${value('card')}'`, 'payment card'],
  [`ssn ${value('ssn')} is ours`, 'national id'],
  ['call +49 30 23125 123 at night', 'phone'],
  [`key ${awsKey}`, 'secret'],
  [`token=${githubToken}`, 'secret'],
  [`hash '${value('bcrypt')}'`, 'secret'],
  [`bearer ${value('jwt')}`, 'secret'],
  ["dblink('postgresql://app:hunter22@db.internal:5432/x')", 'secret'],
  [`-----BEGIN RSA PRIVATE${' '}KEY-----`, 'secret'],
];

for (const [text, kind] of PERSONAL) {
  test(`${kind} is found, and not repeated: ${text.slice(0, 20)}…`, () => {
    const found = findPersonal(text);
    assert.deepEqual(
      found.map((one) => one.class),
      [kind],
    );
    assert.ok(found.every(({ because }) => !text.includes(because.slice(3))));
  });
}

const HARMLESS: readonly string[] = [
  "COMMENT ON COLUMN t.email IS 'like user@example.com or a@b.test'",
  "CHECK (email ~ '^[^@]+@[^@]+\\.[^@]+$')",
  'icon@2x.png',
  "DEFAULT nextval('public.orders_id_seq'::regclass)",
  "DEFAULT '00000000-0000-0000-0000-000000000000'::uuid",
  'VALUES (4111, 1234567890123456)',
  'version 20240102030405, build 2024.01.02.0304',
  "interval '+10 20:30:40.123456'",
  'postgres://localhost:5432/app and https://letters.dev/@anna',
  `postgres://app:${'$'}{PASSWORD}@db/app`,
  'SELECT 1.234567890123456789',
  'COLLATE "de-DE-x-icu" 12-34-5678',
  'git@github.com:letters/app.git'.replace('github.com', 'host'),
];

for (const text of HARMLESS) {
  test(`nothing personal: ${text}`, () => assert.deepEqual(findPersonal(text), []));
}

test('no false alarm over every migration and schema of the fixtures and every rule', () => {
  const files = [
    'fixtures/tools',
    'fixtures/shop/migrations',
    'fixtures/shop/pull-requests',
    'src/rules',
    'test/migrations',
  ].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  );
  const texts = files.filter((file) => /\.(sql|rb|py|php|prisma|xml|ya?ml|md)$/.test(file));
  assert.ok(texts.length > 600, `only ${texts.length} files`);
  const alarms = texts.filter((file) => findPersonal(readFileSync(join(root, file), 'utf8')).length > 0);
  assert.deepEqual(alarms, []);
});

test('long texts are read to their end, whatever they are made of', () => {
  const filler = ['a.', '+1 ', 'a@', '1234 ', 'AA11 ', 'a:/', '-'].map((piece) =>
    piece.repeat(60_000 / piece.length),
  );
  assert.deepEqual(
    findPersonal(`${filler.join('\n')}\n anna.berg@letters.dev`).map((one) => one.class),
    ['email'],
  );
});
