import { ProviderError } from '../../errors.ts';
import { type Admin, asAdmin, type Server } from '../admin.ts';
import { type PostgresOptions, serverOf } from '../postgres.ts';
import type { Check, CheckGroup, DoctorContext, Outcome } from './check.ts';
import { checks } from './checks.ts';
import { readSettings } from './settings.ts';
import { survey } from './survey.ts';

export type Examined = Outcome & { readonly id: string; readonly group: CheckGroup; readonly title: string };

export type Examination = {
  /** Major version. */
  readonly serverVersion: number;
  readonly results: readonly Examined[];
};

/** Classes of SQLSTATE with which nothing more can be asked: the connection is gone, or the server goes (docs: appendix A). */
const OVER = /^(08|57P)/;

/**
 * Asks a server everything that branches need of it, and changes nothing. What the administrator may not see, or the
 * server refuses to say, is `unknown`. Throws ProviderError when the server cannot be reached or goes away, UserError
 * when it is older than Postgres 13.
 */
export async function examine(
  options: Pick<PostgresOptions, 'facts' | 'now' | 'signal' | 'trust'>,
  baselineId?: string,
): Promise<Examination> {
  const server = serverOf(options);
  return asAdmin(server, async (admin) => {
    const context = await contextOf(admin, server, baselineId);
    const results: Examined[] = [];
    for (const check of checks) {
      const { id, group, title } = check;
      results.push({ id, group, title, ...(await runCheck(check, admin, context)) });
    }
    return { serverVersion: admin.serverVersion, results };
  });
}

async function contextOf(
  admin: Admin,
  server: Server,
  baselineId: string | undefined,
): Promise<DoctorContext> {
  return { server, settings: await readSettings(admin), survey: await survey(admin), baselineId };
}

async function runCheck(check: Check, admin: Admin, context: DoctorContext): Promise<Outcome> {
  try {
    return await check.run(admin, context);
  } catch (error) {
    if (!(error instanceof ProviderError) || OVER.test(error.status ?? '')) throw error;
    if (error.status !== '42501') return { status: 'unknown', detail: error.message };
    return {
      status: 'unknown',
      detail: 'The administrator may not see it; a superuser may.',
    };
  }
}
