import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule } from '../rule.ts';
import { code } from '../words.ts';

function check({ node }: Statement): readonly Complaint[] {
  if (!('CreateExtensionStmt' in node)) return [];
  const name = node.CreateExtensionStmt.extname ?? '';
  return [
    {
      relation: undefined,
      part: name,
      message: `The migration fails where ${code(name)} is not installed on the server, or where its role may not create it.`,
      help: `Create it out of band, as the provider documents, before this migration; here ${code(`CREATE EXTENSION IF NOT EXISTS ${identifierText(name)}`)} then does nothing.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'create-extension',
  section: 'types',
  title: 'CREATE EXTENSION needs files and rights that the migration may not have',
  condition: 'An extension is created.',
  effect: 'The migration fails on a server without its files, or for a role without the right.',
  workaround: 'Create extensions out of band, before the migration.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateExtensionStmt'],
  check,
};
