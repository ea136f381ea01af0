import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ProviderError, UserError } from '../errors.ts';
import type { RestoredCluster } from '../postgres/restored-cluster.ts';
import { runProgram } from '../postgres/run-program.ts';
import { findProgram } from '../program.ts';
import { tablespaceFolder } from './place-backup.ts';
import type { Backup, RestoreContext } from './restored.ts';

export type PgBackRest = Extract<Backup, { kind: 'pgbackrest' }>;

/** The newest backup of a stanza, as `pgbackrest info --output=json` tells of it (its command reference, "info"). */
export type BackupSet = {
  readonly label: string;
  readonly stoppedAt: Date;
  /** Of the database, uncompressed. */
  readonly bytes: number;
  /** Damaged pages were seen when it was made. */
  readonly error: boolean;
};

/** Reads info's answer. Undefined when the stanza has no backup. */
export function newestBackup(json: string, stanza: string): BackupSet | undefined {
  const all = JSON.parse(json) as {
    name: string;
    backup?: {
      label: string;
      timestamp: { stop: number };
      info?: { size?: number };
      error?: boolean | null;
    }[];
  }[];
  const newest = all.find(({ name }) => name === stanza)?.backup?.at(-1);
  if (newest === undefined) return undefined;
  return {
    label: newest.label,
    stoppedAt: new Date(newest.timestamp.stop * 1000),
    bytes: newest.info?.size ?? 0,
    error: newest.error === true,
  };
}

/** No log file is written beside the workspace. */
function options({ stanza, configuration }: PgBackRest): readonly string[] {
  if (!/^[\w][\w.-]*$/.test(stanza))
    throw new UserError(`${JSON.stringify(stanza)} is no name of a stanza.`, {
      hint: 'Take letters, digits, dots, hyphens and underscores, as in pgbackrest.conf.',
    });
  return [
    ...(configuration === undefined ? [] : [`--config=${configuration}`]),
    `--stanza=${stanza}`,
    '--log-level-file=off',
    '--log-level-console=off',
    '--log-level-stderr=error',
  ];
}

/** For the commands that know it: the lock of the machine's own pgBackRest is not ours. */
const lockPath = ({ home }: RestoredCluster): string => `--lock-path=${join(home, 'pgbackrest')}`;

async function run(
  { signal, workspace }: RestoreContext,
  argumentsOf: readonly string[],
  doing: string,
): Promise<string> {
  const { code, output, errors } = await runProgram({
    program: programPath(),
    arguments: argumentsOf,
    signal,
    onProcess: workspace.onProcess,
  });
  if (code === 0) return output;
  const said = /ERROR: (\[\d+\]: .*)/.exec(`${errors}\n${output}`)?.[1] ?? `it ended with ${code}`;
  throw new ProviderError(`pgBackRest cannot ${doing}: ${said.slice(0, 300)}`, {
    hint: 'Run the same command by hand where the repository is.',
  });
}

function programPath(): string {
  const program = findProgram('pgbackrest');
  if (program !== undefined) return program;
  throw new UserError('The backup is pgBackRest’s, and pgbackrest is not installed here.', {
    hint: 'Debian and Ubuntu: apt-get install pgbackrest, the version that made the backup or a newer one.',
  });
}

export async function readBackupSet(context: RestoreContext, backup: PgBackRest): Promise<BackupSet> {
  const json = await run(context, [...options(backup), '--output=json', 'info'], 'read the repository');
  const found = newestBackup(json, backup.stanza);
  if (found !== undefined) return found;
  throw new UserError(`The repository has no backup of the stanza ${backup.stanza}.`, {
    hint: '`pgbackrest info` on this machine shows what the repository holds.',
  });
}

/** Restores the newest backup set; pgBackRest checks each file's checksum on the way (its user guide, "Restore"). */
export async function restoreBackupSet(
  context: RestoreContext,
  backup: PgBackRest,
  set: BackupSet,
  cluster: RestoredCluster,
): Promise<void> {
  const tablespaces = tablespaceFolder(cluster);
  await mkdir(tablespaces, { recursive: true, mode: 0o700 });
  await run(
    context,
    [
      ...options(backup),
      `--set=${set.label}`,
      `--pg1-path=${cluster.data}`,
      lockPath(cluster),
      `--tablespace-map-all=${tablespaces}`,
      '--archive-mode=off',
      `--process-max=${context.jobs}`,
      'restore',
    ],
    'restore',
  );
}

/** What `verify` found damaged, from its words: its exit code is 0 all the same, and without damage it says nothing (pgBackRest 2.45, verified). */
export function verifyProblems(said: string): readonly string[] {
  const lines = said.split('\n').map((line) => line.trim());
  const bad = lines.filter((line) =>
    /^(?:backup|archiveId): .*invalid|(?:missing|invalid|other): *[1-9]/.test(line),
  );
  return bad.length === 0 && lines.includes('status: error') ? ['status: error'] : bad;
}

/** Every file of the repository against its checksum, and the WAL for gaps. */
export async function verifyRepository(context: RestoreContext, backup: PgBackRest): Promise<string> {
  return run(context, [...options(backup), '--output=text', 'verify'], 'verify the repository');
}

/** What the server runs to get a WAL file. It is a shell's line by Postgres' own rule (docs: 20.5.5), so each part is quoted. */
export function restoreCommand(backup: PgBackRest, cluster: RestoredCluster): string {
  const fixed = [
    programPath(),
    ...options(backup),
    `--pg1-path=${cluster.data}`,
    lockPath(cluster),
    'archive-get',
  ];
  return `${fixed.map(quoted).join(' ')} %f "%p"`;
}

function quoted(part: string): string {
  return `'${part.replaceAll("'", `'\\''`).replaceAll('%', '%%')}'`;
}
