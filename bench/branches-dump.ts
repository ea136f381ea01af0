import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { byteWords } from '../src/byte-words.ts';
import { libpqEnvironment } from '../src/postgres/url.ts';
import { build, request, rowsOf } from './branches-copies.ts';
import type { Place } from './branches-place.ts';
import type { Row } from './timing.ts';

/** `pg_dump --format=custom | pg_restore`, both uncompressed: nothing is sent anywhere. */
async function dumpAndRestore(
  programs: string,
  from: Record<string, string>,
  to: Record<string, string>,
): Promise<number> {
  const begun = performance.now();
  const dump = spawn(join(programs, 'pg_dump'), ['--format=custom', '--compress=0'], {
    env: { ...process.env, ...from },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const restore = spawn(join(programs, 'pg_restore'), ['--dbname', to.PGDATABASE ?? ''], {
    env: { ...process.env, ...to },
    stdio: [dump.stdout, 'ignore', 'inherit'],
  });
  // The pipe is theirs alone: with our end of it open, neither would hear of the other's end. Nor does `close` come then.
  dump.stdout.destroy();
  const codes = await Promise.all([once(dump, 'exit'), once(restore, 'exit')]);
  if (codes.some(([code]) => code !== 0)) throw new Error('pg_dump | pg_restore failed');
  return performance.now() - begun;
}

/** What people do today beside a branch of the same database, on the same disk. */
export async function dumpRows(place: Place, programs: string): Promise<Row[]> {
  const facts = await build(place, `${rowsOf(1000)}; CREATE INDEX ON filler (n)`);
  const { branch, making } = await place.provider.create(request(1));
  await place.asAdmin((admin) => admin.script('CHECKPOINT'));
  await place.asAdmin((admin) => admin.script('CREATE DATABASE restored TEMPLATE template0'));
  const environment = (database: string) => libpqEnvironment({ ...place.facts, database });
  const dumped = await dumpAndRestore(programs, environment(branch.name), environment('restored'));
  const copied = making?.copy?.actualMs ?? Number.NaN;
  return [
    {
      what: 'xfs 1 GB, Postgres 15: dump | restore',
      measured: `${dumped.toFixed(0)} ms`,
      against: `${(dumped / copied).toFixed(1)} × a branch by ${making?.copy?.strategy} (${copied.toFixed(0)} ms of ${byteWords(facts.bytes)})`,
      ok: true,
    },
  ];
}
