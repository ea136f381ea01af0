import type { CreateStmt } from '@pgsql/types';
import { newName, relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

function check({ node }: Statement, { catalog }: RuleContext): readonly Complaint[] {
  if (!('CreateStmt' in node) || node.CreateStmt.partbound !== undefined) return [];
  const name = newName(catalog, node.CreateStmt.relation);
  if (node.CreateStmt.if_not_exists && catalog.relations.has(name)) return [];
  return [...heirs(node.CreateStmt, name, catalog), ...copies(node.CreateStmt, name, catalog)];
}

function heirs(
  { inhRelations }: CreateStmt,
  name: string,
  catalog: RuleContext['catalog'],
): readonly Complaint[] {
  return (inhRelations ?? [])
    .flatMap((node) => ('RangeVar' in node ? [relationName(catalog, node.RangeVar)] : []))
    .filter((parent) => stoodBefore(catalog, parent))
    .map((parent) => ({
      relation: parent,
      part: name,
      message: `Every query of ${code(parent)} reads ${code(name)} too from now on, where no key or foreign key of ${code(parent)} holds.`,
      help: `Make ${code(name)} a table of its own, or divide ${code(parent)} with declarative partitioning.`,
    }));
}

function copies(
  { tableElts }: CreateStmt,
  name: string,
  catalog: RuleContext['catalog'],
): readonly Complaint[] {
  return (tableElts ?? [])
    .flatMap((node) =>
      'TableLikeClause' in node ? [relationName(catalog, node.TableLikeClause.relation)] : [],
    )
    .filter((source) => stoodBefore(catalog, source))
    .map((source) => ({
      relation: source,
      part: name,
      message: `What ${code(name)} looks like depends on how ${code(source)} looks when the migration runs, and later changes do not follow.`,
      help: `Write the columns of ${code(name)} out.`,
    }));
}

export const rule: Rule = {
  slug: 'create-table-like-or-inherits',
  section: 'tables',
  title: 'LIKE and INHERITS tie a new table to one that stands',
  condition: 'A table is made `LIKE` an existing one, or inherits from one; partitions are not meant.',
  effect:
    'A child is read by every query of its parent, and its parent’s keys do not hold there; a copy is what the source happens to be.',
  workaround: 'Write the columns out; to divide a table, partition it.',
  severity: 'notice',
  optIn: true,
  since: 13,
  claim: { lock: 'ShareUpdateExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['CreateStmt'],
  check,
};
