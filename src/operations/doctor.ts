import { examine } from '../branching/doctor/examine.ts';
import { UserError } from '../errors.ts';
import { parseServerUrl } from '../postgres/url.ts';
import { type DoctorJson, doctorReport } from '../report/doctor-json-schema.ts';
import { doctorJson, doctorText } from '../report/doctor-text.ts';
import { inertLine } from '../runner/inert.ts';
import type { World } from '../runner/world.ts';
import type { Secret } from '../secret.ts';
import { loadPolicy } from './policy.ts';
import { trustOf } from './trust.ts';

/**
 * Asks the server of `url` everything that branches need of it; changes nothing there.
 * @throws UserError without a readable URL, ProviderError when the server cannot be reached.
 */
export async function doctorHere(
  world: World,
  url: Secret | undefined,
  baseline: string | undefined,
): Promise<DoctorJson> {
  if (url === undefined) {
    throw new UserError('No server is named.', {
      hint: 'Set PULLGRES_SERVER_URL to the branch server’s URL, as its administrator; or give --server-url, which ps shows.',
    });
  }
  world.mask(url);
  const facts = parseServerUrl(url);
  world.mask(facts.password);
  const { now, signal } = world;
  const { policy } = await loadPolicy({ root: world.workspace, commit: undefined });
  const trust = trustOf(policy.masking);
  const { serverVersion, results } = await examine({ facts, now, signal, trust }, baseline);
  const { host, port, database, user } = facts;
  return doctorReport({
    server: { postgres: serverVersion, host, port, database, user },
    baseline: baseline ?? null,
    checks: results.map(({ remedy, ...rest }) => ({
      ...rest,
      remedy: remedy
        ? {
            text: remedy.text,
            sql: remedy.sql.map(({ database: where, statement }) => ({ database: where ?? null, statement })),
          }
        : null,
    })),
  });
}

/** The report as it is printed. */
export function doctorOutput(
  report: DoctorJson,
  format: 'text' | 'json',
  style: { readonly color: boolean; readonly columns: number },
): string {
  return format === 'json' ? doctorJson(report) : doctorText(report, { ...style, clean: inertLine });
}
