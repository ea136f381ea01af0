import { createHash } from 'node:crypto';
import type { BranchIdentity } from './provider.ts';

/** Postgres cuts longer names with a NOTICE only (NAMEDATALEN − 1; docs, "Identifiers and Key Words"), so two long names could meet. */
export const MAXIMUM_NAME_BYTES = 63;

/** The first 12 hexadecimal digits of the text's SHA-256. */
export function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/**
 * The text as a database or role name: a-z, 0-9 and _ only, at most 63 bytes.
 * Whatever had to be changed or cut ends in a hash of the whole text, so different texts keep different names.
 */
export function safeName(text: string): string {
  const plain = text.replaceAll(/[^a-z0-9_]/g, '_');
  if (plain === text && text.length <= MAXIMUM_NAME_BYTES) return text;
  return `${plain.slice(0, MAXIMUM_NAME_BYTES - 13)}_${shortHash(text)}`;
}

function subjectName(subject: BranchIdentity['subject']): string {
  switch (subject.kind) {
    case 'pull-request':
      return `pr_${subject.number}`;
    case 'merge-group':
      return `mg_${subject.headSha.toLowerCase().slice(0, 12)}${jobName(subject.job)}`;
    case 'run':
      return `run_${subject.runId}_${subject.attempt}${jobName(subject.job)}`;
    case 'named':
      // Two underscores: with one, `qa-s1` would be called as the first shard of `qa` is.
      return `named_${subject.name.replaceAll('-', '__')}`;
  }
}

const jobName = (job: string | undefined) => (job === undefined ? '' : `_j${job}`);

/** Names that people give to branches: kebab-case, at most 30 characters. */
export const KEBAB_NAME = /^(?=.{1,30}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;

/**
 * The branch's name: `pullgres_<repository id>_pr_<n>`, `…_mg_<12 of the sha>_j<job>`, `…_run_<id>_<attempt>_j<job>` or
 * `…_named_<name>`. The same in every job for what outlives one.
 */
export function branchName(identity: BranchIdentity): string {
  return safeName(`pullgres_${identity.repositoryId}_${subjectName(identity.subject)}`);
}

/** Shards of one branch that there can be, besides number 0. */
export const MAXIMUM_SHARDS = 64;

/** The name of a branch's shard: `<branch>_s<index>`. */
export function shardName(branch: string, index: number): string {
  return safeName(`${branch}_s${index}`);
}

/** The lock that a job keeps for as long as it works on the shard. */
export function leaseLock(shard: string): string {
  return `the lease of ${shard}`;
}

/** Whose branch's shard would bear this name. */
export function identityOfShardName(name: string): BranchIdentity | undefined {
  const branch = /^(.+)_s\d{1,2}$/.exec(name)?.[1];
  return branch === undefined ? undefined : identityOfName(branch);
}

/** Every name that a shard of the branch may bear. */
export function shardNames(branch: string): readonly string[] {
  return Array.from({ length: MAXIMUM_SHARDS + 1 }, (_, index) => shardName(branch, index));
}

/** The lock that Provider.hold takes, another than the one of create, reset and remove, which bears the branch's name. */
export function holdLock(branch: string): string {
  return `the branch ${branch}`;
}

const BRANCH_NAME =
  /^pullgres_(\d{1,16})_(?:pr_(\d{1,15})|(?:mg_([0-9a-f]{12})|run_(\d{1,20})_(\d{1,9}))(?:_j([0-9a-f]{8}))?|named_([a-z0-9]+(?:__[a-z0-9]+)*))$/;

/** Whose branch would bear this name. Of a merge group's commit only the twelve digits are known that the name has. */
export function identityOfName(name: string): BranchIdentity | undefined {
  const [, repository, number, headSha, runId, attempt, job, named] = BRANCH_NAME.exec(name) ?? [];
  if (repository === undefined) return undefined;
  const ofJob = job === undefined ? {} : { job };
  const identity: BranchIdentity = { repositoryId: Number(repository), subject: subjectOf() };
  return branchName(identity) === name ? identity : undefined;

  function subjectOf(): BranchIdentity['subject'] {
    if (number !== undefined) return { kind: 'pull-request', number: Number(number) };
    if (headSha !== undefined) return { kind: 'merge-group', headSha, ...ofJob };
    if (named !== undefined) return { kind: 'named', name: named.replaceAll('__', '-') };
    return { kind: 'run', runId: runId ?? '', attempt: Number(attempt), ...ofJob };
  }
}

/** The roles of a database that we made: everything in it belongs to the group, only the login role can connect. */
export function roleNames(database: string): { readonly login: string; readonly group: string } {
  return { login: database, group: safeName(`${database}_owner`) };
}

/** One text for one owner; equal exactly when the owners are. */
export function ownerKey(owner: BranchIdentity): string {
  const { subject } = owner;
  switch (subject.kind) {
    case 'pull-request':
      return JSON.stringify([owner.repositoryId, subject.kind, subject.number]);
    case 'merge-group':
      return JSON.stringify([owner.repositoryId, subject.kind, subject.headSha, subject.job]);
    case 'run':
      return JSON.stringify([owner.repositoryId, subject.kind, subject.runId, subject.attempt, subject.job]);
    case 'named':
      return JSON.stringify([owner.repositoryId, subject.kind, subject.name]);
  }
}

/** Whether the labels say that the branch belongs to this identity. */
export function sameOwner(labels: BranchIdentity, identity: BranchIdentity): boolean {
  return ownerKey(labels) === ownerKey(identity);
}

/** The owner in words for messages: `pull request 7 of repository 42`. */
export function ownerWords(owner: BranchIdentity): string {
  const { subject } = owner;
  switch (subject.kind) {
    case 'pull-request':
      return `pull request ${subject.number} of repository ${owner.repositoryId}`;
    case 'merge-group':
      return `merge group ${subject.headSha} of repository ${owner.repositoryId}`;
    case 'run':
      return `run ${subject.runId}, attempt ${subject.attempt}, of repository ${owner.repositoryId}`;
    case 'named':
      return `the branch ${subject.name} of repository ${owner.repositoryId}`;
  }
}

/** Ids from here on are derived from a repository's name; GitHub's own are consecutive and far below. */
export const FIRST_DERIVED_ID = 2 ** 52;

/**
 * The number of a repository that is known by its name only (`owner/name`, in any case): the same on every machine, a
 * safe integer, and in a range that GitHub never gives out.
 */
export function derivedRepositoryId(name: string): number {
  const digest = createHash('sha256').update(`pullgres repository ${name.toLowerCase()}`).digest();
  return FIRST_DERIVED_ID + digest.readUIntBE(0, 5);
}
