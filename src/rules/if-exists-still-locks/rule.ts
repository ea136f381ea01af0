import type { AlterTableCmd } from '@pgsql/types';
import type { Catalog, Relation } from '../../sql/catalog.ts';
import { qualifiedText } from '../../sql/identifier.ts';
import { relationName, schemaOf } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  const index = presentIndex(statement, catalog);
  if (index) return [index];
  const parts = alterCommands(statement, catalog);
  const idle = parts.map(({ command, table }) => {
    const relation = catalog.relations.get(table);
    return command.missing_ok && relation && !relation.isNew
      ? IDLE[command.subtype ?? '']?.(relation, command, catalog)
      : undefined;
  });
  // One subcommand that works takes the lock anyway.
  const [first] = idle;
  if (first === undefined || idle.some((one) => one === undefined)) return [];
  return [complaint(parts[0]?.table ?? '', first, 'read or write')];
}

type Idle = { readonly why: string; readonly question: string };
type Ask = (relation: Relation, command: AlterTableCmd, catalog: Catalog) => Idle | undefined;

/** When a subcommand with IF EXISTS or IF NOT EXISTS has nothing to do. That something is missing only a complete catalog knows. */
const IDLE: Readonly<Record<string, Ask>> = {
  AT_AddColumn: (relation, { def }) => {
    const name = def && 'ColumnDef' in def ? (def.ColumnDef.colname ?? '') : '';
    const isThere = relation.columns.some((column) => column.name === name);
    return isThere
      ? { why: `${code(name)} is there already`, question: columnQuestion(relation.name, name) }
      : undefined;
  },
  AT_DropColumn: ({ name: table, columns }, { name = '' }, { complete }) =>
    complete && !columns.some((column) => column.name === name)
      ? { why: `there is no column ${code(name)}`, question: columnQuestion(table, name) }
      : undefined,
  AT_DropConstraint: ({ name: table, constraints }, { name = '' }, { complete }) =>
    complete && !constraints.some((constraint) => constraint.name === name)
      ? {
          why: `there is no constraint ${code(name)}`,
          question: `SELECT FROM pg_constraint WHERE conrelid = ${literal(qualifiedText(table))}::regclass AND conname = ${literal(name)}`,
        }
      : undefined,
};

function presentIndex({ node }: Statement, catalog: Catalog): Complaint | undefined {
  if (!('IndexStmt' in node) || !node.IndexStmt.if_not_exists || node.IndexStmt.concurrent) return undefined;
  const table = relationName(catalog, node.IndexStmt.relation);
  const index = `${schemaOf(table)}.${node.IndexStmt.idxname}`;
  if (!catalog.relations.has(index) || catalog.relations.get(table)?.isNew !== false) return undefined;
  const question = `SELECT to_regclass(${literal(qualifiedText(index))})`;
  return complaint(table, { why: `${code(index)} is there already`, question }, 'write to');
}

function columnQuestion(table: string, column: string): string {
  return `SELECT FROM pg_attribute WHERE attrelid = ${literal(qualifiedText(table))}::regclass AND attname = ${literal(column)} AND NOT attisdropped`;
}

/** Without a backtick, which `code` would turn into the quote that ends the text. */
function literal(text: string): string {
  const quoted = text.replaceAll("'", "''");
  if (!text.includes('`')) return `'${quoted}'`;
  return `E'${quoted.replaceAll('\\', '\\\\').replaceAll('`', '\\x60')}'`;
}

function complaint(table: string, { why, question }: Idle, blocked: string): Complaint {
  return {
    relation: table,
    message: `Nobody can ${blocked} ${code(table)} until the transaction ends, and all for nothing: ${why}.`,
    help: `Leave the statement out, or ask first with ${code(question)}, which locks nothing that anybody waits for.`,
  };
}

export const rule: Rule = {
  slug: 'if-exists-still-locks',
  section: 'tables',
  title: 'IF EXISTS takes the lock even when there is nothing to do',
  condition:
    '`ADD COLUMN IF NOT EXISTS` of a column that is there, `DROP COLUMN` or `DROP CONSTRAINT IF EXISTS` of one that is not, `CREATE INDEX IF NOT EXISTS` of one that is there.',
  effect: 'The table is locked as if there were work, until the transaction ends.',
  workaround: 'Leave the statement out, or ask the catalog first.',
  severity: 'warning',
  over: ['drop-column'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
