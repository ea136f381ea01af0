import { childrenOf } from '../../sql/graph.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import type { Statement } from '../../sql/statement.ts';
import { addedConstraints, columnsText, type NewConstraint, named } from '../new-constraints.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return addedConstraints(statement, catalog).flatMap((added) => {
    const { table, node, constraint } = added;
    const isPartitioned = catalog.relations.get(table)?.kind === 'partitioned table';
    if (constraint.kind !== 'foreign key' || !node.skip_validation || !isPartitioned) return [];
    const [first] = childrenOf(catalog, table);
    return [
      {
        relation: table,
        part: constraint.name,
        message: `The server refuses ${named(node, 'the foreign key')}: before Postgres 18 the partitioned table ${code(table)} takes no foreign key that is ${code('NOT VALID')}.`,
        help:
          first === undefined
            ? `Leave ${code('NOT VALID')} out, since the table has no partitions to check.`
            : `Run ${code(onPartition(added, first.name))} on each partition, validate it there, each in a transaction of its own, then add it to ${code(table)} without ${code('NOT VALID')}, which takes those over.`,
      },
    ];
  });
}

function onPartition({ constraint }: NewConstraint, partition: string): string {
  const { name, columns, references = '', referencedColumns = [] } = constraint;
  const target = referencedColumns.length > 0 ? ` (${columnsText(referencedColumns)})` : '';
  return `ALTER TABLE ${qualifiedText(partition)} ADD CONSTRAINT ${identifierText(name)} FOREIGN KEY (${columnsText(columns)}) REFERENCES ${qualifiedText(references)}${target} NOT VALID`;
}

export const rule: Rule = {
  slug: 'add-fk-not-valid-partitioned',
  section: 'constraints',
  title: 'Postgres before 18 refuses a NOT VALID foreign key on a partitioned table',
  condition: 'A foreign key is added `NOT VALID` to a partitioned table.',
  effect: 'The migration fails.',
  workaround: 'Add and validate it on each partition, then add it to the whole table.',
  severity: 'error',
  since: 13,
  until: 17,
  claim: { fails: '42809' },
  kinds: ['AlterTableStmt'],
  check,
};
