import type { Statement } from '../../sql/statement.ts';
import { droppedColumns } from '../dropped-columns.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** What teams ask of every table: who owns a row, and when it came and changed. */
const HOUSE_COLUMNS: ReadonlySet<string> = new Set([
  'tenant_id',
  'account_id',
  'organization_id',
  'created_at',
  'updated_at',
  'deleted_at',
  'created_by',
  'updated_by',
]);

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return droppedColumns(statement, context)
    .filter(({ column }) => HOUSE_COLUMNS.has(column.toLowerCase()))
    .map(({ table, column }) => ({
      relation: table,
      part: column,
      message: `The data of ${code(column)} in ${code(table)} is lost, which tools, policies and audits expect of every table, and running code that still names it fails.`,
      help: `Keep ${code(column)}, or see who relies on it (row security, replication filters, exports) and deploy code without it first.`,
    }));
}

export const rule: Rule = {
  slug: 'drop-required-column',
  section: 'columns',
  title: 'A column that every table should have is dropped',
  condition: 'A column such as `tenant_id`, `created_at` or `updated_at` is dropped from an existing table.',
  effect: 'What relies on it for every table (row security, audits, exports) breaks, and its data is gone.',
  workaround: 'Keep it, or find out who relies on it first.',
  severity: 'warning',
  optIn: true,
  over: ['drop-column', 'drop-column-drops-constraints'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
