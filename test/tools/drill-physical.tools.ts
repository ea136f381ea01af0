/** Real base backups and pgBackRest repositories, sound and harmed: each harm must be seen by the step that is there for it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { openConnection } from '../../src/postgres/connection.ts';
import { serverAccount } from '../../src/postgres/unprivileged.ts';
import { failures, gone, onDatabase, openStage, SHOP, type Stage, stepOf, told } from './drill-stage.ts';

/** An orphan behind the key's back, and an index that never heard of a row. */
const HARMED = `${SHOP}
  set session_replication_role = replica;
  insert into orders (customer_id) values (987654321);
  update pg_index set indisready = false where indexrelid = 'customers_email_key'::regclass;
  insert into customers (email) values ('hidden@example.com');
  update pg_index set indisready = true where indexrelid = 'customers_email_key'::regclass;`;

let stage: Stage;
/** Plain, with its WAL and manifest. */
let good: string;
/** Files of tables, below the data directory. */
let files: { orders: string };

async function ask(database: string, sql: string): Promise<Record<string, unknown>> {
  const facts = { ...stage.server.facts, database };
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  try {
    return (await connection.query(sql)).rows[0] ?? {};
  } finally {
    await connection.close();
  }
}

/** What would keep the cluster from starting, or its owner from coming in, or would reach production, were it heeded. */
function harmfulSettings(): void {
  const path = join(stage.server.directory, 'postgresql.auto.conf');
  const account = execFileSync('stat', ['-c', '%u:%g', stage.server.directory], { encoding: 'utf8' }).trim();
  const archived = join(stage.folder, 'archived');
  writeFileSync(
    path,
    `shared_preload_libraries = 'nowhere'\narchive_mode = on\narchive_command = 'touch ${archived}'\nprimary_conninfo = 'host=192.0.2.1'\nssl = on\nlisten_addresses = '*'\n`,
  );
  execFileSync('chown', [account, path]);
}

before(async () => {
  stage = await openStage();
  const shop = await stage.database('shop', SHOP);
  const { orders } = await ask('shop', "select pg_relation_filepath('orders') as orders");
  files = { orders: String(orders) };
  await onDatabase(shop, "alter database shop set session_preload_libraries = 'nowhere'");
  await stage.database('harmed', HARMED);
  harmfulSettings();
  good = join(stage.folder, 'good');
  baseBackup(good, '--wal-method=stream');
});
after(() => stage.close());

function baseBackup(path: string, ...options: string[]): void {
  stage.run('pg_basebackup', stage.server.facts, `--pgdata=${path}`, '--checkpoint=fast', ...options);
}

function copyOf(name: string, { manifest = true } = {}): string {
  const path = join(stage.folder, name);
  cpSync(good, path, { recursive: true, verbatimSymlinks: true });
  if (!manifest) rmSync(join(path, 'backup_manifest'));
  return path;
}

function flipBit(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(file, bytes);
}

const PASSED = [
  'fetch: passed',
  'verify offline: passed',
  'restore: passed',
  'replay: passed',
  'page checksums: passed',
  'start: passed',
  'first query: passed',
];

test('a good base backup comes back by our settings alone, and leaves nothing', async () => {
  const drilled = await stage.drill(
    { kind: 'base backup', path: good, database: 'shop' },
    { maxBackupAgeMs: 3_600_000 },
  );
  assert.deepEqual(failures(drilled), [], JSON.stringify(drilled.record.steps));
  assert.deepEqual(told(drilled).slice(0, PASSED.length), PASSED);
  assert.match(stepOf(drilled, 'replay').summary, /promoted to timeline 2/);
  assert.ok(drilled.record.rtoMs !== null && drilled.restored);
  const facts = drilled.restored.facts;
  const connection = await openConnection(facts, { applicationName: 'pullgres tests' });
  const { rows } = await connection.query(
    `select current_database() as database, pg_is_in_recovery() as recovering, current_setting('archive_mode') as archive,
      current_setting('listen_addresses') as addresses,
      (select count(*)::int from orders) as orders`,
  );
  assert.deepEqual(rows, [
    {
      database: 'shop',
      recovering: false,
      archive: 'off',
      addresses: '127.0.0.1',

      orders: 20_000,
    },
  ]);
  await connection.close();
  // Production let everybody in without a password.
  await assert.rejects(openConnection({ ...facts, user: 'postgres' }, { applicationName: 'pullgres tests' }));
  assert.ok(!existsSync(join(stage.folder, 'archived')), 'nothing was archived');
  await gone(drilled);
});

