import assert from 'node:assert/strict';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import type { TextSource } from '../../src/refresh/catalog-texts.ts';
import { type Needles, pickNeedles } from '../../src/refresh/needles.ts';
import { scanFiles, scanFolders } from '../../src/refresh/scan-files.ts';
import { scanTexts } from '../../src/refresh/scan-texts.ts';
import { freshDatabase } from '../support/postgres.ts';
import { within } from './masked-copy.ts';

const CANARY = 'Karl-Heinz Kanari';

async function withNeedles<T>(
  work: (needles: Needles, target: Awaited<ReturnType<typeof freshDatabase>>) => Promise<T>,
) {
  const target = await freshDatabase();
  const needles = await within(target, (session) =>
    pickNeedles({ session, columns: [], words: new Set(), canaries: [CANARY], sample: 0 }),
  );
  return work(needles, target);
}

it('a file that cannot be read is a gap, and the others are read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'pullgres-gaps-'));
  try {
    await writeFile(join(folder, '16384'), `x ${CANARY}`);
    // Its first page is nobody's memory: EIO, whoever asks (proc(5)).
    await symlink('/proc/self/mem', join(folder, '16385'));
    await withNeedles(async (needles) => {
      const { gaps, finds } = await scanFolders([folder], needles);
      assert.equal(finds.length, 1);
      assert.deepEqual(
        gaps.map(({ what }) => what),
        ['The file could not be read (EIO).'],
      );
    });
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('texts that the server refuses to give are a gap, and the others are read', async () => {
  await withNeedles((needles, target) =>
    within(target, async (session) => {
      const sources: readonly TextSource[] = [
        { kind: 'refused', query: 'SELECT nothing FROM pg_catalog.nowhere' },
        { kind: 'read', query: `SELECT 'here', '${CANARY}'` },
      ];
      const { gaps, finds } = await scanTexts(session, needles, { sources, ddl: [] });
      assert.deepEqual(
        gaps.map(({ where }) => where),
        ['refused'],
      );
      assert.deepEqual(
        finds.map(({ kind }) => kind),
        ['read'],
      );
    }),
  );
});

it('files of the database that stand in a tablespace are read', async (context) => {
  await withNeedles(async (needles, target) => {
    const version = await within(target, async ({ serverVersion }) => serverVersion);
    if (version < 15) return context.diagnostic('this server makes tablespaces elsewhere only');
    const space = `space_${target.database}`;
    await within(target, async (session) => {
      await session.script('SET allow_in_place_tablespaces = on');
      await session.query(`CREATE TABLESPACE ${space} LOCATION ''`);
      await session.script(
        `CREATE TABLE public.kept (v text) TABLESPACE ${space}; INSERT INTO public.kept VALUES ('${CANARY}'); DELETE FROM public.kept`,
      );
      const found = await scanFiles(session, needles, { whole: false });
      assert.ok('finds' in found);
      assert.deepEqual(
        found.finds.filter(({ name }) => /pg_tblspc/.test(name)).map(({ kind }) => kind),
        ['file of a table'],
      );
      await session.script('DROP TABLE public.kept');
      await session.query(`DROP TABLESPACE ${space}`);
    });
  });
});
