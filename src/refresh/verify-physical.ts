import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Binaries } from '../postgres/binaries.ts';
import type { RestoredCluster } from '../postgres/restored-cluster.ts';
import { runProgram } from '../postgres/run-program.ts';
import { counted, failed, names, passed, skipped } from './drill/judge.ts';
import type { StepResult } from './drill/steps.ts';
import { verifyProblems, verifyRepository } from './pgbackrest.ts';
import { versionOf } from './place-backup.ts';
import { findServer, toolBeside } from './restore-tools.ts';
import type { PhysicalBackup, RestoreContext } from './restored.ts';

/** Holds the restored files against what the backup says of itself, before anything starts on them. */
export async function verifyBackup(
  context: RestoreContext,
  backup: PhysicalBackup,
  cluster: RestoredCluster,
): Promise<StepResult> {
  if (backup.kind === 'pgbackrest') {
    const bad = verifyProblems(await verifyRepository(context, backup));
    return bad.length > 0
      ? failed(`pgBackRest found damage: ${names(bad)}.`)
      : passed(
          'Each file’s checksum was right when it was restored, and pgBackRest verified its repository.',
        );
  }
  return verifyManifest(context, cluster);
}

/** The very files that are going to be started are held against the backup's manifest, WAL included. */
async function verifyManifest(context: RestoreContext, cluster: RestoredCluster): Promise<StepResult> {
  const manifest = await readFile(join(cluster.data, 'backup_manifest')).catch(() => undefined);
  if (manifest === undefined) return skipped('The backup has no backup_manifest to be held against.');
  const binaries = await findServer(context, await versionOf(cluster), false);
  const program = await toolBeside(binaries, 'pg_verifybackup');
  if (program === undefined)
    return skipped(`pg_verifybackup is not installed with Postgres ${binaries.version}.`);
  const { signal, workspace } = context;
  const { code, errors } = await runProgram({
    program,
    arguments: [cluster.data],
    signal,
    onProcess: workspace.onProcess,
  });
  if (code === 0) return passed('pg_verifybackup found every file as the manifest says, and all its WAL.');
  const said = errors
    .split('\n')
    .map((line) => line.replace(/^\w+: (?:error|fatal|detail): /, '').trim())
    .filter((line) => line !== '');
  return failed(`pg_verifybackup: ${names(said.map((line) => line.replaceAll(cluster.data, '…')))}.`);
}

/** On the stopped cluster: before its recovery, pages may be torn. */
export async function verifyPages(
  { signal, workspace }: RestoreContext,
  cluster: RestoredCluster,
  binaries: Binaries,
): Promise<StepResult> {
  const program = await toolBeside(binaries, 'pg_checksums');
  if (program === undefined)
    return skipped(`pg_checksums is not installed with Postgres ${binaries.version}.`);
  const { code, output, errors } = await runProgram({
    program,
    arguments: ['--check', '--pgdata', cluster.data],
    account: cluster.account,
    signal,
    onProcess: workspace.onProcess,
  });
  if (/checksums are not enabled/.test(errors)) return skipped('The cluster has no page checksums.');
  if (code === 0) {
    const blocks = /Blocks scanned:\s+(\d+)/.exec(output)?.[1];
    return passed(`The checksums of ${counted(Number(blocks ?? 0), 'page')} are right.`);
  }
  const bad = [...errors.matchAll(/checksum verification failed in file "([^"]+)", block (\d+)/g)];
  const places = bad.map(([, file = '', block]) => `${file.replace(`${cluster.data}/`, '')} block ${block}`);
  return failed(places.length > 0 ? `Damaged pages: ${names(places)}.` : `pg_checksums ended with ${code}.`);
}
