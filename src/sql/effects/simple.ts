import type { LockMode } from '../effect.ts';

type Simple = { readonly field: string; readonly lock: LockMode; readonly why: string };

/** Kinds that lock the one relation they name, and nothing else. */
export const ON_ONE_RELATION: Readonly<Record<string, Simple>> = {};

/** Kinds that lock no table, view or index that exists before them. */
export const TOUCHES_NOTHING: ReadonlySet<string> = new Set([
  'TransactionStmt',
  'VariableSetStmt',
  'VariableShowStmt',
  'CreateEnumStmt',
  'CreateRangeStmt',
  'CreateDomainStmt',
  'CompositeTypeStmt',
  'AlterEnumStmt',
  'AlterTypeStmt',
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
