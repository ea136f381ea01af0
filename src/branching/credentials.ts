import { hkdfSync } from 'node:crypto';
import { Secret } from '../secret.ts';
import { ownerKey } from './identity.ts';
import type { BranchLabels } from './provider.ts';

/**
 * The password of a branch's login role: HKDF-SHA256 (RFC 5869) of the installation's secret and the branch's owner and
 * birth, as 43 URL-safe characters. Every job of the pull request derives it again and nothing stores it; a branch that
 * is removed and made anew gets another one.
 */
export function branchPassword(
  installation: Secret,
  labels: Pick<BranchLabels, 'repositoryId' | 'subject' | 'createdAt'>,
): Secret {
  const info = `pullgres branch password 1\n${ownerKey(labels)}\n${labels.createdAt}`;
  const key = hkdfSync('sha256', installation.reveal(), '', info, 32);
  return new Secret(Buffer.from(key).toString('base64url'));
}
