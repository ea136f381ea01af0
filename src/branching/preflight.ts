import { ProviderError } from '../errors.ts';
import type { Admin } from './admin.ts';

/** One thing that a copy of a baseline needs. `unknown`: this administrator, or this machine, cannot see it. */
export type PreflightCheck = {
  readonly name:
    | 'template'
    | 'sessions in the template'
    | 'prepared transactions'
    | 'collation version'
    | 'administrator'
    | 'connections'
    | 'free space'
    | 'free files';
  readonly status: 'ok' | 'problem' | 'unknown';
  /** One sentence with the numbers. */
  readonly detail: string;
  /** What to do about a problem: an imperative sentence. */
  readonly remedy?: string;
};

/** What stands between the template (a database's name) and a copy of it now. Changes nothing. Throws ProviderError when there is no such database. */
export async function preflightChecks(_admin: Admin, _template: string): Promise<readonly PreflightCheck[]> {
  throw new ProviderError('The checks before a copy are not written yet.');
}
