import type { ConnectionFacts } from '../postgres/facts.ts';

/** Whose database this is. Never derived from the head ref. */
export type BranchIdentity = {
  readonly repositoryId: number;
  readonly subject:
    | { readonly kind: 'pull-request'; readonly number: number }
    | ({ readonly kind: 'merge-group'; readonly headSha: string } & OfOneJob)
    | ({ readonly kind: 'run'; readonly runId: string; readonly attempt: number } & OfOneJob)
    /** Somebody asked for it by this name: kebab-case, at most 30 characters. It lives for the time that was asked for. */
    | { readonly kind: 'named'; readonly name: string };
};

/**
 * What ends with a job belongs to it alone: a job between two of its steps holds nothing by which another could see that
 * its branch is still needed. Eight hexadecimal digits.
 */
type OfOneJob = { readonly job?: string | undefined };

/** The parent that branches are made from. `schema`: built from the base branch's migrations, no rows of anybody. */
export type Baseline = {
  readonly id: string;
  readonly kind: 'schema' | 'synthetic' | 'masked';
  readonly createdAt: string;
  /** Of a version: what branches ask for. Its id is the name, `@` and the time when it was begun. */
  readonly name?: string | undefined;
  /** ISO 8601, by the source's clock: what its rows are as of. */
  readonly sourceAt?: string | undefined;
  /** What its refresh proved, signed. Text that nobody in this room reads. */
  readonly attestation?: string | undefined;
};

/** The database that a baseline's proof has to be about, and the server's clock. */
export type BaselinePlace = {
  readonly databaseOid: number;
  /** Null where the server does not tell (docs: 9.28, pg_control_system). */
  readonly systemIdentifier: string | null;
  readonly now: Date;
};

/** Why no branch is made from a masked baseline, in a sentence, and what to do. */
export type Distrust = { readonly why: string; readonly hint: string };

/** Judges what a masked baseline says of itself; undefined when it holds. */
export type Trust = (baseline: Baseline, at: BaselinePlace) => Distrust | undefined;

/** Owner labels, kept on the branch itself (COMMENT ON DATABASE on plain Postgres). */
export type BranchLabels = {
  readonly repositoryId: number;
  readonly subject: BranchIdentity['subject'];
  readonly headSha: string;
  readonly baseRef: string;
  readonly baselineId: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly expiresAt: string;
  /** A migration of the pull request was begun on it: it is no longer equal to its baseline. */
  readonly touched: boolean;
  /** Login of the pull request's author, for quotas and for people; undefined where there is none. */
  readonly author?: string | undefined;
  /** `owner/name` as it was called last, for people; the repository is known by its id. */
  readonly repository?: string | undefined;
};

export type Branch = {
  readonly id: string;
  readonly name: string;
  readonly provider: string;
  readonly labels: BranchLabels;
};

export type CreateRequest = {
  readonly identity: BranchIdentity;
  readonly baselineId: string;
  readonly headSha: string;
  readonly baseRef: string;
  readonly expiresAt: string;
  readonly author?: string | undefined;
  readonly repository?: string | undefined;
  /** Most that may be there once this branch is; nothing is limited when left out. */
  readonly quota?: Quota | undefined;
};

/** Counts of branches, and the logical bytes of all branches on the server together. */
export type Quota = {
  readonly repository?: number | undefined;
  readonly author?: number | undefined;
  readonly total?: number | undefined;
  readonly bytes?: number | undefined;
};

/** What a branch's login role may take, from the policy; 0 lifts a time limit. */
export type BranchLimits = {
  readonly connections: number;
  readonly statementTimeoutMs: number;
  readonly idleTransactionMs: number;
  readonly idleSessionMs: number;
};

/** What the team asks to be made harmless in each copy, beyond what always is. */
export type QuarantineWish = {
  /** Outbox and queue tables, `schema.table`, that are emptied. One that is not there is no error. */
  readonly tables: readonly string[];
};

/** One thing that came with the baseline and could reach out of the branch, and what was done with it. */
export type Quarantined = {
  readonly kind:
    | 'user mapping'
    | 'foreign server'
    | 'foreign-data wrapper'
    | 'foreign table'
    | 'subscription'
    | 'publication'
    | 'cron job'
    | 'event trigger'
    | 'trigger'
    | 'function'
    | 'queue'
    | 'table';
  /** As an SQL name; never an option's value. */
  readonly name: string;
  readonly action: 'dropped' | 'disabled' | 'emptied' | 'revoked';
  /** Rows that were emptied or disabled. */
  readonly rows?: number | undefined;
};

export type CopyStrategy = 'wal-log' | 'file-copy' | 'clone';

