import type { Branch, Held, Making, Provider } from '../branching/provider.ts';
import { connectionUrl } from '../postgres/url.ts';
import type { BranchJson, ListedJson } from '../report/branch-json-schema.ts';
import type { World } from '../runner/world.ts';
import { connectMasked, openAsBranch } from './credentials.ts';

/** A branch that a call at a terminal made, found or brought back. */
export type Done = {
  readonly branch: Branch;
  readonly created: boolean;
  readonly making?: Making | undefined;
};

/** The branch as it is told, once a session on it has been opened. */
export async function madeJson(
  world: World,
  provider: Provider,
  { branch, created, making }: Done,
  { showUrl }: { readonly showUrl?: boolean | undefined },
): Promise<BranchJson> {
  const facts = await connectMasked(world, provider, branch);
  await (await openAsBranch(branch, facts, world.signal)).close();
  const { labels } = branch;
  return {
    branch: branch.name,
    id: branch.id,
    baseline: labels.baselineId,
    created,
    createdAt: labels.createdAt,
    expires: labels.expiresAt,
    strategy: making?.copy?.strategy ?? null,
    predictedMs: making?.copy?.predictedMs ?? null,
    actualMs: making?.copy?.actualMs ?? null,
    quarantine: [...(making?.quarantine ?? [])],
    ...(showUrl ? { url: connectionUrl(facts).reveal() } : {}),
  };
}

/** `now`: by the server's clock. */
export function listedJson({ branch, state, bytes }: Held, now: Date): ListedJson {
  const { name, id, labels } = branch;
  const { subject } = labels;
  return {
    branch: name,
    id,
    repository: labels.repository ?? null,
    repositoryId: labels.repositoryId,
    pullRequest: subject.kind === 'pull-request' ? subject.number : null,
    name: subject.kind === 'named' ? subject.name : null,
    baseline: labels.baselineId,
    createdAt: labels.createdAt,
    expires: labels.expiresAt,
    state,
    expired: Date.parse(labels.expiresAt) <= now.getTime(),
    touched: labels.touched,
    author: labels.author ?? null,
    bytes: bytes ?? null,
  };
}
