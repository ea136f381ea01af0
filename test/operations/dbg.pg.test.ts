import { readFile } from 'node:fs/promises';
import { it } from 'node:test';
import { parse } from 'yaml';
import { parseMaskingProfile } from '../../src/masking/profile/parse.ts';
import { planMasks } from '../../src/masking/plan.ts';
import { compileStrategy } from '../../src/masking/strategies/compile.ts';
import { openConnection } from '../../src/postgres/connection.ts';
import { readSourceSchema } from '../../src/refresh/read-schema.ts';
import { freshDatabase } from '../support/postgres.ts';
import { maskKeys } from '../../src/masking/keys.ts';
import { Secret } from '../../src/secret.ts';
it('x', async () => {
  const facts = await freshDatabase();
  const c = await openConnection(facts, { applicationName: 't' });
  for (const n of ['pre.sql','rows.sql','post.sql']) await c.script(await readFile('test/fixtures/torture/'+n,'utf8'));
  await c.script("analyze; set search_path=''");
  const schema = await readSourceSchema(c);
  const profile = parseMaskingProfile(parse(await readFile('test/fixtures/torture/masking.yml','utf8')),'m');
  const r = planMasks({profile, schema, today:'2026-11-22'}, compileStrategy);
  if ('problems' in r) { console.log(r.problems); return; }
  const keys = maskKeys(new Secret('x'.repeat(40)), r.plan.domains);
  for (const [s,k] of keys.settings) await c.query('select set_config($1,$2,false)',[s,k.reveal()]);
  for (const t of r.plan.tables.values()) for (const col of t.columns) if (col.mask.kind==='masked') {
    const sql = `select count(x), min(x::text), max(length(x::text)) from (select ${col.mask.sql} as x from "${t.table.schema.replaceAll('"','""')}"."${t.table.name.replaceAll('"','""')}") s`;
    const t0=performance.now();
    try { const {rows} = await c.query(sql); if (process.env.V) console.log(t.table.name, col.name, Math.round(performance.now()-t0)+'ms', JSON.stringify(rows[0]), col.mask.sql.length); } catch (e) { console.log('ERR', t.table.name, col.name, e.message, e.position, sql.slice(Math.max(0,(e.position??0)-200), (e.position??0)+200)); }
  }
  await c.close();
});
