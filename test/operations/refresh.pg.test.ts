import assert from 'node:assert/strict';
import { it } from 'node:test';
import { onDatabase, refreshTorture, tortureSource } from '../support/torture.ts';

it('masks the torture schema, proves it clean, and publishes it', async () => {
  const { record } = await refreshTorture({ source: await tortureSource('whole') });
  assert.equal(record.status, 'published', JSON.stringify([record.reason, record.checks]));
});

it('takes a part of the rows, and no row that refers to one that is left out', async () => {
  const part = (text: string): string => text.replace('  users:\n', '  users:\n    sample: 20%\n');
  const { record } = await refreshTorture({ source: await tortureSource(), profile: part });
  assert.equal(record.status, 'published', JSON.stringify([record.reason, record.checks]));
  const rows = (name: string): number => record.tables.find(({ table }) => table === name)?.copiedRows ?? 0;
  assert.ok(rows('"public"."users"') > 20 && rows('"public"."users"') < 120);
  assert.ok(rows('"public"."Order ""Items"""') < 400);
});

/** An address that stands in no row, in a function's body. */
const FUNCTION = `CREATE FUNCTION public.sender() RETURNS text LANGUAGE sql AS $$ SELECT 'billing@tidewater-shop.eu'::text $$;`;
const text = (until: string) => (profile: string) =>
  `${profile}\ntexts:\n  "public.sender":\n    reason: our own sender's address\n    owner: "@ana"\n    until: ${until}\n`;

it('keeps an object whose text a person looked at, for as long as the profile says', async () => {
  const source = await tortureSource();
  await onDatabase(source, (connection) => connection.script(FUNCTION));
  const refused = await refreshTorture({ source, pre: FUNCTION, profile: text('2026-01-01') });
  assert.equal(refused.record.status, 'refused');
  const [problem] = refused.record.checks.flatMap(({ problems }) => problems);
  assert.match(problem?.what ?? '', /texts: \{"public\.sender"/);
  assert.ok(!JSON.stringify(refused.record).includes('tidewater-shop.eu'));
  const kept = await refreshTorture({ source, pre: FUNCTION, profile: text('2126-01-01') });
  assert.equal(kept.record.status, 'published', JSON.stringify([kept.record.reason, kept.record.checks]));
  const scrubbed = kept.record.scrubbed.find(({ name }) => name.startsWith('public.sender'));
  assert.equal(scrubbed?.action, 'kept');
});

it('compares the plans of the queries that the profile names, and says nothing of plans where it names none', async () => {
  const source = await tortureSource();
  const asked = (sql: string) => (profile: string) =>
    `${profile}\nverify:\n  queries:\n    by name: ${JSON.stringify(sql)}\n`;
  const plans = async (profile?: (text: string) => string) => {
    const { record } = await refreshTorture({ source, ...(profile === undefined ? {} : { profile }) });
    return { status: record.status, check: record.checks.find(({ name }) => name === 'plans'), record };
  };
  const same = await plans(asked('SELECT * FROM public.employees WHERE id = $1'));
  assert.equal(same.check?.status, 'proved', JSON.stringify(same.check));
  assert.ok(same.record.fidelity.length > 0);
  const wrong = await plans(asked('SELECT nothing FROM public.nowhere'));
  assert.equal(wrong.status, 'refused');
  assert.notEqual(wrong.check?.status, 'proved');
  assert.equal((await plans()).check, undefined);
});
