import { type Admin, locked, type Server, serverTime } from './admin.ts';
import { findBaseline } from './baselines.ts';
import { branchOf, type Workshop } from './branch-access.ts';
import { copyBaseline, requireFit } from './copy.ts';
import { branchPassword } from './credentials.ts';
import { restoreSettings } from './database-settings.ts';
import { commentOn, dropDatabase, readDatabases } from './databases.ts';
import { requireOwner } from './guards.ts';
import { branchName, roleNames } from './identity.ts';
import { firstLabels, renewed } from './lifecycle.ts';
import { locate, reread } from './lookup.ts';
import { openCopy, sessionSettings } from './opening.ts';
import type {
  Branch,
  BranchIdentity,
  BranchLabels,
  CreateRequest,
  Making,
  Removal,
  Unchanged,
} from './provider.ts';
import { isolate } from './quarantine.ts';
import { clearAll, clearRemains, isRemains, shardsOf } from './remains.ts';
import { reserve } from './reserve.ts';
import { ensureRoles } from './roles.ts';
import { reasonToKeep } from './survey.ts';
import { requireStillUsable, requireUsable } from './trusted.ts';
import { usageOf } from './usage.ts';

type Made = { readonly branch: Branch; readonly making: Making };

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
  const ready = commentOn(name, { branch: { state: 'ready', labels } });
  await openCopy(server, admin, { name, roles, last: ready });
  const making = { durationMs: performance.now() - started, copy, quarantine };
  return { branch: branchOf(workshop, name, labels), making };
}

async function renewRoles(workshop: Workshop, admin: Admin, labels: BranchLabels, shards = 0): Promise<void> {
  const password = branchPassword(await workshop.secret(), labels);
  const name = branchName(labels);
  const access = { password, validUntil: labels.expiresAt, owner: labels, shards };
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
      await requireStillUsable(workshop.server, admin, records, request.baselineId);
      const labels = renewed(existing.labels, request);
      await renewRoles(workshop, admin, labels, shardsOf(records, labels).length);
      await renewSettings(workshop.server, admin, existing.name, labels);
      await admin.script(commentOn(existing.name, { branch: { state: 'ready', labels } }));
      return { branch: branchOf(workshop, existing.name, labels), created: false };
    }
    const taken = records.find((record) => record.name === branchName(identity));
    if (taken && !isRemains(taken, identity)) requireOwner(taken.name, taken.label, identity);
    const parent = findBaseline(records, request.baselineId);
    await requireUsable(workshop.server, admin, parent, request.baselineId);
    await clearRemains(workshop.server, admin, records, identity);
    const made = await makeBranch(workshop, admin, request, parent?.database ?? '');
    return { ...made, created: true };
  });
}

/** Provider.reset: the database is dropped and copied again; the roles stay, and with them the credentials. */
export async function resetBranch(workshop: Workshop, branch: Branch, baselineId: string): Promise<Made> {
  await workshop.secret();
  return locked(workshop.server, branchName(branch.labels), async (admin) => {
    const { record, labels } = await reread(admin, branch);
    const records = await readDatabases(admin);
    const parent = findBaseline(records, baselineId);
    await requireUsable(workshop.server, admin, parent, baselineId);
    await clearRemains(workshop.server, admin, records, labels);
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
