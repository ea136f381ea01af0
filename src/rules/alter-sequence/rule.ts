import type { AlterSeqStmt } from '@pgsql/types';
import { qualifiedText } from '../../sql/identifier.ts';
import { literalText } from '../../sql/literal.ts';
import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { isInUse } from '../table-size.ts';
import { code } from '../words.ts';

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if (!('AlterSeqStmt' in node)) return [];
  const name = relationName(catalog, node.AlterSeqStmt.sequence);
  if (!isInUse(catalog, name)) return [];
  return [
    {
      relation: name,
      message: `Until the transaction ends, every INSERT that takes a number from ${code(name)} waits.`,
      help: help(name, node.AlterSeqStmt),
    },
  ];
}

/** setval() takes the lock that nextval() takes, a RowExclusiveLock, so neither waits for the other. */
function help(name: string, { options = [] }: AlterSeqStmt): string {
  const [only, ...others] = options;
  const start =
    only && 'DefElem' in only && only.DefElem.defname === 'restart' ? only.DefElem.arg : undefined;
  if (others.length > 0 || !start || !('Integer' in start))
    return `Run it in a transaction of its own, with a ${code('lock_timeout')}, so that it is over at once.`;
  const set = `SELECT setval(${literalText(qualifiedText(name))}, ${start.Integer.ival ?? 0}, false)`;
  return `Write ${code(set)}, for which nobody waits.`;
}

export const rule: Rule = {
  slug: 'alter-sequence',
  section: 'types',
  title: 'ALTER SEQUENCE makes nextval wait',
  condition: 'An existing sequence is changed with `ALTER SEQUENCE`.',
  effect: 'Inserts that take a number from it wait until the transaction ends.',
  workaround: 'To set its value, `setval()`; anything else in a transaction of its own.',
  severity: 'notice',
  since: 13,
  claim: { lock: 'ShareRowExclusiveLock', rewrite: true, scan: false, builds: false },
  kinds: ['AlterSeqStmt'],
  check,
};
