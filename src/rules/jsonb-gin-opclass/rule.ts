import { identifierText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { createdIndex, indexElements } from '../index-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const made = createdIndex(statement, catalog);
  if (made?.node.accessMethod !== 'gin') return [];
  const index = bareName(made.index);
  return indexElements(made.node)
    .filter(({ name, opclass }) => name !== undefined && !opclass)
    .filter(({ name }) => made.onTable?.columns.some((one) => one.name === name && one.type === 'jsonb'))
    .map(({ name = '' }) => ({
      relation: made.table,
      part: index,
      message: `${code(index)} indexes every key and every value of ${code(name)}, which makes it large and slow to write.`,
      help: `Write ${code(`(${identifierText(name)} jsonb_path_ops)`)} if queries ask with ${code('@>')} only, which is smaller and faster.`,
    }));
}

export const rule: Rule = {
  slug: 'jsonb-gin-opclass',
  section: 'indexes',
  title: 'A GIN index on jsonb uses the large operator class',
  condition: 'A GIN index on a `jsonb` column without an operator class.',
  effect: 'It indexes keys and values apart: larger, and slower for containment.',
  workaround: 'Use `jsonb_path_ops` when queries ask with `@>`, `@?` or `@@` only.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  kinds: ['IndexStmt'],
  check,
};
