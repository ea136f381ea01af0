import type { Statement } from '../sql/statement.ts';

/**
 * Statements that do by themselves exactly what they do between BEGIN and COMMIT. Outside a transaction such a
 * statement is sent between the two, so that its locks can be read before they go. All others (CALL and DO may commit,
 * VACUUM and CONCURRENTLY refuse a transaction) are sent bare and sampled.
 */
const SAME_IN_TRANSACTION = new Set([
  'AlterDomainStmt',
  'AlterEnumStmt',
  'AlterObjectSchemaStmt',
  'AlterOwnerStmt',
  'AlterPolicyStmt',
  'AlterSeqStmt',
  'AlterTableStmt',
  'CommentStmt',
  'CompositeTypeStmt',
  'CopyStmt',
  'CreateDomainStmt',
  'CreateEnumStmt',
  'CreateFunctionStmt',
  'CreatePolicyStmt',
  'CreateSchemaStmt',
  'CreateSeqStmt',
  'CreateStmt',
  'CreateTableAsStmt',
  'CreateTrigStmt',
  'DeleteStmt',
  'DropStmt',
  'GrantStmt',
  'IndexStmt',
  'InsertStmt',
  'MergeStmt',
  'RefreshMatViewStmt',
  'RenameStmt',
  'RuleStmt',
  'SelectStmt',
  'TruncateStmt',
  'UpdateStmt',
  'VariableSetStmt',
  'ViewStmt',
]);

/** Whether the statement may be wrapped in a transaction of its own without changing what it does. */
export function sameInTransaction({ kind, sql }: Statement): boolean {
  // CREATE INDEX, DROP INDEX and DETACH PARTITION may be told to be. A word in a comment only costs exactness.
  return SAME_IN_TRANSACTION.has(kind) && !/\bconcurrently\b/i.test(sql);
}
