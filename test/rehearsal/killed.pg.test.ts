import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectionUrl } from '../../src/postgres/url.ts';
import { one, prepared, SHOP } from './support.ts';

/** Rehearses in a process of its own, which is to be killed. */
const PROGRAM = `
  const at = (path) => import(new URL(path, process.env.HERE).href);
  const { parseServerUrl } = await at('../../src/postgres/url.ts');
  const { Secret } = await at('../../src/secret.ts');
  const { sqlMigrations } = await at('../support/migrations.ts');
  const { rehearsed } = await at('./support.ts');
  const migrations = await sqlMigrations('alter table orders add column z int; select pg_sleep(60);');
  await rehearsed(parseServerUrl(new Secret(process.env.WAY)), migrations);`;

const SLEEPER_PIDS = `select pid from pg_stat_activity
  where datname = current_database() and application_name = 'pullgres rehearsal' and query like '%pg_sleep%'`;
const SLEEPERS = `select count(*)::int as n from (${SLEEPER_PIDS}) as sleeping`;

test('the statement of a killed run ends soon, and its locks with it', async (t) => {
  const facts = await prepared(SHOP);
  const version = await one(facts, "select current_setting('server_version_num')::int as number");
  // 13 cannot look after its clients while it works (client_connection_check_interval is of 14): there, and only there, it sleeps on.
  const isNoticed = Number(version?.number) >= 140_000;
  const env = { ...process.env, HERE: import.meta.url, WAY: connectionUrl(facts).reveal() };
  const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], {
    env,
    stdio: 'inherit',
  });
  t.after(() => child.kill('SIGKILL'));
  const sleepers = async () => Number((await one(facts, SLEEPERS))?.n);
  for (let tries = 0; (await sleepers()) === 0 && tries < 200; tries++) await sleep(100);
  assert.equal(await sleepers(), 1);
  child.kill('SIGKILL');
  await once(child, 'exit');
  for (let tries = 0; (await sleepers()) > 0 && tries < (isNoticed ? 80 : 20); tries++) await sleep(100);
  assert.equal(await sleepers(), isNoticed ? 0 : 1);
  if (!isNoticed) await one(facts, `select pg_terminate_backend(pid) from (${SLEEPER_PIDS}) as left_over`);
});