/** How a baseline's files were copied: what was foreseen, and what came of it. */
export type Copy = {
  readonly strategy: CopyStrategy;
  /** Why this one: one sentence with the numbers that decided. */
  readonly why: string;
  /** Whether files on the server's filesystem share blocks: tried, not assumed. */
  readonly reflink: 'proved' | 'absent' | 'unknown';
  /** Logical size of the baseline. */
  readonly bytes: number;
  readonly files?: number | undefined;
  readonly predictedMs: number;
  readonly actualMs: number;
  /** Disk that the copy takes, WAL included. */
  readonly predictedBytes: number;
  /** Free space that went; undefined where the server's disk cannot be seen. */
  readonly actualBytes?: number | undefined;
};

/** How a branch was made or made anew. */
export type Making = {
  readonly durationMs: number;
  /** Undefined for a provider that copies no files. */
  readonly copy?: Copy | undefined;
  readonly quarantine: readonly Quarantined[];
};

/** A branch as the server holds it now, finished or half made, of whichever repository. */
export type Held = {
  readonly branch: Branch;
  readonly state: 'ready' | 'making';
  /** Logical bytes; undefined where the server would not tell. */
  readonly bytes: number | undefined;
  /** Sessions connected to it now. */
  readonly sessions: number;
  /** A job works on it now: makes it, holds it or removes it. */
  readonly busy: boolean;
  /**
   * ISO 8601: when a session that is connected now last began or ended a statement (docs: 27.2.3, pg_stat_activity's
   * state_change). Postgres keeps no such time of sessions that went, so undefined means nobody is there, not that nobody was.
   */
  readonly lastActivity: string | undefined;
};

/** What must still be so, once nobody else works on the branch, for a removal that was decided some time ago. */
export type Unchanged = {
  readonly labels: BranchLabels;
  readonly state: Held['state'];
  /** Nobody is connected and no job holds it. */
  readonly idle: boolean;
};

/** Something of ours on the server that is no branch and no baseline, and that nobody should need any more. */
export type Remain = {
  /** `database`: never finished or half dropped. `building`: a baseline's, from a build that ended early. `role`: its database is gone. `directory`: files of no database, which only a person can remove. */
  readonly kind: 'database' | 'building' | 'shard' | 'role' | 'slot' | 'directory';
  readonly name: string;
  /** Undefined for what belongs to the server and to no repository. */
  readonly repositoryId: number | undefined;
  readonly owner?: BranchIdentity | undefined;
  /** What it is and how that is known: one sentence. */
  readonly what: string;
  readonly bytes?: number | undefined;
  /** ISO 8601: since when it is so, where the server knows. */
  readonly since?: string | undefined;
  /** ISO 8601: somebody may need it until then. */
  readonly expiresAt?: string | undefined;
  /** A job works on it now. */
  readonly busy: boolean;
  /** Why `clear` cannot take it away, and who can. */
  readonly blocked?: string | undefined;
  /** It stands for a place where our role may not look, and where nothing may be. */
  readonly unseen?: true;
};

/** `kept`: why it was left alone although it is there. */
export type Removal = { readonly removed: boolean; readonly kept?: string | undefined };

/** What a branch takes, and whether anybody works on it. */
export type BranchUsage = {
  /** Logical size: blocks shared with the baseline count in full. */
  readonly bytes: number;
  /** Bytes on disk that it shares with nothing; undefined where the filesystem or the administrator's rights do not tell. */
  readonly divergedBytes?: number | undefined;
  /** Client sessions in it now, the provider's own left out. */
  readonly sessions: number;
  /** ISO 8601, UTC; undefined where nobody is in it, since no server dates what is past. */
  readonly lastActivity?: string | undefined;
};

export type Capabilities = {
  /** Branches take SQL (false only for the in-memory provider). */
  readonly sql: boolean;
  /** Branches outlive the process that made them. */
  readonly durable: boolean;
  readonly maximumNameBytes: number;
  /** Branches can be copied as they stand, for tests that run at once (`withShard`). */
  readonly shards: boolean;
};

/** Which copy of a branch is wanted. */
export type ShardRequest = {
  /** From 0 to `MAXIMUM_SHARDS`; two jobs that name the same one take turns. */
  readonly index: number;
  /** ISO 8601, UTC: when a sweep may take what a killed job left. */
  readonly expiresAt: string;
};

/** What `withShard` gives to its work. */
export type ShardWork<T> = (facts: ConnectionFacts, copyMs: number) => Promise<T>;

/** What fills a new baseline: receives the facts of an empty database owned by the caller for the time of the call. */
export type BuildBaseline = (facts: ConnectionFacts) => Promise<void>;

