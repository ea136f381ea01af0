import type { RenameStmt } from '@pgsql/types';
import { identifierText } from '../../sql/identifier.ts';
import { relationName } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { addPlain, alterTable } from '../column-advice.ts';
import { columnOf, isAddedHere, isNew } from '../column-parts.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const renamed = columnRename(statement);
  if (renamed === undefined) return [];
  const { catalog } = context;
  const table = relationName(catalog, renamed.relation);
  const { subname: from = '', newname: to = '' } = renamed;
  if (isNew(catalog, table) || isAddedHere(context, table, from) || isSwap(renamed, context)) return [];
  return [
    {
      relation: table,
      part: from,
      message: `Running code that still names ${code(from)} of ${code(table)} fails from now on, and code that names ${code(to)} failed until now.`,
      help: help(table, from, to, context),
    },
  ];
}

function help(table: string, from: string, to: string, { catalog }: RuleContext): string {
  const type = columnOf(catalog, table, from)?.type;
  const kind = catalog.relations.get(table)?.kind ?? 'table';
  if (type === undefined || !kind.endsWith('table'))
    return `Keep ${code(from)} and add ${code(to)} beside it, deploy code that uses ${code(to)}, then drop ${code(from)}.`;
  const drop = code(`${alterTable(table)} DROP COLUMN ${identifierText(from)}`);
  return `Write ${addPlain(table, to, type)}, keep both filled by a trigger, copy old rows in batches, deploy code that uses ${code(to)}, then ${drop}.`;
}

function columnRename({ node }: Statement): RenameStmt | undefined {
  if (!('RenameStmt' in node)) return undefined;
  const { renameType, relationType } = node.RenameStmt;
  // An attribute of a composite type is no column.
  return renameType === 'OBJECT_COLUMN' && relationType !== 'OBJECT_TYPE' ? node.RenameStmt : undefined;
}

/** The file puts another column in the place of this one, or this one in the place of another: the name goes on to be there. */
function isSwap(renamed: RenameStmt, { catalog, file }: RuleContext): boolean {
  const table = relationName(catalog, renamed.relation);
  const same = ({ relation }: RenameStmt): boolean => relationName(catalog, relation) === table;
  const renames = (statements: readonly Statement[]): readonly RenameStmt[] =>
    statements.flatMap((one) => columnRename(one) ?? []).filter(same);
  const later = renames(file.statements.slice(file.index + 1));
  const earlier = renames(file.statements.slice(0, file.index));
  return (
    later.some(({ newname }) => newname === renamed.subname) ||
    earlier.some(({ subname }) => subname === renamed.newname)
  );
}

export const rule: Rule = {
  slug: 'rename-column',
  section: 'columns',
  title: 'Renaming a column breaks the code that runs',
  condition:
    'A column of an existing table or view is renamed, and no other takes its name in the same file.',
  effect: 'The version that still runs fails on every statement that names the column.',
  workaround: 'Add a column, fill it from the old one, deploy, then drop the old one.',
  severity: 'warning',
  beneath: [
    'drop-column',
    'drop-column-drops-constraints',
    'drop-table',
    'drop-table-locks-parents',
    'rename-table',
  ],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['RenameStmt'],
  check,
};
