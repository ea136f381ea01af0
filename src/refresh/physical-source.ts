import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { byteWords } from '../byte-words.ts';
import { ProviderError, UserError } from '../errors.ts';
import type { Binaries } from '../postgres/binaries.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import {
  makeRestoredCluster,
  openRestoredCluster,
  type RestoredCluster,
  recoverCluster,
} from '../postgres/restored-cluster.ts';
import { chooseDatabase } from './choose-database.ts';
import { failed, judgeAge, passed } from './drill/judge.ts';
import type { StepResult } from './drill/steps.ts';
import { firstQuery } from './first-query.ts';
import { type PgBackRest, readBackupSet, restoreBackupSet, restoreCommand } from './pgbackrest.ts';
import { handOver, placeBackup, sizeOf, versionOf } from './place-backup.ts';
import { backupTime, parseRecoveryLog } from './recovery-log.ts';
import { findServer } from './restore-tools.ts';
import type { PhysicalBackup, RecoveryTarget, RestoreContext, Restored } from './restored.ts';
import { verifyBackup, verifyPages } from './verify-physical.ts';

/** Replay of the WAL since a base backup takes hours on a busy source. */
const REPLAY_LIMIT_MS = 6 * 3_600_000;

/**
 * Restores a physical backup into a cluster of its own in the workspace, replays WAL to the target, promotes it and
 * starts it for us alone. Gives nothing when a step failed. Throws only what is a bug, and an abort.
 */
export async function restorePhysical(
  context: RestoreContext,
  backup: PhysicalBackup,
): Promise<Restored | undefined> {
  const { steps, workspace } = context;
  const cluster = await makeRestoredCluster(workspace.cluster);
  const fetched = await steps.run('fetch', () => fetchBackup(context, backup, cluster));
  if (fetched?.status !== 'passed') return undefined;
  const verified = await steps.run('verify offline', () => verifyBackup(context, backup, cluster));
  if (verified === undefined || verified.status === 'failed') return undefined;
  const placed = await steps.run('restore', () => prepare(context, cluster));
  if (placed?.status !== 'passed') return undefined;
  const { binaries } = placed;
  const replayed = await steps.run('replay', () => replay(context, backup, cluster, binaries));
  if (replayed?.status !== 'passed') return undefined;
  await steps.run('page checksums', () => verifyPages(context, cluster, binaries));
  const started = await steps.run('start', () => start(context, backup, cluster, binaries));
  if (started?.status !== 'passed') return undefined;
  const facts = await firstQuery(context, started.facts);
  const takenAt = later(fetched.takenAt, replayed.lastCommit);
  const tool = backup.kind === 'pgbackrest' ? 'pgBackRest backup' : 'base backup';
  return (
    facts && { source: 'physical', facts, takenAt, description: `a ${tool} of Postgres ${binaries.version}` }
  );
}

/** Rows are as of the last commit that was replayed, which may be long after the backup. */
function later(a: Date | undefined, b: Date | undefined): Date | undefined {
  return a === undefined || (b !== undefined && b > a) ? b : a;
}

type Fetched = StepResult & { readonly takenAt: Date | undefined };

async function fetchBackup(
  context: RestoreContext,
  backup: PhysicalBackup,
  cluster: RestoredCluster,
): Promise<Fetched> {
  return backup.kind === 'pgbackrest'
    ? fetchSet(context, backup, cluster)
    : fetchFolder(context, backup.path, cluster);
}

async function fetchSet(
  context: RestoreContext,
  backup: PgBackRest,
  cluster: RestoredCluster,
): Promise<Fetched> {
  const { now, limits } = context;
  const set = await readBackupSet(context, backup);
  const age = judgeAge(set.stoppedAt, now, limits.maxBackupAgeMs);
  const takenAt = set.stoppedAt;
  // An old one is refused before hours are spent on it.
  if (age.status !== 'passed') return { ...age, takenAt };
  await restoreBackupSet(context, backup, set, cluster);
  const summary = `${set.label}: ${byteWords(set.bytes)}. ${age.summary}`;
  return set.error
    ? { ...failed(`${summary} Damaged pages were seen when it was made.`), takenAt }
    : { ...passed(summary), takenAt };
}