test('tar files come back too, with a tablespace that stays away from its old place', async () => {
  const place = join(stage.folder, 'tablespace');
  mkdirSync(place);
  const account = await serverAccount();
  if (account !== undefined) chownSync(place, account.uid, account.gid);
  const path = join(stage.folder, 'tar');
  await onDatabase(stage.server.facts, `create tablespace far location '${place}'`);
  await onDatabase(stage.server.facts, 'create database other tablespace far');
  baseBackup(path, '--format=tar', '--gzip');
  const drilled = await stage.drill({ kind: 'base backup', path, database: 'other' });
  // An empty database has no table to answer with.
  assert.deepEqual(failures(drilled), ['first query'], JSON.stringify(drilled.record.steps));
  await gone(drilled);
  const shop = await stage.drill({ kind: 'base backup', path, database: 'shop' });
  assert.deepEqual(failures(shop), [], JSON.stringify(shop.record.steps));
  const inode = existsSync(join(place, readdirSync(place)[0] ?? ''));
  assert.ok(inode, 'the tablespace of production is where it was');
  await gone(shop);
  const unnamed = await stage.drill({ kind: 'base backup', path });
  assert.match(
    stepOf(unnamed, 'start').summary,
    /3 databases: `harmed`, `other`, `shop`\. Name the one to read with source-database/,
  );
  await gone(unnamed);
});

describe('harm', () => {
  test('a flipped bit is seen by the manifest', async () => {
    const path = copyOf('flipped');
    flipBit(join(path, files.orders), 8192 + 8000);
    const drilled = await stage.drill({ kind: 'base backup', path, database: 'shop' });
    assert.deepEqual(told(drilled), ['fetch: passed', 'verify offline: failed']);
    assert.ok(stepOf(drilled, 'verify offline').summary.includes(files.orders));
    await gone(drilled);
  });

  test('without a manifest, a flipped bit is seen by the page’s checksum', async () => {
    const path = copyOf('flipped-unlisted', { manifest: false });
    flipBit(join(path, files.orders), 8192 + 8000);
    const drilled = await stage.drill({ kind: 'base backup', path, database: 'shop' });
    assert.equal(stepOf(drilled, 'verify offline').status, 'skipped');
    assert.equal(stepOf(drilled, 'page checksums').status, 'failed');
    assert.ok(stepOf(drilled, 'page checksums').summary.includes(`${files.orders} block 1`));
    assert.ok(failures(drilled).includes('heap integrity'));
    await gone(drilled);
  });

  for (const manifest of [true, false]) {
    test(`a missing WAL file, ${manifest ? 'with' : 'without'} a manifest`, async () => {
      const path = copyOf(`no-wal-${manifest}`, { manifest });
      for (const name of readdirSync(join(path, 'pg_wal'))) {
        if (/^[0-9A-F]{24}$/.test(name)) rmSync(join(path, 'pg_wal', name));
      }
      const drilled = await stage.drill({ kind: 'base backup', path });
      assert.deepEqual(failures(drilled), [manifest ? 'verify offline' : 'replay']);
      assert.equal(drilled.restored, undefined);
      await gone(drilled);
    });
  }

  test('an orphan row and an index that lacks a row are seen in the restored data', async () => {
    const drilled = await stage.drill({ kind: 'base backup', path: good, database: 'harmed' });
    assert.deepEqual(
      failures(drilled),
      ['orphan rows', 'B-tree integrity'],
      JSON.stringify(drilled.record.steps),
    );
    assert.match(stepOf(drilled, 'orphan rows').summary, /orders_customer_id_fkey \(1 row\)/);
    assert.match(stepOf(drilled, 'B-tree integrity').summary, /public\.customers_email_key/);
    assert.ok(!/987654321|hidden/.test(JSON.stringify(drilled.record)), 'no value of a row');
    await gone(drilled);
  });

  test('a target time that the backup does not reach', async () => {
    const drilled = await stage.drill({
      kind: 'base backup',
      path: good,
      target: { time: '2099-01-01T00:00:00Z' },
    });
    assert.deepEqual(failures(drilled), ['replay']);
    assert.match(
      stepOf(drilled, 'replay').summary,
      /recovery ended before configured recovery target was reached/,
    );
    await gone(drilled);
  });

  test('a folder that is no backup, and one of a version that is not here', async () => {
    const empty = join(stage.folder, 'empty');
    mkdirSync(empty);
    const none = await stage.drill({ kind: 'base backup', path: empty });
    assert.match(stepOf(none, 'fetch').summary, /neither PG_VERSION nor base\.tar/);
    await gone(none);
    const path = copyOf('old', { manifest: false });
    writeFileSync(join(path, 'PG_VERSION'), '12\n');
    const old = await stage.drill({ kind: 'base backup', path });
    assert.deepEqual(failures(old), ['restore']);
    assert.match(stepOf(old, 'restore').summary, /Postgres 12, which/);
    await gone(old);
  });
});

