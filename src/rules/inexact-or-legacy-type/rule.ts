import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { type Opinion, typeComplaints } from '../type-opinion.ts';

const ROUNDS = 'keeps most decimal fractions only nearly, so that sums and comparisons are off';

const OPINIONS: Readonly<Record<string, Opinion>> = {
  real: { effect: ROUNDS, instead: 'numeric' },
  'double precision': { effect: ROUNDS, instead: 'numeric' },
  money: {
    effect: "has as many decimals, and the sign, that the session's lc_monetary says",
    instead: 'numeric(19, 4)',
  },
  json: {
    effect:
      'has no equality, so DISTINCT, GROUP BY and UNION fail on it, and is parsed anew for each question',
    instead: 'jsonb',
    written: [/^json\b/i, 'jsonb'],
  },
  xml: { effect: 'has neither equality nor an index', instead: 'text' },
  hstore: { effect: 'holds text only and no nesting, and needs an extension', instead: 'jsonb' },
  'public.hstore': { effect: 'holds text only and no nesting, and needs an extension', instead: 'jsonb' },
};

/** A json column that a table in use gets is the business of add-column-json. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return typeComplaints(statement, context, ({ base }) => OPINIONS[base]);
}

export const rule: Rule = {
  slug: 'inexact-or-legacy-type',
  section: 'design',
  title: 'A type that rounds, or that a better one has replaced',
  condition: 'A column is `real`, `double precision`, `money`, `json`, `xml` or `hstore`.',
  effect: 'Amounts are rounded or follow the session’s locale; rows cannot be compared or indexed.',
  workaround: 'Use `numeric` and `jsonb`.',
  severity: 'notice',
  optIn: true,
  over: ['add-column-json'],
  since: 13,
  claim: { harm: 'later' },
  kinds: ['CreateStmt', 'AlterTableStmt'],
  check,
};
