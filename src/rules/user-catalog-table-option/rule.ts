import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

const OPTIONS = new Set(['AT_SetRelOptions', 'AT_ResetRelOptions']);

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return alterCommands(statement, catalog).flatMap(({ command: { subtype, def }, table }) => {
    const options = OPTIONS.has(subtype ?? '') && def && 'List' in def ? (def.List.items ?? []) : [];
    const isMeant = options.some(
      (option) => 'DefElem' in option && option.DefElem.defname === 'user_catalog_table',
    );
    if (!isMeant || !stoodBefore(catalog, table)) return [];
    return [
      {
        relation: table,
        part: 'user_catalog_table',
        message: `Unlike other storage parameters, ${code('user_catalog_table')} makes readers and writers of ${code(table)} wait for a moment.`,
        help: `Set ${code('user_catalog_table')} by itself under a short ${code('lock_timeout')}, so that nobody waits for long.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'user-catalog-table-option',
  section: 'tables',
  title: 'user_catalog_table is the one storage parameter that locks everybody out',
  condition: '`user_catalog_table` is set or reset on an existing table.',
  effect: 'Readers and writers wait for a moment; other storage parameters let them through.',
  workaround: 'Set it by itself, under a short `lock_timeout`.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
