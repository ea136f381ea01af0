import type { Node } from '@pgsql/types';
import type { Statement } from '../sql/statement.ts';

/** How a statement is made to do nothing when it has run before: the words, and where they go. */
export type Guard = {
  /** `IF NOT EXISTS` */
  readonly words: string;
  /** What stands before them; left out, nothing can be put there. */
  readonly head?: RegExp;
};

const IF_NOT_EXISTS = 'IF NOT EXISTS';
const DROP_HEAD =
  /^drop\s+(?:materialized\s+view|foreign\s+table|index\s+concurrently|table|view|index|sequence|schema|type|domain|function|procedure|routine|aggregate|extension|trigger|policy|rule|collation|server|statistics|publication)\b/i;
const TABLE_HEAD = /^create\s+(?:unlogged\s+|(?:(?:global|local)\s+)?temp(?:orary)?\s+)?table\b/i;

/** The guard that a statement lacks; undefined where it has one, or where the grammar has none. */
export function missingGuard({ node }: Statement): Guard | undefined {
  if ('DropStmt' in node)
    return node.DropStmt.missing_ok ? undefined : { words: 'IF EXISTS', head: DROP_HEAD };
  if ('ViewStmt' in node) return node.ViewStmt.replace ? undefined : OR_REPLACE;
  if ('CreateFunctionStmt' in node) return node.CreateFunctionStmt.replace ? undefined : OR_REPLACE;
  if ('AlterTableStmt' in node) return columnGuard(node.AlterTableStmt.cmds);
  const found = CREATED.find(([tag]) => tag in node);
  if (found === undefined) return undefined;
  const [tag, head] = found;
  const made = (node as Record<string, { if_not_exists?: boolean }>)[tag];
  return made?.if_not_exists ? undefined : { words: IF_NOT_EXISTS, head };
}

const OR_REPLACE: Guard = { words: 'OR REPLACE', head: /^create\b/i };

/** CONCURRENTLY is another matter: what a failed build leaves behind is there, and no index. */
const CREATED: readonly (readonly [tag: string, head: RegExp])[] = [
  ['CreateStmt', TABLE_HEAD],
  ['CreateTableAsStmt', /^create\s+(?:materialized\s+view|(?:unlogged\s+)?table)\b/i],
  ['CreateSeqStmt', /^create\s+(?:(?:temp(?:orary)?|unlogged)\s+)?sequence\b/i],
  ['CreateSchemaStmt', /^create\s+schema\b/i],
  ['CreateExtensionStmt', /^create\s+extension\b/i],
  ['IndexStmt', /^create\s+(?:unique\s+)?index\b(?=\s+(?!on\b))/i],
];

const COLUMN_WORDS: Readonly<Record<string, string>> = {
  AT_AddColumn: IF_NOT_EXISTS,
  AT_DropColumn: 'IF EXISTS',
  AT_DropConstraint: 'IF EXISTS',
};

function columnGuard(commands: readonly Node[] | undefined): Guard | undefined {
  const words = (commands ?? []).flatMap((one) =>
    'AlterTableCmd' in one && !one.AlterTableCmd.missing_ok
      ? (COLUMN_WORDS[one.AlterTableCmd.subtype ?? ''] ?? [])
      : [],
  );
  return words[0] === undefined ? undefined : { words: words[0] };
}
