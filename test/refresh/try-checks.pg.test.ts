import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { maskKeys } from '../../src/masking/keys.ts';
import { planMasks } from '../../src/masking/plan.ts';
import { parseMaskingProfile } from '../../src/masking/profile/parse.ts';
import { type Connection, openConnection } from '../../src/postgres/connection.ts';
import { readSourceSchema } from '../../src/refresh/read-schema.ts';
import { setKeys } from '../../src/refresh/source-session.ts';
import { triedDomains, tryChecks } from '../../src/refresh/try-checks.ts';
import { Secret } from '../../src/secret.ts';
import { freshDatabase } from '../support/postgres.ts';

const SCHEMA = `
  CREATE DOMAIN public.iban_d AS text CHECK (length(VALUE) BETWEEN 15 AND 34);
  CREATE DOMAIN public.iban_de AS public.iban_d CHECK (VALUE LIKE 'DE%');
  CREATE FUNCTION public.own(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length($1) = 1';
  CREATE TABLE public.t (iban public.iban_de, code text CHECK (code LIKE 'K%'), all_ibans public.iban_de[],
    odd text, old text, CHECK (public.own(odd)));
  INSERT INTO public.t SELECT 'DE89370400440532013' || lpad(n::text, 3, '0'), 'K' || n, ARRAY['DE89370400440532013000'], 'x', 'nope'
    FROM generate_series(1, 200) n;
  ALTER TABLE public.t ADD CONSTRAINT later CHECK (old LIKE 'K%') NOT VALID;`;

describe('masks are tried on rows before anything is made', () => {
  let session: Connection;
  before(async () => {
    session = await openConnection(await freshDatabase(), { applicationName: 'test' });
    await session.script(SCHEMA);
  });
  after(() => session.close());

  async function tried(rules: string) {
    const schema = await readSourceSchema(session);
    const profile = parseMaskingProfile(parse(`version: 1\ntables: {t: {${rules}, "*": clear}}`), 'm.yml');
    const planned = planMasks({ profile, schema, today: '2026-11-22' });
    assert.ok('plan' in planned, JSON.stringify(planned));
    await setKeys(session, maskKeys(new Secret(randomBytes(32).toString('hex')), triedDomains(planned.plan)));
    await session.script('BEGIN READ ONLY');
    try {
      return await tryChecks(session, planned.plan);
    } finally {
      await session.script('ROLLBACK');
    }
  }

  test('a domain over a domain is held against what the mask gives', async () => {
    const [found, ...others] = await tried('iban: code');
    assert.equal(others.length, 0);
    assert.equal(found?.where, 'public.t.iban');
    assert.match(found?.what ?? '', /^code: the type public\.iban_de does not hold/);
    assert.match(found?.remedy ?? '', /^What holds for them: id\.iban/);
    assert.ok(!JSON.stringify(found).includes('DE8937'));
    assert.deepEqual(await tried('iban: id.iban'), []);
    assert.equal((await tried('all_ibans: {elements: code}')).length, 1);
  });

  test('so is a CHECK of the table, whichever of its columns is masked', async () => {
    const [found] = await tried('code: code');
    assert.equal(found?.where, 'public.t.code');
    assert.match(
      found?.what ?? '',
      /^code: CHECK t_code_check does not hold for \d+ of a sample of up to 20000 masked rows/,
    );
    assert.match(found?.remedy ?? '', /digits/);
    assert.deepEqual(await tried('code: digits'), []);
  });

  test('what rows break as they are, and what calls the team’s own functions, is left alone', async () => {
    assert.deepEqual(await tried(`old: code, odd: {sql: "odd || 'y'"}`), []);
  });
});
