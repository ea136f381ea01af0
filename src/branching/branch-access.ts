import { ProviderError } from '../errors.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import type { Secret } from '../secret.ts';
import { asAdmin, locked, type Server, serverTime } from './admin.ts';
import { branchPassword } from './credentials.ts';
import { commentOn, readDatabases } from './databases.ts';
import { branchName, holdLock, roleNames } from './identity.ts';
import { locate, reread } from './lookup.ts';
import { clearNote, readNote, writeNote } from './notes.ts';
import type { Branch, BranchIdentity, BranchLabels, BranchUsage } from './provider.ts';
import { divergedOf, usageOf } from './usage.ts';

/** What the operations on branches need to know: the server, the provider's name, and its secret when first asked. */
export type Workshop = {
  readonly server: Server;
  readonly provider: string;
  readonly secret: () => Promise<Secret>;
};

/** The branch of this database, as these labels tell. */
export function branchOf(workshop: Workshop, name: string, labels: BranchLabels): Branch {
  return { id: name, name, provider: workshop.provider, labels };
}

/** After this long without the lock, somebody else has it. */
const WAITING_MS = 1_000;

/** Provider.hold. The lock is another than the one that create, reset and remove take for themselves inside of it. */
export async function holdBranch<T>(
  server: Server,
  identity: BranchIdentity,
  work: () => Promise<T>,
): Promise<T> {
  const name = branchName(identity);
  const waiting = setTimeout(
    () => server.onProgress(`Another run works on the branch ${name}; waiting for it to end.`),
    WAITING_MS,
  );
  const begin = () => {
    clearTimeout(waiting);
    return work();
  };
  try {
    return await locked(server, holdLock(name), begin, server.holdWaitMs);
  } finally {
    clearTimeout(waiting);
  }
}

/** Provider.find. */
export async function findBranch(workshop: Workshop, identity: BranchIdentity): Promise<Branch | undefined> {
  const found = locate(await asAdmin(workshop.server, readDatabases), identity);
  return found && branchOf(workshop, found.name, found.labels);
}

/** Provider.connect. Throws ProviderError for an expired branch as well, since its role could not log in. */
export async function connectBranch(workshop: Workshop, branch: Branch): Promise<ConnectionFacts> {
  const { labels, now } = await asAdmin(workshop.server, async (admin) => ({
    ...(await reread(admin, branch)),
    now: await serverTime(admin),
  }));
  return loginFacts(workshop, branch.name, labels, now);
}

/** The facts with which the branch's login role enters one of its databases. Throws ProviderError for an expired branch. */
export async function loginFacts(
  workshop: Workshop,
  database: string,
  labels: BranchLabels,
  now: Date,
): Promise<ConnectionFacts> {
  const name = branchName(labels);
  if (Date.parse(labels.expiresAt) <= now.getTime()) {
    throw new ProviderError(`The branch ${name} expired at ${labels.expiresAt}.`, {
      hint: 'Run the branch action again: it renews the branch.',
    });
  }
  const password = branchPassword(await workshop.secret(), labels);
  return { ...workshop.server.facts, database, user: roleNames(name).login, password };
}

/** Provider.touch. */
export async function touchBranch(workshop: Workshop, branch: Branch): Promise<Branch> {
  return locked(workshop.server, branchName(branch.labels), async (admin) => {
    const labels = { ...(await reread(admin, branch)).labels, touched: true };
    await clearNote(admin, branch.name);
    await admin.script(commentOn(branch.name, { branch: { state: 'ready', labels } }));
    return branchOf(workshop, branch.name, labels);
  });
}

/** Provider.remember. */
export async function rememberOfBranch(workshop: Workshop, branch: Branch, text: string): Promise<void> {
  await locked(workshop.server, branchName(branch.labels), async (admin) => {
    await reread(admin, branch);
    await writeNote(admin, branch.name, text);
  });
}

/** Provider.recall. */
export async function recallOfBranch(workshop: Workshop, branch: Branch): Promise<string | undefined> {
  return asAdmin(workshop.server, async (admin) => {
    await reread(admin, branch);
    return readNote(admin, branch.name);
  });
}

/** Provider.list. A half-made branch is listed too, so that a sweep sees it; `connect` refuses it. */
export async function listBranches(
  workshop: Workshop,
  repositoryId: number,
  after: string | undefined,
  pageSize: number,
): Promise<{ branches: readonly Branch[]; next: string | undefined }> {
  const records = await asAdmin(workshop.server, readDatabases);
  const branches = records.flatMap(({ name, label }) => {
    if (!label || !('branch' in label) || (after !== undefined && name <= after)) return [];
    const { labels } = label.branch;
    return labels.repositoryId === repositoryId ? [branchOf(workshop, name, labels)] : [];
  });
  const page = branches.slice(0, pageSize);
  return { branches: page, next: branches.length > page.length ? page.at(-1)?.id : undefined };
}

/** Provider.usage. */
export async function branchUsage(workshop: Workshop, branch: Branch): Promise<BranchUsage> {
  return asAdmin(workshop.server, async (admin) => {
    await reread(admin, branch);
    const usage = (await usageOf(admin, [branch.name])).get(branch.name);
    if (usage?.bytes === undefined) {
      throw new ProviderError(`The branch ${branch.name} was dropped while it was measured.`, {
        hint: 'A newer run, or the end of the pull request, took it away. Run this job again.',
        retryable: true,
      });
    }
    return { ...usage, bytes: usage.bytes, divergedBytes: await divergedOf(admin, branch.name) };
  });
}