describe('pgBackRest', () => {
  let configuration: string;
  const rest = (...options: string[]): void => {
    const account = execFileSync('stat', ['-c', '%U', stage.server.directory], { encoding: 'utf8' }).trim();
    const command = [
      'pgbackrest',
      `--config=${configuration}`,
      '--stanza=shop',
      '--log-level-file=off',
      ...options,
    ];
    const [program = '', ...rest] =
      process.getuid?.() === 0 ? ['runuser', '-u', account, '--', ...command] : command;
    execFileSync(program, rest, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
  };

  before(async () => {
    configuration = join(stage.folder, 'pgbackrest.conf');
    const repository = join(stage.folder, 'repository');
    mkdirSync(repository);
    const account = await serverAccount();
    if (account !== undefined) chownSync(repository, account.uid, account.gid);
    const lines = [
      '[global]',
      `repo1-path=${repository}`,
      `lock-path=${join(repository, 'lock')}`,
      'start-fast=y',
      '[shop]',
      `pg1-path=${stage.server.directory}`,
      `pg1-port=${stage.server.facts.port}`,
      `pg1-socket-path=${stage.server.directory}`,
      'pg1-user=postgres',
    ];
    writeFileSync(configuration, `${lines.join('\n')}\n`);
    const push = `pgbackrest --config=${configuration} --stanza=shop --log-level-file=off archive-push %p`;
    writeFileSync(
      join(stage.server.directory, 'postgresql.auto.conf'),
      `archive_mode = on\narchive_command = '${push}'\n`,
    );
    await stage.restart();
    await onDatabase(stage.server.facts, 'alter database shop reset session_preload_libraries');
    rest('stanza-create');
    rest('backup');
    await onDatabase(
      { ...stage.server.facts, database: 'shop' },
      "insert into customers (email) values ('late@example.com'); select pg_switch_wal();",
    );
    rest('check');
  });

  const backup = () => ({ kind: 'pgbackrest' as const, stanza: 'shop', configuration, database: 'shop' });

  test('the newest backup and the WAL after it come back', async () => {
    const drilled = await stage.drill(backup(), {
      assertions: [
        {
          name: 'late',
          sql: "select 1 from customers where email like 'late@%'",
          expect: 'some',
          timeoutMs: 60_000,
        },
      ],
    });
    assert.deepEqual(failures(drilled), [], JSON.stringify(drilled.record.steps));
    assert.deepEqual(told(drilled).slice(0, PASSED.length), PASSED);
    assert.ok(drilled.record.takenAt);
    await gone(drilled);
    const early = await stage.drill(
      { ...backup(), target: 'immediate' },
      {
        assertions: [
          {
            name: 'late',
            sql: "select 1 from customers where email like 'late@%'",
            expect: 'none',
            timeoutMs: 60_000,
          },
        ],
      },
    );
    assert.deepEqual(failures(early), [], JSON.stringify(early.record.steps));
    await gone(early);
  });

  test('a stanza that is not there, and a backup that is too old', async () => {
    const none = await stage.drill({ ...backup(), stanza: 'nobody' });
    assert.deepEqual(told(none), ['fetch: failed']);
    await gone(none);
    const now = new Date(Date.now() + 86_400_000);
    const old = await stage.drill(backup(), { maxBackupAgeMs: 3_600_000 }, { now });
    assert.deepEqual(told(old), ['fetch: failed']);
    await gone(old);
  });

  test('a WAL file that the repository lacks', async () => {
    const archive = join(stage.folder, 'repository', 'archive', 'shop');
    const segments = readdirSync(archive, { recursive: true, encoding: 'utf8' })
      .filter((name) => /[0-9A-F]{24}-[0-9a-f]{40}(\.gz|\.lz4|\.zst)?$/.test(name))
      .sort();
    const first = readdirSync(join(stage.folder, 'repository', 'backup', 'shop')).find((name) =>
      /^\d{8}-\d{6}F$/.test(name),
    );
    assert.ok(first && segments.length > 0);
    for (const segment of segments) rmSync(join(archive, segment));
    const drilled = await stage.drill(backup());
    assert.deepEqual(failures(drilled), ['replay'], JSON.stringify(drilled.record.steps));
    assert.match(stepOf(drilled, 'replay').summary, /could not locate required checkpoint record/);
    assert.equal(drilled.restored, undefined);
    await gone(drilled);
  });
});
