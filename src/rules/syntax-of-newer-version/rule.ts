import type { Statement } from '../../sql/statement.ts';
import { collect } from '../../sql/walk.ts';
import { inWords } from '../cascade.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import type { NewerSyntax } from './newer-syntax.ts';
import { SINCE_14 } from './since-14.ts';
import { SINCE_17 } from './since-17.ts';

const NEWEST_FIRST = [...SINCE_17, ...SINCE_14];

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const used = NEWEST_FIRST.filter(
    (syntax) => syntax.since > context.version && isUsed(syntax, statement, context),
  );
  const [newest] = used;
  if (newest === undefined) return [];
  const words = [...new Set(used.map((syntax) => syntax.words))];
  const advice = [...new Set(used.map(({ instead }) => instead))].join('; ');
  return [
    {
      relation: context.effects.relations[0]?.relation,
      message: `Postgres ${context.version} does not take ${inWords(words)}, so it refuses the statement, and the migration fails here.`,
      help: `${advice.charAt(0).toUpperCase()}${advice.slice(1)}; or wait until the server is Postgres ${newest.since}.`,
    },
  ];
}

function isUsed({ at, isUsed: test }: NewerSyntax, statement: Statement, { catalog }: RuleContext): boolean {
  return collect<object>(statement.node, at).some((part) => test(part, statement, catalog));
}

export const rule: Rule = {
  slug: 'syntax-of-newer-version',
  section: 'transactions',
  title: 'A newer version of Postgres is needed for this statement',
  condition:
    'A statement uses syntax that came after the version of the server, such as `VIRTUAL` columns before 18.',
  effect: 'The server refuses the statement, and the migration fails.',
  workaround: 'Write it in the way that the older version takes, or upgrade the server first.',
  severity: 'error',
  since: 13,
  until: 17,
  claim: { fails: '42601' },
  check,
};
