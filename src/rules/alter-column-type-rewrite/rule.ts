import { effects } from '../../sql/effects.ts';
import type { Statement } from '../../sql/statement.ts';
import { typeText } from '../../sql/types.ts';
import { alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return alterCommands(statement, context.catalog).flatMap(({ command, table, alone }) => {
    if (command.subtype !== 'AT_AlterColumnType') return [];
    const found = effects(alone, context.catalog, context.version);
    const rewritten = onExisting(found, context.catalog).filter(
      ({ rewrite, kind }) => rewrite && kind !== 'index',
    );
    if (rewritten.length === 0) return [];
    const column = command.name ?? 'the column';
    const { def } = command;
    const type =
      def && 'ColumnDef' in def ? typeText(context.catalog, def.ColumnDef.typeName) : 'the new type';
    return [
      {
        relation: table,
        message: `Changing ${code(column)} to ${code(type)} rewrites ${listed(rewritten.map(({ relation }) => relation))} and ${rewritten.length === 1 ? 'its' : 'their'} indexes; nobody can read or write ${rewritten.length === 1 ? 'it' : 'them'} meanwhile.`,
        help: `Add a new column of type ${code(type)}, keep it filled by a trigger, copy ${code(column)} in batches, then swap the names in one short transaction.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'alter-column-type-rewrite',
  section: 'columns',
  title: 'Changing a column type rewrites the table',
  condition: 'A column of an existing table gets a type that its stored values do not fit as they are.',
  effect: 'The table and all its indexes are written anew while nobody can read or write it.',
  workaround: 'Add a new column, copy in batches, swap the names.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: true, scan: false, builds: true },
  check,
};
