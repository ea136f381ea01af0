import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';
import { judgePreflight, type PreflightCheck } from './preflight-checks.ts';
import { readServerState } from './preflight-facts.ts';
import { chooseStrategy } from './strategy.ts';
import { readTemplateFacts } from './template-facts.ts';

/** What stands between the template (a database's name) and a copy of it now. Changes nothing. Throws ProviderError when there is no such database. */
export async function preflightChecks(admin: Admin, template: string): Promise<readonly PreflightCheck[]> {
  const facts = await readTemplateFacts(admin, template);
  const state = await readServerState(admin, template);
  return judgePreflight({ state, facts, chosen: chooseStrategy(facts) });
}

const TRANSIENT: readonly PreflightCheck['name'][] = ['sessions in the template', 'connections'];

/** Throws ProviderError for the first problem, with the remedy as its hint. */
export function refuseUnfit(template: string, checks: readonly PreflightCheck[]): void {
  const found = checks.find(({ status }) => status === 'problem');
  if (!found) return;
  throw new ProviderError(`The baseline’s database ${template} is not copied: ${found.detail}`, {
    retryable: TRANSIENT.includes(found.name),
    ...(found.remedy === undefined ? {} : { hint: found.remedy }),
  });
}
