import { qualifiedText } from '../../sql/identifier.ts';
import { relationName, schemaOf } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterInTransaction } from '../neighbours.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { givesName, RELATIONS, stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  const { catalog } = context;
  if (!('RenameStmt' in node) || !RELATIONS.has(node.RenameStmt.renameType ?? '')) return [];
  const { relation, newname = '', missing_ok: ifExists } = node.RenameStmt;
  const name = relationName(catalog, relation);
  const kind = catalog.relations.get(name)?.kind;
  const isAbsent = ifExists === true && catalog.complete && kind === undefined;
  if (!stoodBefore(catalog, name) || isAbsent || kind === 'index' || kind === 'sequence') return [];
  if (laterInTransaction(statement, context).some((later) => givesName(later, catalog, name))) return [];
  const target = `${schemaOf(name)}.${newname}`;
  const view = `CREATE VIEW ${qualifiedText(name)} AS SELECT * FROM ${qualifiedText(target)}`;
  return [
    {
      relation: name,
      message: `Running code that still names ${code(name)} fails as soon as it is called ${code(target)}.`,
      help: `Leave a view with the same privileges under the old name in the same transaction, ${code(view)}, and drop it when no running code uses it any more.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'rename-table',
  section: 'tables',
  title: 'Renaming a table breaks the code that still runs',
  condition:
    'A table or view that stood before is renamed, and nothing takes its name in the same transaction.',
  effect: 'The version of the application that still runs fails on every statement that names it.',
  workaround: 'Leave a view under the old name in the same transaction, until no code uses it.',
  severity: 'warning',
  beneath: ['drop-table', 'drop-table-locks-parents', 'drop-column', 'drop-column-drops-constraints'],
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['RenameStmt'],
  check,
};
