import type { Effects } from '../sql/effect.ts';
import { effects } from '../sql/effects.ts';
import { descendants } from '../sql/graph.ts';
import { qualifiedText } from '../sql/identifier.ts';
import type { AddedConstraint } from './new-constraints.ts';
import type { RuleContext } from './rule.ts';
import { keyInSteps, keyOfPartitionInSteps, notNullProofInSteps, unprovenColumns } from './steps.ts';
import { code, onExisting } from './words.ts';

/** Tables that stood before and on which the constraint builds an index. */
export function buildsItsIndex(added: AddedConstraint, context: RuleContext): readonly string[] {
  const found = effects(added.part.alone, added.part.schema, context.version);
  return onExisting(found, context.catalog)
    .filter(({ builds }) => builds !== undefined)
    .map(({ relation }) => relation);
}

/** Whether the statement builds an index on anything. */
export function buildsIndex({ relations }: Effects): boolean {
  return relations.some(({ builds }) => builds !== undefined);
}

/** How a unique or primary key is added without a build under lock. */
export function keyHelp(added: AddedConstraint, context: RuleContext): string {
  const { table, node, part } = added;
  // documentation, ALTER TABLE: USING INDEX takes a plain b-tree, which WITHOUT OVERLAPS is not.
  if (node.without_overlaps)
    return `Add it in a maintenance window, or make a new table with it and copy the rows of ${code(table)} in batches, since ${code('WITHOUT OVERLAPS')} has no online form.`;
  const partition = descendants(part.schema, table).find(({ kind }) => kind === 'table');
  const isPartitioned = part.schema.relations.get(table)?.kind === 'partitioned table';
  const proofs = proofsOf(added, context, isPartitioned && partition ? partition.name : table);
  const last = `add it to ${code(qualifiedText(table))}, which takes those over`;
  if (isPartitioned && partition === undefined) return `Add it to each partition first, then ${last}.`;
  const steps = isPartitioned && partition ? keyOfPartitionInSteps(added, partition.name) : keyInSteps(added);
  const [build = '', take = ''] = steps;
  const first = `${code(build)} outside a transaction, ${[...proofs, take].map((step) => `then ${code(step)}`).join(', ')}`;
  return isPartitioned
    ? `Do it partition by partition, as in ${first}, and at last ${last}.`
    : `Run ${first}.`;
}

function proofsOf({ constraint, part }: AddedConstraint, { version }: RuleContext, table: string) {
  if (constraint.kind !== 'primary key') return [];
  const columns = unprovenColumns({ catalog: part.schema, version }, table, constraint.columns);
  return columns.flatMap((column) => notNullProofInSteps(table, column, version));
}
