import { listedName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { goesWithRelation, inWords } from '../cascade.ts';
import { laterStatements } from '../neighbours.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { droppedRelations, givesName } from '../standing.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  const { catalog } = context;
  if (!('DropStmt' in node) || node.DropStmt.removeType !== 'OBJECT_TABLE') return [];
  const all = (node.DropStmt.objects ?? []).map((object) => listedName(catalog, object));
  const made = laterStatements(statement, context).filter((later) => MAKES.has(later.kind));
  return droppedRelations(node.DropStmt, catalog).flatMap((table) => {
    const again = made.find((later) => givesName(later, catalog, table));
    if (again === undefined) return [];
    const more =
      node.DropStmt.behavior === 'DROP_CASCADE'
        ? inWords(goesWithRelation(catalog, table, (other) => all.includes(other)))
        : '';
    return [complaint(table, more, again.kind === 'CreateStmt', context)];
  });
}

const MAKES = new Set(['CreateStmt', 'CreateTableAsStmt', 'SelectStmt']);

function complaint(table: string, more: string, isEmpty: boolean, { inTransaction }: RuleContext): Complaint {
  const also = more === '' ? '' : `, with ${more},`;
  const gap = inTransaction ? '' : ', and until then every statement that names it fails';
  return {
    relation: table,
    message: `All rows and privileges of ${code(table)}${also} are lost: the table that is made again under its name ${isEmpty ? 'is empty' : 'holds what its query gives'}${gap}.`,
    help: `Change ${code(table)} in place with ${code('ALTER TABLE')}, step by step, and keep its rows.`,
  };
}

export const rule: Rule = {
  slug: 'drop-and-recreate-table',
  section: 'tables',
  title: 'Dropping a table to make it again loses its rows',
  condition: 'A table that stood before is dropped, and made again later in the file.',
  effect: 'The new table has neither the rows nor the privileges, indexes and triggers of the old one.',
  workaround: 'Change it in place with `ALTER TABLE`.',
  severity: 'warning',
  over: ['drop-table', 'drop-cascade', 'drop-table-locks-parents'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['DropStmt'],
  check,
};
