import { identifierText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { namesGiven } from '../names-given.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

/** One complaint a statement, however many names it gives. */
function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const { relation, names } = namesGiven(statement, catalog);
  const quoted = [...new Set(names)].filter((name) => identifierText(name) !== name);
  const [first] = quoted;
  if (first === undefined) return [];
  return [
    {
      relation,
      part: first,
      message: `Every query must write ${listed(quoted)} in quotes, and one that does not fails.`,
      help: `Name it ${quoted.map((name) => code(plainName(name))).join(', ')}.`,
    },
  ];
}

/** `userId` → `user_id`; a reserved word gets an underscore. */
function plainName(name: string): string {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  const plain = words.replaceAll(/[^a-z0-9_]+/g, '_').replace(/^(?=\d|$)/, '_');
  return identifierText(plain) === plain ? plain : `${plain}_`;
}

export const rule: Rule = {
  slug: 'identifier-needs-quotes',
  section: 'design',
  title: 'A name that must be written in quotes',
  condition:
    'A table, column, index, view or type gets a name with capitals or blanks, or one that is a reserved word.',
  effect: 'Every query has to write it in quotes, and fails where one does not.',
  workaround: 'Use small letters, digits and underscores.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
