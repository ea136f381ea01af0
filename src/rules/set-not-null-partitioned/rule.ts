import type { Statement } from '../../sql/statement.ts';
import { validate } from '../column-advice.ts';
import { afterProof, type NotNullPart, notNullParts, notValidFix, proof } from '../not-null-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, listed } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return notNullParts(statement, context)
    .filter(({ schema, table }) => schema.relations.get(table)?.kind === 'partitioned table')
    .map((part) => ({
      relation: part.table,
      part: part.column,
      message: `To make ${code(part.column)} NOT NULL, every row of ${listed(part.tables)} is read, and until the last is done nobody can read or write any partition of ${code(part.table)}.`,
      help: help(part, context),
      fix: notValidFix(statement, part, context),
    }));
}

/** Validated one by one, the partitions' constraints leave nothing to read for the parent's. */
function help({ table, column, tables }: NotNullPart, context: RuleContext): string {
  const { add, validate: whole, name } = proof(table, column, context);
  const one = validate(tables[0] ?? table, name);
  const last = context.version >= 18 ? '' : `, and ${afterProof(table, column, name)}`;
  return `Write ${add}, validate it partition by partition, each in a transaction of its own (${one}), then ${whole}${last}.`;
}

export const rule: Rule = {
  slug: 'set-not-null-partitioned',
  section: 'columns',
  title: 'SET NOT NULL on a partitioned table reads every partition while all are locked',
  condition:
    '`SET NOT NULL` on a column of a partitioned table that no valid constraint proves to be filled.',
  effect: 'Nobody can read or write any partition until the rows of all are checked.',
  workaround: 'Add the proof `NOT VALID`, and validate it partition by partition.',
  severity: 'error',
  over: ['set-not-null-scan'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
