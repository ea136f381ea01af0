import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { type DroppedIndex, droppedIndexes, meant } from '../index-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return droppedIndexes(statement, catalog).flatMap((dropped) => {
    const reason = owner(dropped);
    if (reason === undefined) return [];
    const index = bareName(dropped.name);
    return [
      {
        relation: meant(dropped),
        part: index,
        message: `The server refuses to drop the index ${code(index)}, which ${reason.why}, so the migration fails here.`,
        help: `Write ${code(reason.instead)} if that is what is meant.`,
      },
    ];
  });
}

type Owner = { readonly why: string; readonly instead: string };

/** What the index is a part of (DEPENDENCY_INTERNAL, DEPENDENCY_PARTITION_PRI in dependency.c): CASCADE does not help. */
function owner({ name, index, table }: DroppedIndex): Owner | undefined {
  const constraint = table?.constraints.find(
    (one) =>
      ['primary key', 'unique', 'exclusion'].includes(one.kind) &&
      (one.index ?? `${name.slice(0, name.indexOf('.'))}.${one.name}`) === name,
  );
  const [whole] = index?.parents ?? [];
  if (whole !== undefined)
    return { why: `is a part of ${code(bareName(whole))}`, instead: `DROP INDEX ${qualifiedText(whole)}` };
  if (constraint === undefined || table === undefined) return undefined;
  return {
    why: `carries the ${constraint.kind} constraint ${code(constraint.name)}`,
    instead: `ALTER TABLE ${qualifiedText(table.name)} DROP CONSTRAINT ${identifierText(constraint.name)}`,
  };
}

export const rule: Rule = {
  slug: 'drop-index-backing-constraint',
  section: 'indexes',
  title: 'DROP INDEX of an index that a constraint needs is refused',
  condition:
    'The index of a primary key, unique or exclusion constraint is dropped, or a part of a partitioned index.',
  effect: 'The statement fails, and the migration with it.',
  workaround: 'Drop the constraint, or the whole index.',
  severity: 'error',
  over: [
    'drop-index-blocking',
    'drop-index-partitioned',
    'drop-before-create-index',
    'index-drop-performance',
    'concurrently-on-partitioned',
  ],
  since: 13,
  claim: { fails: '2BP01' },
  kinds: ['DropStmt'],
  check,
};
