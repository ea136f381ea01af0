import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { maskKeys } from '../../src/masking/keys.ts';
import type { MaskPlan } from '../../src/masking/mask-plan.ts';
import { planMasks } from '../../src/masking/plan.ts';
import { parseMaskingProfile } from '../../src/masking/profile/parse.ts';
import { tableKey } from '../../src/masking/source.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { Secret } from '../../src/secret.ts';
import { freshDatabase } from '../support/postgres.ts';
import { key, reference, schema, table } from './support/schema.ts';

const source = schema(
  table('users', ['id int8', 'email text', 'doc jsonb', 'v tsvector'], {
    keys: [key('primary key', ['id']), key('unique', ['lower(email)'], { reads: ['email'] })],
  }),
  table('orders', ['user_id int8', 'mail text', 'at timestamptz'], {
    foreignKeys: [reference('user_id -> public.users.id')],
  }),
);

const PROFILE = `version: 1
tables:
  users: {id: digits, email: email, doc: {$.contact.mail: email, "*": drop}, v: {derive: "to_tsvector('simple', email)"}}
  orders: {mail: {like: users.email}, at: clear, subset: "at > now() - interval '9 days'"}
keep:
  users: {where: "email like '%@corp.example'", reason: staff of the firm, owner: "@bo"}`;

const connection = await openConnection(await freshDatabase(), { applicationName: 'plan test' });
after(() => connection.close());

function selectOf(plan: MaskPlan, name: string): string {
  const one = plan.tables.get(tableKey('public', name));
  const columns = one?.columns.map(
    ({ name, mask }) => `${mask.kind === 'masked' ? mask.sql : `"${name}"`} AS "${name}"`,
  );
  return `SELECT ${columns?.join(', ')} FROM public."${name}"${one?.subset ? ` WHERE ${one.subset}` : ''}`;
}

test('one person has one mask: in a column, in its copy, in a document, in what is derived', async () => {
  const profile = parseMaskingProfile(parse(PROFILE), 'masking.yml');
  const result = planMasks({ profile, schema: source, today: '2026-11-22' });
  assert.ok('plan' in result, JSON.stringify(result));
  await connection.script(`
    create table users (id bigint primary key, email text, doc jsonb, v tsvector);
    create table orders (user_id bigint references users, mail text, at timestamptz);
    insert into users select n, m, jsonb_build_object('contact', jsonb_build_object('mail', m), 'x', m), to_tsvector('simple', m)
      from (values (1, 'Anna@mail.example'), (22, 'bo@corp.example')) as t (n, m);
    insert into orders select id, email, now() from users;
    insert into orders select id, email, now() - interval '30 days' from users;`);
  for (const [setting, secret] of maskKeys(new Secret('k'.repeat(32)), result.plan.domains).settings) {
    await connection.query('select set_config($1, $2, false)', [setting, secret.reveal()]);
  }
  const users = (await connection.query(selectOf(result.plan, 'users'))).rows;
  const orders = (await connection.query(selectOf(result.plan, 'orders'))).rows;
  assert.equal(orders.length, 2);
  const [anna, bo] = users;
  assert.match(String(anna?.email), /@[a-z0-9.]+\.(test|example|invalid)$|@example\.(com|org|net)$/);
  assert.ok(!JSON.stringify(anna).toLowerCase().includes('anna'));
  assert.deepEqual(anna?.doc, { contact: { mail: anna?.email } });
  assert.ok(String(anna?.v).includes(String(anna?.email)));
  assert.equal(bo?.email, 'bo@corp.example');
  assert.deepEqual(
    orders.map(({ user_id }) => user_id),
    users.map(({ id }) => id),
  );
  assert.equal(orders[0]?.mail, anna?.email);
  assert.notEqual(orders[1]?.mail, bo?.email);
});
