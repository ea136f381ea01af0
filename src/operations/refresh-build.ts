import type { KeyObject } from 'node:crypto';
import type { BuildingSite, Proved } from '../branching/refresh-baseline.ts';
import { type MaskKeys, maskKeys } from '../masking/keys.ts';
import { profileHash } from '../masking/profile/hash.ts';
import { identifier, literal } from '../postgres/quote.ts';
import { withoutValues } from '../postgres/refusal.ts';
import { buildKeys, createSchema } from '../refresh/build-keys.ts';
import { loadRows, type TableRecord } from '../refresh/pipeline.ts';
import { readSequences } from '../refresh/sequences.ts';
import type { RefreshSource } from '../refresh/source.ts';
import { openSourceSession } from '../refresh/source-session.ts';
import { domainsOf } from '../refresh/subset.ts';
import type { World } from '../runner/world.ts';
import type { Prepared } from './refresh-plan.ts';
import { progressLine } from './refresh-progress.ts';
import { proveRefresh } from './refresh-proof.ts';
import type { RefreshLog } from './refresh-record.ts';
import type { RefreshWish } from './refresh-wish.ts';

export type Building = {
  readonly source: RefreshSource;
  readonly wish: RefreshWish;
  readonly log: RefreshLog;
  readonly prepared: Prepared;
  readonly site: BuildingSite;
  /** What the proof is signed with. */
  readonly key: KeyObject;
};

/**
 * Fills the fresh database through the masks, proves it, and signs what was proved.
 * @throws RefusedRefresh when a check says no, or could not say.
 */
export async function buildMasked(world: World, building: Building): Promise<Proved> {
  const { source, wish, log, prepared, site } = building;
  const { plan, ddl } = prepared;
  const keys = maskKeys(wish.maskKey, domainsOf(plan));
  log.add({ keyId: keys.keyId });
  const { signal } = world;
  const onProgress = progressLine(world);
  const { facts: target, asAdministrator } = site;
  const shared = { target, asAdministrator, workers: wish.workers, onProgress, signal };
  await makeExtensions(site, prepared);
  await createSchema({ ...shared, statements: ddl.preData.filter((each) => !isExtension(each)) });
  const records = await loadRows({ ...shared, source, plan, keys });
  log.add({ tables: records.map(tableWords) });
  const sequences = await sequencesOf(source, keys, signal);
  await buildKeys({ ...shared, statements: ddl.postData, sequences });
  return proveRefresh(world, { ...building, keys, records, profileHash: profileHash(wish.profile) });
}

const isExtension = ({ kind }: { readonly kind: string }): boolean => kind === 'extension';

/**
 * By the administrator: most extensions may be made by a superuser alone (docs: 36.17.1, trusted), and who may use a
 * foreign-data wrapper is theirs to say. A branch takes that right back (quarantine).
 */
async function makeExtensions(site: BuildingSite, { ddl }: Prepared): Promise<void> {
  const schemas = new Set(ddl.extensions.flatMap(({ schema }) => schema ?? []));
  for (const schema of schemas) {
    if (schema !== 'pg_catalog')
      await site.asAdministrator(`CREATE SCHEMA IF NOT EXISTS ${identifier(schema)}`);
  }
  for (const { sql, name } of ddl.preData.filter(isExtension)) {
    await site.asAdministrator(sql).catch((error: unknown) => {
      throw withoutValues(error, `The target refused the extension ${name}`, 'target');
    });
  }
  await site.asAdministrator(`DO $grant$ DECLARE wrapper name; owner name; BEGIN
    FOR wrapper, owner IN SELECT w.fdwname, m.roleid::regrole::text FROM pg_catalog.pg_foreign_data_wrapper w, pg_catalog.pg_auth_members m
      WHERE m.member = ${literal(site.facts.user)}::regrole LOOP
      EXECUTE pg_catalog.format('GRANT USAGE ON FOREIGN DATA WRAPPER %I TO %s', wrapper, owner);
    END LOOP; END $grant$`);
  await makeRoles(site, ddl);
}

/** A policy names roles, and production's are not here; nobody can log in by those that are made. */
async function makeRoles(site: BuildingSite, { preData, postData }: Prepared['ddl']): Promise<void> {
  const named = new Set([...preData, ...postData].flatMap(({ roles = [] }) => roles));
  for (const role of named) {
    await site.asAdministrator(`DO $role$ BEGIN
      IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = ${literal(role)}) THEN
        EXECUTE pg_catalog.format('CREATE ROLE %I NOLOGIN', ${literal(role)});
      END IF; END $role$`);
  }
}

async function sequencesOf(source: RefreshSource, keys: MaskKeys, signal: AbortSignal) {
  const session = await openSourceSession(source, keys, signal);
  try {
    return await readSequences(session);
  } finally {
    await session.close();
  }
}

function tableWords({ table, rows, sourceRows, copiedRows, bytes, durationMs, masked, clear }: TableRecord) {
  return { table, rows, sourceRows, copiedRows, bytes, durationMs, masked, clear };
}
