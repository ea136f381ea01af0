import { qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { alterCommands } from '../alter-commands.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** By ReplicaIdentityStmt's identity_type (pg_class.relreplident). */
const HARM: Readonly<Record<string, (table: string) => string>> = {
  f: (table) =>
    `Every UPDATE and DELETE of ${table} writes the whole old row to the write-ahead log, and a subscriber may read its whole table for each of them.`,
  n: (table) => `Where ${table} is published, every UPDATE and DELETE of it fails.`,
};

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return alterCommands(statement, catalog).flatMap(({ command: { subtype, def }, table }) => {
    if (subtype !== 'AT_ReplicaIdentity' || !def || !('ReplicaIdentityStmt' in def)) return [];
    const harm = HARM[def.ReplicaIdentityStmt.identity_type ?? ''];
    if (harm === undefined || catalog.relations.get(table)?.isNew) return [];
    return [
      {
        relation: table,
        message: harm(code(table)),
        help: `Give the table a primary key and write ${code(`ALTER TABLE ${qualifiedText(table)} REPLICA IDENTITY DEFAULT`)}, or name a unique index on columns that are NOT NULL with ${code('REPLICA IDENTITY USING INDEX')}.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'replica-identity-change',
  section: 'constraints',
  title: 'REPLICA IDENTITY FULL or NOTHING makes replication dear, or impossible',
  condition: '`REPLICA IDENTITY` of an existing table is set to `FULL` or `NOTHING`.',
  effect:
    '`FULL` writes whole rows to the log; with `NOTHING`, updates and deletes of a published table fail.',
  workaround: 'Use the primary key or a unique index.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
