import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findBinaries } from '../../src/postgres/binaries.ts';
import { startServer } from '../../src/postgres/server.ts';
import { loadRows } from '../../src/refresh/pipeline.ts';
import { HOSTILE, HOSTILE_ROWS, HOSTILE_TABLES } from '../support/hostile-rows.ts';
import { newestBinaries } from '../support/postgres.ts';
import { digest, onDatabase, openTestSource, testKeys, testPlan } from '../support/refresh.ts';

/** An older server as the source; Debian's unless another is named. */
const OLDER = process.env.PULLGRES_TEST_OLDER_BIN ?? '/usr/lib/postgresql/15/bin';

describe('rows from an older server', () => {
  it('arrive at the newest to the byte', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'pullgres-older-'));
    const binaries = await findBinaries({ cacheDirectory: directory, directory: OLDER });
    const server = await startServer({ binaries, directory: join(directory, 'server') });
    const newest = await newestBinaries();
    const newer = await startServer({ binaries: newest, directory: join(directory, 'newer') });
    try {
      const [from, to] = [server.facts, newer.facts];
      await onDatabase(from, (connection) => connection.script(`${HOSTILE};${HOSTILE_ROWS}`));
      await onDatabase(to, (connection) => connection.script(HOSTILE));
      assert.ok(newest.version > binaries.version);
      const source = await openTestSource(from);
      const plan = testPlan(source.schema);
      await loadRows({ source, target: to, plan, keys: testKeys(plan) });
      await source.close();
      for (const table of HOSTILE_TABLES)
        assert.deepEqual(await digest(to, table), await digest(from, table), table);
    } finally {
      await newer.stop();
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
