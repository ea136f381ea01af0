import { effects } from '../../sql/effects.ts';
import type { Statement } from '../../sql/statement.ts';
import { addedConstraints } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { notNullProofInSteps, unprovenColumns } from '../steps.ts';
import { code, listed, onExisting } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  return addedConstraints(statement, context.catalog).flatMap(({ table, node, constraint, part }) => {
    if (constraint.kind !== 'primary key' || !node.indexname) return [];
    const found = effects(part.alone, part.schema, context.version);
    const scanned = onExisting(found, context.catalog).filter(({ scan }) => scan);
    const work = { catalog: part.schema, version: context.version };
    const columns = unprovenColumns(work, table, constraint.columns);
    if (scanned.length === 0 || columns.length === 0) return [];
    const proofs = columns.flatMap((column) => notNullProofInSteps(table, column, context.version));
    return [
      {
        relation: table,
        part: constraint.name,
        message: `The primary key makes ${listed(columns)} NOT NULL, so every row of ${listed(scanned.map(({ relation }) => relation))} is read while nobody else can read or write it.`,
        help: `Prove it first, each step in a transaction of its own: ${proofs.map(code).join(', then ')}.`,
      },
    ];
  });
}

export const rule: Rule = {
  slug: 'add-pk-using-index-nullable',
  section: 'constraints',
  title: 'PRIMARY KEY USING INDEX on a nullable column reads the whole table',
  condition: 'A primary key is added `USING INDEX` on a column that is not known to be filled.',
  effect: 'Nobody can read or write the table while every row is checked for nulls.',
  workaround: 'Prove the column `NOT NULL` first, in transactions of their own.',
  severity: 'error',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  kinds: ['AlterTableStmt'],
  check,
};
