import { ProviderError } from '../errors.ts';
import type { ConnectionFacts } from '../postgres/facts.ts';
import type { Secret } from '../secret.ts';
import { type Admin, asAdmin, locked, type Server, serverTime } from './admin.ts';
import { findBaseline } from './baselines.ts';
import { copyBaseline, requireFit } from './copy.ts';
import { branchPassword } from './credentials.ts';
import { restoreSettings } from './database-settings.ts';
import {
  admit,
  commentOn,
  dropDatabase,
  readDatabases,
  requireClosed,
  sessionSettings,
} from './databases.ts';
import { requireOwner, usableBaseline } from './guards.ts';
import { branchName, holdLock, roleNames } from './identity.ts';
import { firstLabels, renewed } from './lifecycle.ts';
import { locate, reread } from './lookup.ts';
import { clearNote, readNote, writeNote } from './notes.ts';
import type {
  Branch,
  BranchIdentity,
  BranchLabels,
  BranchUsage,
  CreateRequest,
  Making,
  Removal,
  Unchanged,
} from './provider.ts';
import { isolate } from './quarantine.ts';
import { clearAll, clearRemains, isRemains } from './remains.ts';
import { reserve } from './reserve.ts';
import { ensureRoles } from './roles.ts';
import { reasonToKeep } from './survey.ts';
import { divergedOf, usageOf } from './usage.ts';

/** What the operations on branches need to know: the server, the provider's name, and its secret when first asked. */
export type Workshop = {
  readonly server: Server;
  readonly provider: string;
  readonly secret: () => Promise<Secret>;
};

/** After this long without the lock, somebody else has it. */
const WAITING_MS = 1_000;

type Made = { readonly branch: Branch; readonly making: Making };

function branchOf(workshop: Workshop, name: string, labels: BranchLabels): Branch {
  return { id: name, name, provider: workshop.provider, labels };
}

/** Fills the branch's database, under its lock, with its roles in place. `ready` is the last thing written. */
async function makeDatabase(
  workshop: Workshop,
  admin: Admin,
  request: { readonly name: string; readonly template: string; readonly labels: BranchLabels },
): Promise<Made> {
  const started = performance.now();
  const { server } = workshop;
  const { name, template, labels } = request;
  const roles = roleNames(branchName(labels));
  server.onProgress(`Copying the baseline ${labels.baselineId} into ${name}`);
  const label = { branch: { state: 'making' as const, labels } };
  const copy = await copyBaseline(server, admin, { name, template, label, group: roles.group });
  server.onProgress(`Handing the objects in ${name} to its owner group, and closing what leads out of it`);
  const quarantine = await isolate(server, admin, name, roles);
  await restoreSettings(server, admin, { from: template, to: name });
  server.onProgress(`Opening ${name}`);
  await open(server, admin, name, labels);
  const making = { durationMs: performance.now() - started, copy, quarantine };
  return { branch: branchOf(workshop, name, labels), making };
}

