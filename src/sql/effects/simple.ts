import type { LockMode } from '../effect.ts';

type Simple = { readonly field: string; readonly lock: LockMode; readonly why: string };

/** Kinds that lock the one relation they name, and nothing else. */
export const ON_ONE_RELATION: Readonly<Record<string, Simple>> = {
  CreatePolicyStmt: { field: 'table', lock: 'AccessExclusiveLock', why: 'a policy is added' },
  AlterPolicyStmt: { field: 'table', lock: 'AccessExclusiveLock', why: 'a policy is changed' },
  RuleStmt: { field: 'relation', lock: 'AccessExclusiveLock', why: 'a rule is added' },
  AlterSeqStmt: { field: 'sequence', lock: 'ShareRowExclusiveLock', why: 'the sequence is changed' },
};

/** Kinds that lock no table, view or index that exists before them. */
export const TOUCHES_NOTHING: ReadonlySet<string> = new Set([
  'TransactionStmt',
  'VariableSetStmt',
  'VariableShowStmt',
  'CreateSchemaStmt',
  'CreateSeqStmt',
  'CreateEnumStmt',
  'CreateRangeStmt',
  'CreateDomainStmt',
  'CompositeTypeStmt',
  'AlterEnumStmt',
  'AlterTypeStmt',
  'CreateFunctionStmt',
  'AlterFunctionStmt',
  'CreateExtensionStmt',
  'CreateRoleStmt',
  'AlterRoleStmt',
  'AlterRoleSetStmt',
  'DropRoleStmt',
  'GrantRoleStmt',
  'AlterDefaultPrivilegesStmt',
  'CreatedbStmt',
  'AlterDatabaseStmt',
  'AlterDatabaseSetStmt',
  'AlterSystemStmt',
  'CreateCastStmt',
  'CreateConversionStmt',
  'CreatePLangStmt',
  'CreateFdwStmt',
  'CreateForeignServerStmt',
  'CreateUserMappingStmt',
  'CreateTableSpaceStmt',
  'DefineStmt',
  'CreateEventTrigStmt',
  'AlterEventTrigStmt',
  'CheckPointStmt',
  'DiscardStmt',
  'NotifyStmt',
  'ListenStmt',
  'UnlistenStmt',
  'ConstraintsSetStmt',
  'DeallocateStmt',
]);
