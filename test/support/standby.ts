import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openConnection } from '../../src/postgres/connection.ts';
import type { ConnectionFacts } from '../../src/postgres/facts.ts';
import { serverEnvironment } from '../../src/postgres/programs.ts';
import { serverAccount } from '../../src/postgres/unprivileged.ts';
import { testBinaries } from './postgres.ts';

export type Standby = { readonly facts: ConnectionFacts; readonly stop: () => Promise<void> };

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

/** A hot standby of a running server by streaming replication, made from a copy of its files, since no package here has pg_basebackup. */
export async function startStandby(primary: ConnectionFacts): Promise<Standby> {
  const account = await serverAccount();
  const home = mkdtempSync(join(tmpdir(), 'pullgres-test-standby-'));
  const data = join(home, 'data');
  mkdirSync(data, { mode: 0o700 });
  await copyFiles(primary, data);
  const port = await freePort();
  const password = primary.password.reveal();
  writeFileSync(join(data, 'standby.signal'), '');
  writeFileSync(
    join(data, 'postgresql.auto.conf'),
    `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=${primary.user} password=${password}'\nunix_socket_directories = ''\nhot_standby_feedback = on\n`,
  );
  await ownedBy(home, account);
  const { directory } = await testBinaries();
  const server = spawn(join(directory, 'postgres'), ['-D', data, '-p', String(port)], {
    ...account,
    cwd: home,
    env: serverEnvironment(),
    stdio: 'ignore',
  });
  const ended = once(server, 'exit');
  const stop = async (): Promise<void> => {
    server.kill('SIGQUIT');
    await ended;
    rmSync(home, { recursive: true, force: true });
  };
  const facts = { ...primary, port };
  try {
    await untilOpen(facts);
    return { facts, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** A base backup by the low-level functions (docs: 25.3.4), which were renamed in 15. */
async function copyFiles(primary: ConnectionFacts, data: string): Promise<void> {
  const connection = await openConnection(primary, { applicationName: 'test standby' });
  const isNew = connection.serverVersion >= 15;
  try {
    const source = String((await connection.query('SHOW data_directory')).rows[0]?.data_directory);
    await connection.query(
      isNew ? "SELECT pg_backup_start('test', true)" : "SELECT pg_start_backup('test', true, false)",
    );
    cpSync(source, data, {
      recursive: true,
      filter: (path) => !/postmaster\.(pid|opts)$|\/pg_replslot\/.|\/pg_wal\/[0-9A-F]{24}$/.test(path),
    });
    const { rows } = await connection.query(
      isNew
        ? 'SELECT labelfile FROM pg_backup_stop(false)'
        : 'SELECT labelfile FROM pg_stop_backup(false, false)',
    );
    writeFileSync(join(data, 'backup_label'), String(rows[0]?.labelfile));
  } finally {
    await connection.close();
  }
}

async function ownedBy(home: string, account: Awaited<ReturnType<typeof serverAccount>>): Promise<void> {
  if (account === undefined) return;
  const change = spawn('chown', ['-R', `${account.uid}:${account.gid}`, home]);
  await once(change, 'exit');
  chownSync(home, account.uid, account.gid);
}

async function untilOpen(facts: ConnectionFacts): Promise<void> {
  const until = Date.now() + 60_000;
  for (;;) {
    try {
      const connection = await openConnection(facts, { applicationName: 'test standby' });
      await connection.close();
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await sleep(100);
    }
  }
}
