import type { Catalog } from '../../sql/catalog.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return alterCommands(statement, catalog).flatMap(({ command: { subtype, def }, table }) => {
    if (subtype !== 'AT_AddColumn' || def === undefined || !('ColumnDef' in def)) return [];
    const parent = topmost(catalog, table);
    if (parent === table) return [];
    const column = def.ColumnDef.colname ?? '';
    return [
      {
        relation: table,
        part: column,
        message: `The server refuses to add ${code(column)} to ${code(table)} alone, which is a partition, so the migration fails here.`,
        help: `Add ${code(column)} to ${code(parent)}, which adds it to every partition.`,
      },
    ];
  });
}

/** The partitioned table above all: a partition that is itself partitioned is refused as well. */
function topmost(catalog: Catalog, table: string): string {
  const above = catalog.relations
    .get(table)
    ?.parents.find((name) => catalog.relations.get(name)?.kind === 'partitioned table');
  return above === undefined ? table : topmost(catalog, above);
}

export const rule: Rule = {
  slug: 'add-column-to-partition',
  section: 'partitions',
  title: 'A column cannot be added to a partition alone',
  condition: '`ADD COLUMN` names a partition.',
  effect: 'The server refuses the statement, and the migration fails.',
  workaround: 'Add the column to the partitioned table.',
  severity: 'error',
  since: 13,
  claim: { fails: '42809' },
  kinds: ['AlterTableStmt'],
  check,
};
