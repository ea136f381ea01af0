import { type Admin, serverTime, whileLocked } from './admin.ts';
import { fullQuota, type Holder, namedHolders, quotaError } from './admission.ts';
import { findBaseline } from './baselines.ts';
import { type DatabaseRecord, readDatabases } from './databases.ts';
import { ownerKey } from './identity.ts';
import { parseLabel } from './labels.ts';
import type { CreateRequest } from './provider.ts';
import { databaseSizes } from './sizes.ts';

/**
 * Makes the roles of a branch, which hold its place, where the quota has room. Counting and making stand under one lock
 * for the whole server; whoever has it waits for no other lock. Throws ProviderError of status `quota`.
 */
export async function reserve(
  admin: Admin,
  request: CreateRequest,
  makeRoles: () => Promise<void>,
): Promise<void> {
  const { quota } = request;
  if (quota === undefined || Object.values(quota).every((limit) => limit === undefined)) return makeRoles();
  await whileLocked(admin, 'admission', async () => {
    await refuseFull(admin, request);
    await makeRoles();
  });
}

async function refuseFull(admin: Admin, request: CreateRequest): Promise<void> {
  const records = await readDatabases(admin);
  const holders = await readHolders(admin, records);
  const known =
    request.quota?.bytes === undefined ? undefined : await measure(admin, records, holders, request);
  const full = fullQuota(request, holders, known?.bytes);
  if (full === undefined) return;
  const sizes = known?.sizes ?? new Map<string, number>();
  const named = namedHolders(full, sizes);
  const shown =
    known?.sizes ??
    (await databaseSizes(
      admin,
      named.map(({ name }) => name),
    ));
  throw quotaError(full, request, { named, sizes: shown, now: await serverTime(admin) });
}

/** Branches by the labels of their databases, and those that have no database yet by their login roles'. */
export async function readHolders(
  admin: Admin,
  records: readonly DatabaseRecord[],
): Promise<readonly Holder[]> {
  const holders = new Map<string, Holder>();
  const { rows } = await admin.query(
    `SELECT rolname::text AS name, shobj_description(oid, 'pg_authid') AS comment FROM pg_roles WHERE rolcanlogin`,
  );
  for (const { name, comment } of rows) {
    const label = parseLabel(typeof comment === 'string' ? comment : undefined);
    if (!label || !('role' in label) || !label.role.owner) continue;
    holders.set(ownerKey(label.role.owner), { ...label.role.owner, name: String(name), state: 'making' });
  }
  for (const { name, label } of records) {
    if (!label || !('branch' in label)) continue;
    const { labels, state } = label.branch;
    holders.set(ownerKey(labels), { ...labels, name, state });
  }
  return [...holders.values()];
}

/** Logical sizes of all holders: one that is being made counts as its baseline at least. */
async function measure(
  admin: Admin,
  records: readonly DatabaseRecord[],
  holders: readonly Holder[],
  request: CreateRequest,
) {
  const parentOf = (id: string) => findBaseline(records, id)?.database;
  const making = holders.filter(({ state }) => state === 'making');
  const parents = [request, ...making].map(({ baselineId }) => parentOf(baselineId));
  const there = new Set(records.map(({ name }) => name));
  const names = [...holders.map(({ name }) => name), ...parents].filter(
    (name): name is string => name !== undefined && there.has(name),
  );
  const measured = await databaseSizes(admin, [...new Set(names)]);
  const sizeOf = (name: string | undefined) => (name === undefined ? 0 : (measured.get(name) ?? 0));
  const sizes = new Map(
    holders.map((holder) => [
      holder.name,
      Math.max(sizeOf(holder.name), holder.state === 'making' ? sizeOf(parentOf(holder.baselineId)) : 0),
    ]),
  );
  const held = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
  return { sizes, bytes: { held, more: sizeOf(parentOf(request.baselineId)) } };
}
