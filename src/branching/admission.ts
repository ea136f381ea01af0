import { byteWords } from '../byte-words.ts';
import { commandLine } from '../command-line.ts';
import { ProviderError } from '../errors.ts';
import { ownerWords, sameOwner } from './identity.ts';
import type { RoleOwner } from './labels.ts';
import type { BranchIdentity, CreateRequest, Quota } from './provider.ts';

/** A branch, or one that is being made: it counts from the moment in which its roles are made. */
export type Holder = RoleOwner & {
  readonly name: string;
  readonly state: 'making' | 'ready';
  /** ISO 8601; unknown of one that has no database yet. */
  readonly expiresAt?: string;
};

/** A quota that one more branch would exceed, and who holds it. */
export type Full = {
  readonly limit: keyof Quota;
  readonly most: number;
  readonly held: number;
  readonly holders: readonly Holder[];
};

/** Holders that a refusal names. */
const LISTED = 10;

/** The first quota that one more branch of the request's owner would exceed; `bytes` are of all holders, and of one more. */
export function fullQuota(
  request: Pick<CreateRequest, 'identity' | 'author' | 'quota'>,
  everyHolder: readonly Holder[],
  bytes?: { readonly held: number; readonly more: number },
): Full | undefined {
  const { identity, author, quota = {} } = request;
  const total = everyHolder.filter((holder) => !sameOwner(holder, identity));
  const repository = total.filter(({ repositoryId }) => repositoryId === identity.repositoryId);
  const own = author === undefined ? [] : repository.filter((holder) => sameLogin(holder.author, author));
  for (const [limit, holders] of [
    ['author', own],
    ['repository', repository],
    ['total', total],
  ] as const) {
    const most = quota[limit];
    if (most === undefined || (limit === 'author' && author === undefined)) continue;
    if (holders.length >= most) return { limit, most, held: holders.length, holders };
  }
  if (quota.bytes === undefined || bytes === undefined || bytes.held + bytes.more <= quota.bytes) return;
  return { limit: 'bytes', most: quota.bytes, held: bytes.held, holders: total };
}

/** Logins are compared without case (GitHub's docs: "Changing your username" keeps them unique so). */
function sameLogin(one: string | undefined, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

/** The holders that a refusal names: the largest where bytes are short, else the oldest. */
export function namedHolders(
  { limit, holders }: Full,
  sizes: ReadonlyMap<string, number>,
): readonly Holder[] {
  const size = ({ name }: Holder) => sizes.get(name) ?? 0;
  const age = ({ createdAt }: Holder) => Date.parse(createdAt);
  return holders
    .toSorted((a, b) => (limit === 'bytes' ? size(b) - size(a) : age(a) - age(b)))
    .slice(0, LISTED);
}

/** The refusal, of status `quota`, with the numbers, what to do, and who holds what. */
export function quotaError(
  full: Full,
  request: Pick<CreateRequest, 'identity' | 'author'>,
  { named, sizes, now }: { named: readonly Holder[]; sizes: ReadonlyMap<string, number>; now: Date },
): ProviderError {
  const list = named.map((holder) => holderWords(holder, request.identity, sizes.get(holder.name), now));
  const more = full.holders.length - named.length;
  const rest = more > 0 ? `; and ${more} more` : '';
  return new ProviderError(`${words(full, request.author)} No branch is made.`, {
    status: 'quota',
    hint: `Close pull requests, let actions/sweep remove stale branches, remove one by \`${commandLine('branch remove --repository OWNER/NAME --pull-request NUMBER')}\`, or raise branch.quota.${full.limit} in .github/pullgres.yml. Held by ${list.join('; ')}${rest}.`,
  });
}

function words({ limit, most, held }: Full, author: string | undefined): string {
  switch (limit) {
    case 'author':
      return `The quota of ${most} branches of one author in this repository is full: ${author} has ${held}.`;
    case 'repository':
      return `The quota of ${most} branches of this repository is full: ${held} are there.`;
    case 'total':
      return `The quota of ${most} branches on this server is full: ${held} are there.`;
    case 'bytes':
      return `The quota of ${byteWords(most)} for all branches on this server is full: they hold ${byteWords(held)}.`;
  }
}

/**
 * A refusal may be read by all who read this repository, so another repository's name and people are not told: its
 * number is, by which `pullgres branch list` finds it.
 */
function holderWords(holder: Holder, asker: BranchIdentity, bytes: number | undefined, now: Date): string {
  const isOwn = holder.repositoryId === asker.repositoryId;
  const who =
    isOwn && holder.repository !== undefined
      ? ownerWords(holder).replace(/repository \d+$/, () => holder.repository ?? '')
      : ownerWords(holder);
  const facts = [
    isOwn ? holder.author : undefined,
    `${ageWords(holder.createdAt, now)} old`,
    expiredWords(holder, now),
    holder.state === 'making' ? 'being made' : undefined,
    bytes === undefined ? undefined : byteWords(bytes),
  ];
  return `${who} (${facts.filter((fact) => fact !== undefined).join(', ')})`;
}

function ageWords(since: string, now: Date): string {
  const hours = Math.max(0, Math.floor((now.getTime() - Date.parse(since)) / 3_600_000));
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

function expiredWords({ expiresAt }: Holder, now: Date): string | undefined {
  if (expiresAt === undefined || Date.parse(expiresAt) > now.getTime()) return undefined;
  return `expired ${ageWords(expiresAt, now)} ago`;
}
