import { isProvenNotNull } from '../sql/effects/alter-column.ts';
import { familyOf, type Setting } from '../sql/effects/touch.ts';
import { identifierText, qualifiedText } from '../sql/identifier.ts';
import { bareName, strings } from '../sql/names.ts';
import { columnsText, type NewConstraint } from './new-constraints.ts';

/** SQL in the order in which it is to be run, each in a transaction of its own (and CONCURRENTLY in none). */
export type Steps = readonly string[];

/**
 * A unique or primary key without a build under lock: the index is built CONCURRENTLY, and the constraint takes it over
 * (documentation, ALTER TABLE, ADD table_constraint_using_index). The index has the constraint's name, which it would get anyway.
 */
export function keyInSteps({ table, node, constraint }: NewConstraint): Steps {
  return keySteps(table, constraint.name, node, constraint.columns);
}

/** The same on one partition. The partitioned table takes over constraints like its own, and so builds nothing. */
export function keyOfPartitionInSteps({ node, constraint }: NewConstraint, partition: string): Steps {
  const ending = constraint.kind === 'primary key' ? ['pkey'] : [...constraint.columns, 'key'];
  return keySteps(partition, [bareName(partition), ...ending].join('_'), node, constraint.columns);
}

function keySteps(
  table: string,
  plainName: string,
  node: NewConstraint['node'],
  columns: readonly string[],
): Steps {
  const name = identifierText(plainName);
  const included = strings(node.including);
  const more = [
    ...(included.length > 0 ? [` INCLUDE (${columnsText(included)})`] : []),
    ...(node.nulls_not_distinct ? [' NULLS NOT DISTINCT'] : []),
  ].join('');
  const kind = node.contype === 'CONSTR_PRIMARY' ? 'PRIMARY KEY' : 'UNIQUE';
  const deferred = node.deferrable ? ` DEFERRABLE${node.initdeferred ? ' INITIALLY DEFERRED' : ''}` : '';
  return [
    `CREATE UNIQUE INDEX CONCURRENTLY ${name} ON ${qualifiedText(table)} (${columnsText(columns)})${more}`,
    `ALTER TABLE ${qualifiedText(table)} ADD CONSTRAINT ${name} ${kind} USING INDEX ${name}${deferred}`,
  ];
}

/** Columns of which neither NOT NULL nor a validated CHECK says, on the table and all its children, that they are filled. */
export function unprovenColumns(work: Setting, table: string, columns: readonly string[]): readonly string[] {
  const family = familyOf(work, table);
  return columns.filter((column) => family.some((member) => !isProvenNotNull(work, member, column)));
}

/** What proves a column to be filled while readers and writers go on. Before Postgres 18 a CHECK does (since 12), which can be dropped once the column is NOT NULL. */
export function notNullProofInSteps(table: string, column: string, version: Setting['version']): Steps {
  const name = identifierText(`${column}_not_null`);
  const rule =
    version >= 18 ? `NOT NULL ${identifierText(column)}` : `CHECK (${identifierText(column)} IS NOT NULL)`;
  return [
    `ALTER TABLE ${qualifiedText(table)} ADD CONSTRAINT ${name} ${rule} NOT VALID`,
    `ALTER TABLE ${qualifiedText(table)} VALIDATE CONSTRAINT ${name}`,
  ];
}