async function fetchFolder(
  context: RestoreContext,
  path: string,
  cluster: RestoredCluster,
): Promise<Fetched> {
  const { now, limits } = context;
  const placed = await placeBackup(context, path, cluster);
  const read = (name: string): Promise<string | undefined> =>
    readFile(join(cluster.data, name), 'utf8').catch(() => undefined);
  const takenAt = backupTime(await read('backup_manifest'), await read('backup_label'));
  const age = judgeAge(takenAt, now, limits.maxBackupAgeMs);
  return {
    status: age.status,
    takenAt,
    summary: `${byteWords(placed.bytes)}, ${placed.layout}. ${age.summary}`,
  };
}

async function prepare(
  context: RestoreContext,
  cluster: RestoredCluster,
): Promise<StepResult & { readonly binaries: Binaries }> {
  const binaries = await findServer(context, await versionOf(cluster), false);
  await handOver(context, cluster);
  const bytes = await sizeOf(cluster.home);
  return { ...passed(`${byteWords(bytes)} for Postgres ${binaries.version}.`), binaries };
}

function targetSettings(target: RecoveryTarget = 'latest'): Record<string, string> {
  if (target === 'latest') return {};
  if (target === 'immediate') return { recovery_target: 'immediate' };
  const time = new Date(target.time);
  if (Number.isNaN(time.getTime())) {
    throw new UserError(`${JSON.stringify(target.time.slice(0, 60))} is no time to recover to.`, {
      hint: 'Write it as 2027-01-31T03:00:00Z.',
    });
  }
  return { recovery_target_time: time.toISOString().replace('T', ' ').replace('Z', '+00') };
}

async function replay(
  context: RestoreContext,
  backup: PhysicalBackup,
  cluster: RestoredCluster,
  binaries: Binaries,
): Promise<StepResult & { readonly lastCommit: Date | undefined }> {
  // A base backup brings its WAL along; a command that finds nothing is what recovery wants to be told then.
  const restore_command = backup.kind === 'pgbackrest' ? restoreCommand(backup, cluster) : 'false';
  const log = await recover(cluster, {
    binaries,
    limitMs: REPLAY_LIMIT_MS,
    signal: context.signal,
    settings: {
      restore_command,
      recovery_target_action: 'promote',
      recovery_target_timeline: 'latest',
      // Then the settings of the source need not be matched (docs: 27.4.3).
      hot_standby: 'off',
      ...targetSettings(backup.target),
    },
  });
  const { consistentAt, endedAt, timeline, lastCommit } = parseRecoveryLog(log);
  if (consistentAt === undefined || timeline === undefined) {
    return { ...failed('The server did not say that it became consistent and was promoted.'), lastCommit };
  }
  const until = lastCommit === undefined ? '' : `, last commit ${lastCommit.toISOString()}`;
  const summary = `Consistent at ${consistentAt}, replayed to ${endedAt ?? consistentAt}, promoted to timeline ${timeline}${until}.`;
  return { ...passed(summary), lastCommit };
}

async function recover(...request: Parameters<typeof recoverCluster>): Promise<string> {
  try {
    return await recoverCluster(...request);
  } catch (error) {
    const fatal =
      error instanceof ProviderError ? /(?:FATAL|PANIC): +(.*)/.exec(error.message)?.[1] : undefined;
    if (fatal === undefined) throw error;
    throw new ProviderError(`Recovery did not reach its end: ${fatal}.`, {
      hint: 'WAL that the backup needs may be missing or damaged, or the target was never reached.',
      cause: error,
    });
  }
}

async function start(
  context: RestoreContext,
  backup: PhysicalBackup,
  cluster: RestoredCluster,
  binaries: Binaries,
): Promise<StepResult & { readonly facts: ConnectionFacts }> {
  const server = await openRestoredCluster(cluster, { binaries, signal: context.signal });
  const database = await chooseDatabase(server.facts, backup.database);
  return { ...passed('It takes connections from us alone.'), facts: { ...server.facts, database } };
}
