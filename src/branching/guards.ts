import { ProviderError } from '../errors.ts';
import { ownerWords, safeName, sameOwner, shortHash } from './identity.ts';
import type { Label } from './labels.ts';
import type {
  Baseline,
  BaselinePlace,
  Branch,
  BranchIdentity,
  BranchLabels,
  Distrust,
  Trust,
  Unchanged,
} from './provider.ts';

/** The name of a baseline's database; it is found by its label, the name only keeps two from being made. */
export function baselineName(id: string): string {
  const readable = id
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .slice(0, 24);
  return safeName(`pullgres_baseline_${readable}_${shortHash(id)}`);
}

/** A database bears a name that Pullgres would use, and its label does not say that it is ours. */
export function namesake(name: string): ProviderError {
  return new ProviderError(`The database ${name} was not made by Pullgres, or its label was changed.`, {
    hint: `Look at what it holds; rename it or drop it by hand, then run this job again.`,
  });
}

/** A baseline with what its trust hangs on. */
export type FoundBaseline = {
  readonly baseline: Baseline;
  readonly place: BaselinePlace;
  /** Its database takes connections. */
  readonly connectable: boolean;
  /** Nobody has altered its database since it was published. */
  readonly untouched: boolean;
};

const NO_KEYS: Distrust = {
  why: 'Nothing here says whose signature is to be trusted.',
  hint: 'Put the public key that `pullgres mask key` printed under masking.public-keys in .github/pullgres.yml, or use a baseline of kind schema or synthetic.',
};

const TOUCHED: Distrust = {
  why: 'Its database was altered since it was published: opened, granted on, renamed or labelled anew.',
  hint: 'Refresh the baseline: its rows may be others by now than those that were proved.',
};

/** Why a baseline that is said to be masked is not trusted. Without `trust` none is, and without a proof neither. */
export function distrustOf(
  { baseline, place, connectable, untouched }: FoundBaseline,
  trust: Trust | undefined,
): Distrust | undefined {
  if (baseline.kind !== 'masked') return undefined;
  if (baseline.attestation === undefined) {
    return {
      why: 'It bears no proof.',
      hint: 'Make it by `pullgres refresh`, or use a baseline of kind schema or synthetic.',
    };
  }
  if (connectable) {
    return {
      why: 'Its database takes connections, so its rows may be others by now than those that were proved.',
      hint: 'Refresh the baseline.',
    };
  }
  return (trust ? trust(baseline, place) : NO_KEYS) ?? (untouched ? undefined : TOUCHED);
}

/**
 * The baseline, when branches may be made from it. A masked one is refused as long as nothing proves its masking:
 * a branch of real rows must be impossible by mistake.
 */
export function usableBaseline(
  found: FoundBaseline | undefined,
  id: string,
  trust: Trust | undefined,
): Baseline {
  if (!found) {
    throw new ProviderError(`There is no baseline ${JSON.stringify(id)} on this server.`, {
      hint: 'Build or publish it first; a database without Pullgres’ label is never taken for a baseline.',
    });
  }
  const distrust = distrustOf(found, trust);
  if (distrust) {
    throw new ProviderError(
      `The baseline ${JSON.stringify(id)} is said to be masked, but its masking is not proved. ${distrust.why}`,
      { hint: distrust.hint },
    );
  }
  return found.baseline;
}

/** The baseline as it stands, when it is the one that was asked for. */
export function sameBaseline(found: Baseline, wanted: Baseline): Baseline {
  if (found.kind === wanted.kind) return found;
  throw new ProviderError(
    `The baseline ${JSON.stringify(wanted.id)} is of kind ${found.kind}, not ${wanted.kind}.`,
    { hint: 'Give the other one another id.' },
  );
}

/** The labels of a finished branch of this identity; undefined for all else. */
export function ownLabels(label: Label | undefined, identity: BranchIdentity): BranchLabels | undefined {
  if (!label || !('branch' in label) || label.branch.state !== 'ready') return undefined;
  return sameOwner(label.branch.labels, identity) ? label.branch.labels : undefined;
}

/**
 * The labels that the database bears now, when they are those of the branch in hand: same owner and same birth (a branch
 * that was removed and made anew is another one). Throws ProviderError otherwise; `exists` says whether the database is there.
 */
