import { identifier } from '../postgres/quote.ts';
import { type Admin, asAdmin, type Server } from './admin.ts';
import { dangerous } from './disarm.ts';
import { dropSubscriptions } from './obstacles.ts';
import { handOver } from './ownership.ts';
import type { Quarantined } from './provider.ts';
import { codeLeft, disableCode, disableEventTriggers } from './quarantine-code.ts';
import { closeForeign, dropMappings, FOREIGN_LEFT } from './quarantine-foreign.ts';
import { emptyWork, stopTimetables } from './quarantine-work.ts';
import type { Roles } from './roles.ts';

/**
 * In our session no trigger of the copy fires, and no row hides. A superuser's session can say so; for another
 * administrator nothing is done that would fire one (an UPDATE of an extension's own table apart).
 */
async function settle(inside: Admin): Promise<void> {
  await inside.script('SET row_security = off');
  if (inside.superuser) await inside.script('SET session_replication_role = replica');
}

async function quarantine(server: Server, inside: Admin, roles: Roles): Promise<readonly Quarantined[]> {
  await settle(inside);
  return [
    ...(await dropMappings(inside)),
    ...(await closeForeign(inside, roles)),
    ...(await dropSubscriptions(server, inside)),
    ...(await stopTimetables(inside)),
    ...(await disableCode(inside, roles)),
    ...(await emptyWork(server, inside)),
  ];
}

/** Asks the catalogs again, instead of trusting what was done. */
async function refuseLeft(inside: Admin, roles: Roles): Promise<void> {
  const foreign = await inside.query(FOREIGN_LEFT, [roles.group]);
  const [left] = [
    ...foreign.rows.map(({ kind, name }) => ({ kind: kind as Quarantined['kind'], name: String(name) })),
    ...(await codeLeft(inside, roles)),
  ];
  if (left) throw dangerous(left, 'the server took the statements, but it is still in force');
}

/**
 * A login event trigger (Postgres 17) would run in our own session before we could disable it, and so would every other
 * that is ENABLE ALWAYS. Only a superuser may switch them off for a database.
 */
async function withEventTriggersOff<T>(admin: Admin, database: string, work: () => Promise<T>): Promise<T> {
  if (!admin.superuser || admin.serverVersion < 17) return work();
  const alter = `ALTER DATABASE ${identifier(database)}`;
  await admin.script(`${alter} SET event_triggers = off`);
  const done = await work();
  await admin.script(`${alter} RESET event_triggers`);
  return done;
}

/**
 * Makes a fresh copy, into which nobody is let yet, its branch's own: objects go to the owner group, and all that came
 * with the baseline and could reach out of the branch (another server, the server's files or shell, mail and webhooks
 * that wait in a queue) is dropped, disabled, emptied or revoked. Gives the list of it. Publications stay: without a
 * subscriber, which is no branch's to make, they send nothing. pgmq's functions stay as well: their queues are the branch's own.
 * Throws ProviderError with the remedy when the administrator may not, or when anything is left; then nobody must be let in.
 */
export async function isolate(
  server: Server,
  admin: Admin,
  database: string,
  roles: Roles,
): Promise<readonly Quarantined[]> {
  const inside = <T>(work: (session: Admin) => Promise<T>) => asAdmin(server, work, { database });
  return withEventTriggersOff(admin, database, async () => {
    const events = await inside(disableEventTriggers);
    await handOver(server, database, roles.group);
    return inside(async (session) => {
      const done = await quarantine(server, session, roles);
      await refuseLeft(session, roles);
      return [...events, ...done];
    });
  });
}