export type Provider = {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Postgres' major version. */
  readonly serverVersion: () => Promise<number>;
  /** The server's clock, by which branches are born and expire: runners' clocks differ. */
  readonly now: () => Promise<Date>;
  /** Finds a baseline by id. Throws ProviderError when something else bears its name. */
  readonly findBaseline: (id: string) => Promise<Baseline | undefined>;
  /**
   * The baseline of this id, else a version of this name: the one of the id `held`, when it is there and branches may be
   * made from it, else the newest. Throws ProviderError when no branch may be made from that, rather than take an older one.
   */
  readonly resolveBaseline: (wanted: string, held?: string) => Promise<Baseline | undefined>;
  /** The manifest that a baseline's refresh kept beside it; undefined when there is none. */
  readonly manifestOf: (baselineId: string) => Promise<string | undefined>;
  /** Get or build. A build that throws leaves nothing behind; two at once build one. */
  readonly ensureBaseline: (baseline: Baseline, build: BuildBaseline) => Promise<Baseline>;
  /**
   * Get or create by identity; `created` says which. An existing branch keeps its data and baseline; its headSha, baseRef
   * and expiresAt labels are renewed. Throws ProviderError, as `reset` and `withShard` do, when the baseline is said to
   * be masked and its proof is not trusted.
   */
  readonly create: (
    request: CreateRequest,
  ) => Promise<{ readonly branch: Branch; readonly created: boolean; readonly making?: Making }>;
  /**
   * Runs `work` while no other job holds the same branch, which need not exist yet; waits for the one that does. All
   * work on a branch's data stands in it, so that two runs of one pull request never reset under each other. `remove`
   * does not wait for it. Throws ProviderError when the other job holds it for too long.
   */
  readonly hold: <T>(identity: BranchIdentity, work: () => Promise<T>) => Promise<T>;
  /** Exact, by labels. */
  readonly find: (identity: BranchIdentity) => Promise<Branch | undefined>;
  /** Throws ProviderError when the branch is gone, is a baseline, or bears other labels than `branch` says. */
  readonly connect: (branch: Branch) => Promise<ConnectionFacts>;
  /** Marks the branch as no longer equal to its baseline, before the first migration touches it. */
  readonly touch: (branch: Branch) => Promise<Branch>;
  /**
   * Keeps a text about the branch where no branch's role can read or write it, in place of the one before. `touch`,
   * `reset` and `remove` forget it, and `create` keeps it. Throws ProviderError when the branch is gone or not the same.
   */
  readonly remember: (branch: Branch, text: string) => Promise<void>;
  /** The text that `remember` was last given for this very branch; undefined when there is none. */
  readonly recall: (branch: Branch) => Promise<string | undefined>;
  /** Back to the given baseline's state, same identity, same credentials; connections are ended. */
  readonly reset: (
    branch: Branch,
    baselineId: string,
  ) => Promise<{ readonly branch: Branch; readonly making: Making }>;
  /**
   * Copies the branch as it stands into a database of its own, runs `work` on it and drops it, whatever came of the
   * work. The shard is leased for as long: another job that names the same index waits. Login role and password are the
   * branch's. What a killed job left is dropped first; `reset` and `remove` of the branch drop shards without waiting.
   * Throws ProviderError that names the shard when another job holds it for too long, when sessions stay on the branch,
   * when the branch moved on to another head meanwhile, or when somebody dropped the shard before the work ended.
   */
  readonly withShard: <T>(branch: Branch, request: ShardRequest, work: ShardWork<T>) => Promise<T>;
  /**
   * Missing is success (`removed: false`). Re-reads the labels and refuses what is not this identity's. With `unchanged`,
   * a branch that is no longer so is kept.
   */
  readonly remove: (identity: BranchIdentity, unchanged?: Unchanged) => Promise<Removal>;
  /** Complete or an error; 100 a page, ordered by id. Half-made branches are listed too, so that a sweep sees them. */
  readonly list: (
    repositoryId: number,
    after?: string,
  ) => Promise<{ readonly branches: readonly Branch[]; readonly next: string | undefined }>;
  readonly usage: (branch: Branch) => Promise<BranchUsage>;
  /** Every finished or half-made branch on the server, of all repositories, ordered by name; complete or an error. */
  readonly census: () => Promise<readonly Held[]>;
  /** What is left over of this repository and of no repository; nothing of another. Complete or an error. */
  readonly remains: (repositoryId: number) => Promise<readonly Remain[]>;
  /** Takes a remain away once nobody works on it. Reads it again first; what changed is kept, what is gone is success. */
  readonly clear: (remain: Remain) => Promise<Removal>;
  /** When this repository's sweep was last recorded, ISO 8601; undefined when never. */
  readonly lastSweep: (repositoryId: number) => Promise<string | undefined>;
  readonly recordSweep: (repositoryId: number) => Promise<void>;
  readonly close: () => Promise<void>;
};
