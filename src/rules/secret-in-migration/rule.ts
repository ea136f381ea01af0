import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule } from '../rule.ts';
import { type FoundSecret, secretsIn } from '../secrets.ts';

/** The secret itself is never repeated. */
function check(statement: Statement): readonly Complaint[] {
  return secretsIn(statement).map(({ what, help }: FoundSecret) => ({
    relation: undefined,
    part: what,
    message: `Everybody who reads this repository, a fork of it or the server's log has ${what}, also after it is deleted here.`,
    help,
  }));
}

export const rule: Rule = {
  slug: 'secret-in-migration',
  section: 'security',
  title: 'A secret stands in the migration',
  condition: 'A password in plain text, or text that has the form of an access key, stands in a statement.',
  effect: 'Everybody who reads the repository, its forks and its logs has it, for good.',
  workaround: 'Change the secret, and set it out of band.',
  severity: 'warning',
  since: 13,
  claim: { harm: 'later' },
  check,
};
