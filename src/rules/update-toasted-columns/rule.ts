import type { Node } from '@pgsql/types';
import type { Relation } from '../../sql/catalog.ts';
import type { Statement } from '../../sql/statement.ts';
import { splitType } from '../../sql/types.ts';
import { inBatches } from '../batches.ts';
import { reaches } from '../data-changes.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

/** Types whose values are mostly long. */
const LONG = new Set(['text', 'json', 'jsonb', 'bytea', 'xml', 'tsvector']);

function check(statement: Statement, { catalog }: RuleContext): readonly Complaint[] {
  return reaches(statement, catalog).flatMap(({ change, reach, inUse }) => {
    if (change.kind !== 'update' || reach === 'few' || !inUse) return [];
    const columns = longColumns(change.node.targetList ?? [], catalog.relations.get(change.table));
    return columns.map((column) => ({
      relation: change.table,
      part: column,
      message: `Long values of ${code(column)} in ${code(change.table)} are stored a second time beside the table, where the old ones stay until a vacuum.`,
      help: inBatches(change, catalog),
    }));
  });
}

function longColumns(targets: readonly Node[], table: Relation | undefined): readonly string[] {
  const names = targets.flatMap((target) => ('ResTarget' in target ? [target.ResTarget.name ?? ''] : []));
  return names.filter((name) => {
    const type = table?.columns.find((column) => column.name === name)?.type;
    return type !== undefined && LONG.has(splitType(type).base);
  });
}

export const rule: Rule = {
  slug: 'update-toasted-columns',
  section: 'data',
  title: 'An UPDATE of long values bloats their storage',
  condition: 'An `UPDATE` of many rows sets a column of a type that holds long values.',
  effect: 'Each long value is written anew to the TOAST table, which grows by as much.',
  workaround: 'Go through the table in batches, with time for vacuum between them.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'RowExclusiveLock', rewrite: false, scan: false, builds: false },
  check,
};
