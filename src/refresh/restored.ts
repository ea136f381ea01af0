import type { ConnectionFacts } from '../postgres/facts.ts';
import type { DrillLimits } from './drill/limits.ts';
import type { Steps } from './drill/steps.ts';
import type { Workspace } from './workspace.ts';

/** Where WAL replay ends: at the first moment at which the backup is whole, at the end of what was archived, or at a time (ISO 8601). */
export type RecoveryTarget = 'immediate' | 'latest' | { readonly time: string };

/** What a refresh can be made from besides a live database. Paths are the operator's, never a pull request's. */
export type Backup =
  | {
      readonly kind: 'dump';
      /** pg_dump's custom or tar file, or directory. */
      readonly path: string;
    }
  | {
      readonly kind: 'base backup';
      /** pg_basebackup's folder, plain or tar. */
      readonly path: string;
      readonly target?: RecoveryTarget | undefined;
      /** Which of its databases; may be left out where there is only one. */
      readonly database?: string | undefined;
    }
  | {
      readonly kind: 'pgbackrest';
      readonly stanza: string;
      /** pgbackrest.conf; its own default when left out. */
      readonly configuration?: string | undefined;
      readonly target?: RecoveryTarget | undefined;
      readonly database?: string | undefined;
    };

export type PhysicalBackup = Exclude<Backup, { kind: 'dump' }>;

export type RestoreContext = {
  readonly steps: Steps;
  readonly workspace: Workspace;
  readonly limits: DrillLimits;
  readonly now: Date;
  /** Where downloaded server programs are kept. */
  readonly cacheDirectory: string;
  /** A folder of server programs and client tools to use instead of what is found. */
  readonly binaries?: string | undefined;
  readonly jobs: number;
  readonly signal?: AbortSignal | undefined;
};

/** A cluster of our own with the backup's data, which answers. */
export type Restored = {
  readonly source: 'dump' | 'physical';
  /** Its superuser, on the restored database. */
  readonly facts: ConnectionFacts;
  /** As of when the rows are, as far as the backup tells. */
  readonly takenAt: Date | undefined;
  /** For people: no path, host or URL. */
  readonly description: string;
};

/** The steps whose times together are the recovery time: verification is not among them. */
export const RECOVERY_STEPS = {
  dump: ['fetch', 'start', 'restore', 'first query'],
  physical: ['fetch', 'restore', 'replay', 'start', 'first query'],
} as const;
