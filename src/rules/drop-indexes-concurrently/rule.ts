import { qualifiedText } from '../../sql/identifier.ts';
import { listedName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** In a transaction the server says that first, and so does the rule for it. */
function check({ node }: Statement, { catalog, inTransaction }: RuleContext): readonly Complaint[] {
  if (!('DropStmt' in node) || node.DropStmt.concurrent !== true || inTransaction) return [];
  const names = (node.DropStmt.objects ?? []).map((object) => listedName(catalog, object));
  const [first = ''] = names;
  const isCascade = node.DropStmt.behavior === 'DROP_CASCADE';
  if (names.length < 2 && !isCascade) return [];
  const exists = node.DropStmt.missing_ok === true ? 'IF EXISTS ' : '';
  const steps = names.map((name) => code(`DROP INDEX CONCURRENTLY ${exists}${qualifiedText(name)}`));
  const refused = names.length < 2 ? code('CASCADE') : 'more than one index';
  return [
    {
      relation: catalog.relations.get(first)?.table ?? first,
      message: `The server refuses ${code('DROP INDEX CONCURRENTLY')} with ${refused}, so the migration fails here.`,
      help: `Write ${steps.join(', then ')}${isCascade ? `, without ${code('CASCADE')}` : ''}.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'drop-indexes-concurrently',
  section: 'indexes',
  title: 'DROP INDEX CONCURRENTLY takes one index and no CASCADE',
  condition: '`DROP INDEX CONCURRENTLY` of several indexes, or with `CASCADE`, outside a transaction.',
  effect: 'The server refuses the statement, and the migration fails.',
  workaround: 'Write one statement for each index.',
  severity: 'error',
  since: 13,
  claim: { fails: '0A000' },
  kinds: ['DropStmt'],
  check,
};
