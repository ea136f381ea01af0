/** Whole refreshes at a terminal, from an older server with real pg_dump and pg_basebackup to the newest. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type RefreshRecord, refreshSchema } from '../../src/evidence/refresh-schema.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { connectionUrl } from '../../src/postgres/url.ts';
import { startPullgres } from '../cli/terminal.ts';
import { testServer } from '../support/postgres.ts';
import { ask, MASTER, publicKeyOf, tortureText } from '../support/torture.ts';
import { openStage, type Stage } from './drill-stage.ts';

/** A role that the branch server does not have. */
const POLICY = `CREATE ROLE "shop auditor" LOGIN;
  CREATE POLICY auditors ON public.secrets_of_tenants FOR SELECT TO "shop auditor" USING (true);`;

describe('pullgres refresh', () => {
  let stage: Stage;
  let source: ConnectionFacts;
  const folder = mkdtempSync(join(tmpdir(), 'pullgres-refresh-'));

  before(async () => {
    stage = await openStage();
    const { pre, rows, post, masking } = await tortureText('small');
    source = await stage.database('torture', `${pre}\n${rows}\n${post}\n${POLICY}\nANALYZE`);
    mkdirSync(join(folder, '.github'));
    writeFileSync(join(folder, '.github/masking.yml'), masking);
    writeFileSync(
      join(folder, '.github/pullgres.yml'),
      `masking: {public-keys: ['${publicKeyOf(MASTER)}']}\n`,
    );
  });
  after(async () => {
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  });

  async function run(name: string, code: number, ...options: readonly string[]): Promise<RefreshRecord> {
    const { end } = startPullgres(['refresh', '--name', name, '--format', 'json', ...options], {
      folder,
      environment: {
        PULLGRES_SERVER_URL: connectionUrl(await testServer()).reveal(),
        PULLGRES_MASK_KEY: MASTER.reveal(),
      },
    });
    const ran = await end;
    assert.ok(!`${ran.out}${ran.err}`.includes(MASTER.reveal()));
    assert.equal(ran.code, code, `${ran.err}\n${ran.out.slice(0, 5000)}`);
    return refreshSchema.parse(JSON.parse(ran.out));
  }
  const live = (): string[] => ['--source-url', connectionUrl(source).reveal()];

  it('publishes what it read of a live database, and ends with 0', async () => {
    const record = await run('live', 0, ...live());
    assert.match(record.source, /live database, Postgres 15/);
    assert.equal(record.drill, null);
    assert.ok(record.checks.every(({ status }) => status === 'proved'));
    const [role] = await ask(
      await testServer(),
      `SELECT rolcanlogin FROM pg_roles WHERE rolname = 'shop auditor'`,
    );
    assert.deepEqual(role, { rolcanlogin: false });
  });

  it('publishes what a pg_dump file holds, with the drill', async () => {
    const file = join(stage.folder, 'torture.dump');
    stage.run('pg_dump', source, '--format=custom', `--file=${file}`);
    const record = await run('dump', 0, '--source-dump', file);
    assert.equal(record.drill?.source, 'dump');
    assert.ok(record.drill.steps.every(({ status }) => status !== 'failed'));
  });

  it('publishes what a base backup holds, with the drill', async () => {
    const path = join(stage.folder, 'backup');
    stage.run(
      'pg_basebackup',
      stage.server.facts,
      `--pgdata=${path}`,
      '--checkpoint=fast',
      '--wal-method=stream',
    );
    const record = await run('backup', 0, '--source-backup', path);
    assert.equal(record.drill?.source, 'physical');
    await stage.database('other', 'CREATE TABLE t (id int)');
    const several = join(stage.folder, 'several');
    stage.run('pg_basebackup', stage.server.facts, `--pgdata=${several}`, '--checkpoint=fast');
    const { reason = '' } = await run('several', 1, '--source-backup', several);
    assert.match(
      reason,
      /failed at start\. The backup has 2 databases: `other`, `torture`\. .*--source-database/,
    );
    const named = await run('several', 0, '--source-backup', several, '--source-database', 'torture');
    assert.match(named.baseline ?? '', /^several@/);
  });

  it('ends with 1 when a check refuses', async () => {
    const profile = join(folder, 'lacking.yml');
    const { masking } = await tortureText('small');
    writeFileSync(profile, masking.replace('    phone: phone\n', ''));
    const record = await run('refused', 1, ...live(), '--profile', profile);
    assert.equal(record.status, 'refused');
  });

  it('ends with 2 when it cannot run', async () => {
    const { status } = await run('failed', 2, '--source-url', connectionUrl({ ...source, port: 1 }).reveal());
    assert.equal(status, 'failed');
  });
});