export function sameBranch(exists: boolean, label: Label | undefined, branch: Branch): BranchLabels {
  const { name, labels } = branch;
  if (!exists) {
    throw new ProviderError(`The branch ${name} is gone.`, {
      hint: 'Run the branch action again: it makes a new one.',
    });
  }
  if (!label) throw namesake(name);
  if ('baseline' in label || 'building' in label) {
    throw new ProviderError(`The database ${name} is a baseline, not a branch.`, {
      hint: 'Its label on the server says so: COMMENT ON DATABASE. Whoever relabelled it by hand must put that right.',
    });
  }
  if ('shard' in label) throw shardInstead(name);
  if (!('branch' in label)) throw namesake(name);
  if (!sameOwner(label.branch.labels, labels)) {
    throw new ProviderError(`The branch ${name} belongs to ${ownerWords(label.branch.labels)}.`, {
      hint: `This job works for ${ownerWords(labels)} and leaves it alone.`,
    });
  }
  if (label.branch.state === 'making') {
    throw new ProviderError(`The branch ${name} is half made.`, {
      retryable: true,
      hint: 'Run the branch action again: it clears the remains and makes the branch anew.',
    });
  }
  if (label.branch.labels.createdAt !== labels.createdAt) {
    throw new ProviderError(`The branch ${name} was removed and made anew since this job looked.`, {
      hint: 'A newer run works on it; run this one again.',
    });
  }
  return label.branch.labels;
}

function shardInstead(name: string): ProviderError {
  return new ProviderError(`The database ${name} is a shard of a branch, not a branch.`, {
    hint: 'Its label on the server says so: COMMENT ON DATABASE. Whoever relabelled it by hand must put that right.',
  });
}

/** Throws ProviderError unless a database in a shard's name is a shard of this branch, of this life or an earlier one. */
export function requireShard(name: string, label: Label | undefined, identity: BranchIdentity): void {
  if (!label || !('shard' in label)) throw namesake(name);
  if (sameOwner(label.shard.labels, identity)) return;
  throw new ProviderError(`The shard ${name} belongs to ${ownerWords(label.shard.labels)}.`, {
    hint: `This job works for ${ownerWords(identity)} and leaves it alone.`,
  });
}

/** Throws ProviderError when the branch serves another commit by now than the one that the shard is wanted for. */
export function sameHead(now: BranchLabels, branch: Branch): void {
  if (now.headSha === branch.labels.headSha) return;
  throw new ProviderError(`The branch ${branch.name} has moved on to ${now.headSha.slice(0, 12)}.`, {
    hint: 'A newer run works on it, and its result counts.',
  });
}

/** The shard's database went while work was done on it. */
export function lostShard(name: string): ProviderError {
  return new ProviderError(`The shard ${name} was dropped while it was worked on.`, {
    hint: 'Its branch was reset or removed, by a newer run or because the pull request was closed.',
  });
}

/** Throws ProviderError, saying whose it is, unless the database is labelled as a branch of this identity. */
export function requireOwner(name: string, label: Label | undefined, identity: BranchIdentity): void {
  if (!label || 'role' in label) throw namesake(name);
  if ('shard' in label) throw shardInstead(name);
  if (!('branch' in label)) {
    throw new ProviderError(`The database ${name} is a baseline, not a branch, and stays as it is.`, {
      hint: 'Its label on the server says so: COMMENT ON DATABASE. Whoever relabelled it by hand must put that right.',
    });
  }
  const owner = label.branch.labels;
  if (!sameOwner(owner, identity)) {
    throw new ProviderError(`The branch ${name} belongs to ${ownerWords(owner)}.`, {
      hint: `This job works for ${ownerWords(identity)} and leaves it alone.`,
    });
  }
}

/** What tells the branch that is there from the one that was seen; undefined when it is the same. */
export function changeOf(
  now: Pick<Unchanged, 'labels' | 'state'>,
  seen: Pick<Unchanged, 'labels' | 'state'>,
): string | undefined {
  if (now.labels.createdAt !== seen.labels.createdAt) return 'It was removed and made anew since.';
  if (now.state !== seen.state) {
    return now.state === 'ready' ? 'It was finished since.' : 'It is being made anew since.';
  }
  const renewed =
    now.labels.expiresAt !== seen.labels.expiresAt || now.labels.headSha !== seen.labels.headSha;
  return renewed ? `It was renewed since and expires at ${now.labels.expiresAt}.` : undefined;
}
