import type { Relation } from '../../sql/catalog.ts';
import { familyOf } from '../../sql/effects/touch.ts';
import { identifierText, qualifiedText } from '../../sql/identifier.ts';
import { bareName } from '../../sql/names.ts';
import { outsideConditions } from '../../sql/partition-bound.ts';
import type { Statement } from '../../sql/statement.ts';
import {
  attachments,
  createdPartition,
  defaultPartitionOf,
  type PartitionStep,
} from '../partition-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code, onExisting } from '../words.ts';

/** A default partition that is known to be empty has nothing to be searched. */
function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const created = createdPartition(statement, context.catalog);
  const steps = created ? [created] : attachments(statement, context.catalog);
  return steps.flatMap((step) => {
    const rest = defaultPartitionOf(context.catalog, step.parent);
    if (rest === undefined || rest.rows === 0 || !isSearched(rest, context)) return [];
    return [
      {
        relation: step.parent,
        part: bareName(step.partition),
        message: `Every row of the default partition ${code(rest.name)} is searched for rows of ${code(bareName(step.partition))} while nobody else can read or write it.`,
        help: help(step, rest, context),
      },
    ];
  });
}

function isSearched(rest: Relation, context: RuleContext): boolean {
  const own = familyOf(context, rest.name);
  return onExisting(context.effects, context.catalog).some(
    ({ scan, relation }) => scan && own.includes(relation),
  );
}

function help({ parent, partition, bound }: PartitionStep, rest: Relation, { catalog }: RuleContext): string {
  const table = qualifiedText(rest.name);
  const conditions = outsideConditions(catalog.relations.get(parent), bound);
  if (conditions === undefined)
    return `Move the rows out of ${code(table)} in small steps and detach it first, or add the partition when few rows are in it.`;
  const name = identifierText(`no_${bareName(partition)}`);
  const add = `ALTER TABLE ${table} ADD CONSTRAINT ${name} CHECK (${conditions.join(' AND ')}) NOT VALID`;
  return `Write ${code(add)}, then ${code(`ALTER TABLE ${table} VALIDATE CONSTRAINT ${name}`)} in a transaction of its own, and add the partition after that.`;
}

export const rule: Rule = {
  slug: 'attach-with-default-partition',
  section: 'partitions',
  title: 'A new partition searches the default partition under its strongest lock',
  condition:
    'A partition is attached or created beside a default partition whose constraints do not exclude its rows.',
  effect: 'Nobody can read or write the default partition while every row of it is looked at.',
  workaround:
    'Give the default partition a validated `CHECK` that excludes the bound and says that the key is not null.',
  severity: 'error',
  over: ['attach-partition-scan', 'create-partition-of'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: true, builds: false },
  check,
};
