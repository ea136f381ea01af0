import type { Catalog } from '../../sql/catalog.ts';
import { bareName, listedName, newName, relationName, schemaOf } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { attachments, createdPartition, detachments } from '../partition-statements.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

type Manager = {
  readonly name: string;
  readonly owns: (relation: string) => boolean;
  readonly instead: string;
};

/** Names that extensions give to what they manage. */
const MANAGERS: readonly Manager[] = [
  {
    name: 'TimescaleDB',
    owns: (relation) => /^_timescaledb_/.test(schemaOf(relation)),
    instead: `Change the hypertable instead, and use ${code('drop_chunks')} to remove old data.`,
  },
  {
    name: 'Citus',
    owns: (relation) => /^pg_dist_/.test(bareName(relation)) || schemaOf(relation) === 'citus_internal',
    instead: `Change the distributed table on the coordinator instead, and use ${code('citus_move_shard_placement')} and its kin for shards.`,
  },
  {
    name: 'pg_partman',
    owns: (relation) =>
      schemaOf(relation) === 'partman' ||
      /_p\d{4}(_\d\d){0,5}$|_p\d{8}$|_p\d{4}[wq]\d\d?$/.test(bareName(relation)),
    instead: `Change ${code('partman.part_config')} and let ${code('partman.run_maintenance_proc()')} make and remove partitions.`,
  },
];

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return named(statement, catalog).flatMap((relation) => {
    const manager = MANAGERS.find(({ owns }) => owns(relation));
    if (manager === undefined) return [];
    return [
      {
        relation,
        message: `${code(relation)} looks like a part that ${manager.name} manages, which does not learn of a change by hand and may undo it or fail on it.`,
        help: manager.instead,
      },
    ];
  });
}

/** The tables that a statement defines, changes or drops by name. */
function named(statement: Statement, catalog: Catalog): readonly string[] {
  const { node } = statement;
  const partitions = [...attachments(statement, catalog), ...detachments(statement, catalog)];
  if (partitions.length > 0) return partitions.map(({ partition }) => partition);
  if ('AlterTableStmt' in node) return [relationName(catalog, node.AlterTableStmt.relation)];
  if ('IndexStmt' in node) return [relationName(catalog, node.IndexStmt.relation)];
  if ('CreateStmt' in node) {
    const made = createdPartition(statement, catalog);
    return made ? [made.partition] : [newName(catalog, node.CreateStmt.relation)].filter(isInOwnSchema);
  }
  if ('DropStmt' in node && node.DropStmt.removeType === 'OBJECT_TABLE')
    return (node.DropStmt.objects ?? []).map((object) => listedName(catalog, object));
  return [];
}

/** A table of its own may be called as a partition would be. */
function isInOwnSchema(relation: string): boolean {
  return schemaOf(relation).startsWith('_timescaledb_') || schemaOf(relation) === 'partman';
}

export const rule: Rule = {
  slug: 'managed-partitions',
  section: 'partitions',
  title: 'A partition that an extension manages is changed by hand',
  condition: 'DDL names a chunk of TimescaleDB, a table of Citus, or a partition named as pg_partman does.',
  effect: 'The extension does not learn of it, and may undo it or fail on it later.',
  workaround: 'Use the functions of the extension.',
  severity: 'warning',
  optIn: true,
  since: 13,
  claim: { harm: 'later' },
  check,
};
