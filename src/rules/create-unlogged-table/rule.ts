import type { RangeVar } from '@pgsql/types';
import { qualifiedText } from '../../sql/identifier.ts';
import { listedName, newName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterStatements } from '../neighbours.ts';
import { hasSubcommand } from '../parts-of-tables.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const made = madeBy(statement);
  if (made?.relpersistence !== 'u') return [];
  const table = newName(context.catalog, made);
  if (laterStatements(statement, context).some((later) => endsIt(later, table, context))) return [];
  return [
    {
      relation: table,
      message: `A crash of the server empties ${code(table)}, and replicas never see its rows.`,
      help: `Leave ${code('UNLOGGED')} away or, if it is only for loading, end with ${code(`ALTER TABLE ${qualifiedText(table)} SET LOGGED`)} in the same change.`,
    },
  ];
}

function madeBy({ node }: Statement): RangeVar | undefined {
  if ('CreateStmt' in node) return node.CreateStmt.relation;
  if ('CreateTableAsStmt' in node) return node.CreateTableAsStmt.into?.rel;
  return 'SelectStmt' in node ? node.SelectStmt.intoClause?.rel : undefined;
}

/** It was only for loading: it is made a logged table, or dropped, later in the file. */
function endsIt(later: Statement, table: string, { catalog }: RuleContext): boolean {
  if (hasSubcommand(later, catalog, table, 'AT_SetLogged')) return true;
  const { node } = later;
  if (!('DropStmt' in node) || node.DropStmt.removeType !== 'OBJECT_TABLE') return false;
  return (node.DropStmt.objects ?? []).some((object) => listedName(catalog, object) === table);
}

export const rule: Rule = {
  slug: 'create-unlogged-table',
  section: 'tables',
  title: 'A crash empties an unlogged table',
  condition: 'A table is made `UNLOGGED`, and the change neither makes it logged nor drops it again.',
  effect:
    'After a crash or an immediate stop the table is empty; replicas and backups by log never have its rows.',
  workaround: 'Leave `UNLOGGED` away, or end with `SET LOGGED`.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'none', rewrite: false, scan: false, builds: false },
  check,
};
