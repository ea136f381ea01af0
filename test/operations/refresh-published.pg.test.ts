import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import {
  ask,
  MASTER,
  newMaster,
  onDatabase,
  refreshTorture,
  tortureProvider,
  tortureSource,
  trusting,
} from '../support/torture.ts';

const WIDE = `CREATE TABLE public.wide (${Array.from({ length: 1600 }, (_, at) => `c${at} boolean`).join(', ')});`;
const OTHER = newMaster();
const POLICY = trusting(MASTER, OTHER);

let number = 0;
/** The facts of a new branch of the newest version. */
async function branchOf(name: string): Promise<ConnectionFacts> {
  const provider = await tortureProvider(POLICY);
  const baseline = await provider.resolveBaseline(name);
  assert.ok(baseline);
  number += 1;
  const { branch } = await provider.create({
    identity: { repositoryId: 1, subject: { kind: 'pull-request', number } },
    baselineId: baseline.id,
    headSha: 'a'.repeat(40),
    baseRef: 'main',
    expiresAt: new Date(Date.now() + 3_600_000).toISOString(),
  });
  return provider.connect(branch);
}

const NAME = `torture-branch-${process.pid}`;
const withWide = (text: string): string =>
  `${text}\nkeep:\n  employees: {where: "id = 5", reason: "an account of the tests", owner: tests}\n`;
const MAILS = 'SELECT id::int, email::text, phone, device::text FROM public.users ORDER BY id';
const STAFF = 'SELECT name, salary FROM public.employees WHERE id = 5';

describe('a branch of the masked torture schema', () => {
  let source: ConnectionFacts;
  let branch: ConnectionFacts;
  const one = async (sql: string): Promise<unknown> => Object.values((await ask(branch, sql))[0] ?? {})[0];
  const again = async (maskKey = MASTER) => {
    const { record } = await refreshTorture({
      source,
      pre: WIDE,
      name: NAME,
      profile: withWide,
      maskKey,
      policy: POLICY,
    });
    assert.equal(record.status, 'published', JSON.stringify([record.reason, record.checks]));
    return record;
  };

  before(async () => {
    source = await tortureSource('small', WIDE, 'INSERT INTO public.wide (c0, c1599) VALUES (true, false)');
    await again();
    branch = await branchOf(NAME);
  });

  it('takes reads and writes in every table', async () => {
    const tables = await ask(
      branch,
      "SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p') AND c.oid >= 16384 AND n.nspname !~ '^pg_'",
    );
    assert.ok(tables.length > 20);
    await onDatabase(branch, async (connection) => {
      for (const { name } of tables) {
        await connection.query(`SELECT count(*) FROM ${name}`);
        await connection.script(`DELETE FROM ${name} WHERE false`);
      }
    });
  });

  it('holds its keys, and its sequences go on', async () => {
    const insert = (mail: string): string =>
      `INSERT INTO public.users (email, last_name) VALUES ('${mail}', 'New') RETURNING id::int`;
    assert.equal(await one(insert('new@example.test')), 301);
    await assert.rejects(one(insert('NEW@example.test')), { code: '23505' });
    await assert.rejects(one(`INSERT INTO public.shipments VALUES (77, 77, 1)`), { code: '23503' });
    await one("DELETE FROM public.users WHERE email = 'new@example.test'");
  });

  it('has what is computed computed anew', async () => {
    assert.equal(
      await one(`SELECT count(*)::int FROM public.users WHERE full_name <> coalesce(first_name, '') || ' ' || last_name
        OR search <> to_tsvector('simple', coalesce(first_name, '') || ' ' || last_name)`),
      0,
    );
    assert.equal(await one('SELECT sum(users)::int FROM public.mail_domains'), 300);
    assert.equal(await one('SELECT count(*)::int FROM public.nothing'), 2);
    assert.equal(await one('SELECT count(*)::int FROM public.wide WHERE c0 AND NOT c1599'), 1);
  });

  it('has row-level security, and no event trigger that reacts', async () => {
    assert.equal(await one("SELECT relrowsecurity FROM pg_class WHERE relname = 'secrets_of_tenants'"), true);
    assert.equal(await one("SELECT count(*)::int FROM pg_event_trigger WHERE evtenabled <> 'D'"), 0);
    assert.equal(await one('SELECT count(*)::int FROM pg_largeobject_metadata'), 0);
  });

  it('joins what was joined', async () => {
    const joined =
      'SELECT count(*)::int FROM public.users u JOIN public."Order ""Items""" o ON lower(o."e-mail") = lower(u.email::text)';
    const before = Object.values((await ask(source, joined))[0] ?? {})[0];
    assert.ok(Number(before) > 0);
    assert.equal(await one(joined), before);
  });

  it('keeps the account that is kept, and masks the same way until the key is another', async () => {
    const kept = await ask(source, STAFF);
    const first = await ask(branch, MAILS);
    assert.deepEqual(await ask(branch, STAFF), kept);
    assert.notEqual(first[5]?.email, (await ask(source, MAILS))[5]?.email);
    await again();
    assert.deepEqual(await ask(await branchOf(NAME), MAILS), first);
    await again(OTHER);
    const third = await branchOf(NAME);
    assert.deepEqual(await ask(third, STAFF), kept);
    const other = await ask(third, MAILS);
    assert.equal(other.filter(({ email }, at) => email === first[at]?.email).length, 0);
  });

  it('is still made from the version before when a refresh is refused', async () => {
    const before = await (await tortureProvider(POLICY)).resolveBaseline(NAME);
    const plant = "INSERT INTO public.audit_log (what) VALUES ('x')";
    const { record } = await refreshTorture({
      source,
      pre: WIDE,
      name: NAME,
      profile: withWide,
      policy: POLICY,
      plant: (site) => onDatabase(site.administrator, (connection) => connection.script(plant)),
    });
    assert.equal(record.status, 'refused', JSON.stringify(record.reason));
    assert.equal(record.previous, before?.id);
    assert.deepEqual(await (await tortureProvider(POLICY)).resolveBaseline(NAME), before);
    assert.ok((await ask(await branchOf(NAME), MAILS)).length === 300);
  });
});