/** In one transaction: the database is let in, seen to be closed to all others, and labelled as ready, or nothing of it. */
async function open(server: Server, admin: Admin, name: string, labels: BranchLabels): Promise<void> {
  const roles = roleNames(branchName(labels));
  const { limits } = server;
  await admin.script('BEGIN');
  try {
    await admin.script(admit(name, roles, { limits, serverVersion: admin.serverVersion }));
    await requireClosed(admin, name, roles.group);
    await admin.script(`${commentOn(name, { branch: { state: 'ready', labels } })} COMMIT`);
  } catch (error) {
    await admin.script('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

async function renewRoles(workshop: Workshop, admin: Admin, labels: BranchLabels): Promise<void> {
  const password = branchPassword(await workshop.secret(), labels);
  const name = branchName(labels);
  const access = { password, validUntil: labels.expiresAt, owner: labels };
  await ensureRoles(workshop.server, admin, name, roleNames(name), access);
}

/** The policy's limits may be others by now, and the branch's sessions may have changed theirs. */
async function renewSettings(
  server: Server,
  admin: Admin,
  name: string,
  labels: BranchLabels,
): Promise<void> {
  const given = { limits: server.limits, serverVersion: admin.serverVersion };
  await admin.script(sessionSettings(name, roleNames(branchName(labels)), given));
}

async function makeBranch(
  workshop: Workshop,
  admin: Admin,
  request: CreateRequest,
  template: string,
): Promise<Made> {
  const { identity } = request;
  const name = branchName(identity);
  const labels = firstLabels(request, (await serverTime(admin)).toISOString());
  try {
    workshop.server.onProgress(`Making the roles of ${name}`);
    await reserve(admin, request, () => renewRoles(workshop, admin, labels));
    return await makeDatabase(workshop, admin, { name, template, labels });
  } catch (error) {
    await clearAll(workshop.server, admin, identity).catch(() => undefined);
    throw error;
  }
}

/** Provider.create. */
export async function createBranch(
  workshop: Workshop,
  request: CreateRequest,
): Promise<{ branch: Branch; created: boolean; making?: Making }> {
  const { identity } = request;
  // Asked before the branch's lock is held, so that no job ever waits for one lock while it holds the other.
  await workshop.secret();
  return locked(workshop.server, branchName(identity), async (admin) => {
    const records = await readDatabases(admin);
    const existing = locate(records, identity);
    if (existing) {
      const labels = renewed(existing.labels, request);
      await renewRoles(workshop, admin, labels);
      await renewSettings(workshop.server, admin, existing.name, labels);
      await admin.script(commentOn(existing.name, { branch: { state: 'ready', labels } }));
      return { branch: branchOf(workshop, existing.name, labels), created: false };
    }
    const taken = records.find((record) => record.name === branchName(identity));
    if (taken && !isRemains(taken, identity)) requireOwner(taken.name, taken.label, identity);
    const parent = findBaseline(records, request.baselineId);
    usableBaseline(parent?.baseline, request.baselineId);
    await clearRemains(workshop.server, admin, records, identity);
    const made = await makeBranch(workshop, admin, request, parent?.database ?? '');
    return { ...made, created: true };
  });
}

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
  if (Date.parse(labels.expiresAt) <= now.getTime()) {
    throw new ProviderError(`The branch ${branch.name} expired at ${labels.expiresAt}.`, {
      hint: 'Run the branch action again: it renews the branch.',
    });
  }
  const password = branchPassword(await workshop.secret(), labels);
  const { login } = roleNames(branchName(labels));
  return { ...workshop.server.facts, database: branch.name, user: login, password };
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

/** Provider.reset: the database is dropped and copied again; the roles stay, and with them the credentials. */
export async function resetBranch(workshop: Workshop, branch: Branch, baselineId: string): Promise<Made> {
  await workshop.secret();
  return locked(workshop.server, branchName(branch.labels), async (admin) => {
    const { record, labels } = await reread(admin, branch);
    const parent = findBaseline(await readDatabases(admin), baselineId);
    usableBaseline(parent?.baseline, baselineId);
    const fresh = { ...labels, baselineId, touched: false };
    // Before the drop: what cannot be copied must not cost the branch that is there.
    await requireFit(
      admin,
      parent?.database ?? '',
      (await usageOf(admin, [record.name])).get(record.name)?.bytes,
    );
    await renewRoles(workshop, admin, fresh);
    workshop.server.onProgress(`Dropping ${branch.name}`);
    await dropDatabase(workshop.server, admin, record);
    return makeDatabase(workshop, admin, {
      name: branch.name,
      template: parent?.database ?? '',
      labels: fresh,
    });
  });
}

/** Provider.remove. */
export async function removeBranch(
  workshop: Workshop,
  identity: BranchIdentity,
  unchanged?: Unchanged,
): Promise<Removal> {
  const { server } = workshop;
  return locked(server, branchName(identity), async (admin) => {
    const records = await readDatabases(admin);
    const kept = unchanged && (await reasonToKeep(admin, records, identity, unchanged));
    if (kept) return { removed: false, kept };
    const found = locate(records, identity)?.name;
    const record = records.find((each) => each.name === (found ?? branchName(identity)));
    if (record && !isRemains(record, identity)) {
      requireOwner(record.name, record.label, identity);
      server.onProgress(`Dropping ${record.name}`);
      await dropDatabase(server, admin, record);
    }
    const cleared = await clearAll(server, admin, identity);
    return { removed: record !== undefined || cleared > 0 };
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
        retryable: true,
      });
    }
    return { ...usage, bytes: usage.bytes, divergedBytes: await divergedOf(admin, branch.name) };
  });
}
