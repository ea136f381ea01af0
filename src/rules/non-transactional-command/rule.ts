import type { Node } from '@pgsql/types';
import type { Statement } from '../../sql/statement.ts';
import { refusesTransaction } from '../../sql/transactions.ts';
import { earlierStatements } from '../neighbours.ts';
import { optionOf } from '../options.ts';
import { ownMigration } from '../outside-transaction.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  if (!context.inTransaction || !refusesTransaction(statement, context)) return [];
  const command = commandOf(statement.node);
  if (command === undefined || isWithoutSlot(statement, context)) return [];
  const block = context.file.statements[context.file.index];
  const isInBlock = block !== statement && block?.kind === 'DoStmt';
  return [
    {
      relation: undefined,
      message: `The server refuses ${code(command)} ${isInBlock ? `inside a ${code('DO')} block` : 'inside a transaction'}, so the migration stops here.`,
      help: isInBlock
        ? ownMigration(context, `Take ${code(command)} out of the block, into a migration of its own`)
        : help(command, context),
    },
  ];
}

function help(command: string, context: RuleContext): string {
  const opened = context.session.transaction?.opened;
  if (opened === 'statement')
    return `Move ${code(command)} before ${code('BEGIN')} or after ${code('COMMIT')}, best into a migration of its own that runs outside a transaction.`;
  if (opened === 'implicit')
    return `Put ${code(command)} alone into a file: several statements sent as one message are one transaction.`;
  return ownMigration(context, `Put ${code(command)} into a migration of its own`);
}

/** The command's name; undefined for the CONCURRENTLY forms, which have a rule of their own. */
function commandOf(node: Node): string | undefined {
  if ('ReindexStmt' in node) {
    const { kind, params } = node.ReindexStmt;
    return optionOf(params, 'concurrently') ? undefined : REINDEX[kind ?? ''];
  }
  if ('TransactionStmt' in node) return PREPARED[node.TransactionStmt.kind ?? ''];
  const [kind = ''] = Object.keys(node);
  return COMMANDS[kind];
}

const REINDEX: Readonly<Record<string, string>> = {
  REINDEX_OBJECT_SCHEMA: 'REINDEX SCHEMA',
  REINDEX_OBJECT_SYSTEM: 'REINDEX SYSTEM',
  REINDEX_OBJECT_DATABASE: 'REINDEX DATABASE',
  // Of a partitioned table or index: any other may stand in a transaction.
  REINDEX_OBJECT_TABLE: 'REINDEX TABLE',
  REINDEX_OBJECT_INDEX: 'REINDEX INDEX',
};
const PREPARED: Readonly<Record<string, string>> = {
  TRANS_STMT_COMMIT_PREPARED: 'COMMIT PREPARED',
  TRANS_STMT_ROLLBACK_PREPARED: 'ROLLBACK PREPARED',
};
const COMMANDS: Readonly<Record<string, string>> = {
  VacuumStmt: 'VACUUM',
  ClusterStmt: 'CLUSTER',
  DiscardStmt: 'DISCARD ALL',
  CreatedbStmt: 'CREATE DATABASE',
  DropdbStmt: 'DROP DATABASE',
  AlterDatabaseStmt: 'ALTER DATABASE … SET TABLESPACE',
  CreateTableSpaceStmt: 'CREATE TABLESPACE',
  DropTableSpaceStmt: 'DROP TABLESPACE',
  AlterSystemStmt: 'ALTER SYSTEM',
  CreateSubscriptionStmt: 'CREATE SUBSCRIPTION',
  DropSubscriptionStmt: 'DROP SUBSCRIPTION',
};

/** A subscription whose slot was let go before can be dropped in a transaction (documentation, DROP SUBSCRIPTION). */
function isWithoutSlot(statement: Statement, context: RuleContext): boolean {
  if (!('DropSubscriptionStmt' in statement.node)) return false;
  const { subname } = statement.node.DropSubscriptionStmt;
  return earlierStatements(statement, context).some(
    ({ node }) =>
      'AlterSubscriptionStmt' in node &&
      node.AlterSubscriptionStmt.subname === subname &&
      optionOf(node.AlterSubscriptionStmt.options, 'slot_name') !== undefined,
  );
}

export const rule: Rule = {
  slug: 'non-transactional-command',
  section: 'maintenance',
  title: 'Some commands are refused inside a transaction',
  condition:
    '`VACUUM`, `CREATE` or `DROP DATABASE` or `TABLESPACE`, `ALTER SYSTEM`, `CREATE` or `DROP SUBSCRIPTION` and their like in a transaction or a `DO` block.',
  effect: 'The server refuses the statement, and the migration stops there.',
  workaround: 'Give it a migration of its own that runs outside a transaction.',
  severity: 'error',
  since: 13,
  claim: { fails: '25001' },
  check,
};
