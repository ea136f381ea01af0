import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Admin, asAdmin } from '../src/branching/admin.ts';
import { createPostgresProvider, type PostgresProvider, serverOf } from '../src/branching/postgres.ts';
import type { Binaries } from '../src/postgres/binaries.ts';
import type { ConnectionFacts } from '../src/postgres/facts.ts';
import { startServer, stopServer } from '../src/postgres/server.ts';
import { type Filesystem, mountImage } from '../test/support/loop-mount.ts';

/** A server on a filesystem of its own. */
export type Place = {
  readonly filesystem: Filesystem;
  readonly facts: ConnectionFacts;
  readonly provider: PostgresProvider;
  /** Where the filesystem is mounted. */
  readonly path: string;
  readonly asAdmin: <T>(work: (admin: Admin) => Promise<T>, database?: string) => Promise<T>;
  readonly disk: () => { readonly freeBytes: number; readonly freeFiles: number };
};

/** As a server whose data count, unlike those of tests: all is synced. A vacuum in one run would be measured as its own. */
const SETTINGS = {
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  autovacuum: 'off',
  shared_buffers: '512MB',
  max_wal_size: '2GB',
  checkpoint_timeout: '1h',
  max_connections: '50',
};

/** Starts the server on a fresh image, which is sparse, and takes everything away again, whatever `work` throws and whoever ends us. */
export async function onFilesystem<T>(
  filesystem: Filesystem,
  binaries: Binaries,
  megabytes: number,
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const mount = mountImage(filesystem, megabytes);
  const directory = join(mount.path, 'server');
  const end = () => void stopServer(directory).finally(() => process.exit(130));
  process.once('SIGINT', end).once('SIGTERM', end).once('exit', mount.unmount);
  try {
    const server = await startServer({ binaries, directory, settings: SETTINGS });
    try {
      const { facts } = server;
      const own = serverOf({ facts, now: () => new Date() });
      return await work({
        filesystem,
        facts,
        provider: createPostgresProvider({ facts, now: () => new Date() }),
        path: mount.path,
        asAdmin: (inner, database) => asAdmin(own, inner, database === undefined ? {} : { database }),
        disk: () => {
          const { bavail, bsize, ffree } = statfsSync(mount.path);
          return { freeBytes: bavail * bsize, freeFiles: ffree };
        },
      });
    } finally {
      await server.stop();
    }
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end).off('exit', mount.unmount);
    mount.unmount();
  }
}

/** Where programs that a bench may have to fetch are kept. */
export const CACHE = join(tmpdir(), 'pullgres-bench-postgres');
