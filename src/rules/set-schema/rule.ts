import { qualifiedText } from '../../sql/identifier.ts';
import { bareName, relationName, schemaOf } from '../../sql/names.ts';
import type { Statement } from '../../sql/statement.ts';
import { laterInTransaction } from '../neighbours.ts';
import type { Complaint, Rule, RuleContext } from '../rule.ts';
import { givesName, RELATIONS, stoodBefore } from '../standing.ts';
import { code } from '../words.ts';

function check(statement: Statement, context: RuleContext): readonly Complaint[] {
  const { node } = statement;
  const { catalog } = context;
  if (!('AlterObjectSchemaStmt' in node) || !RELATIONS.has(node.AlterObjectSchemaStmt.objectType ?? ''))
    return [];
  const { relation, newschema = '', missing_ok: ifExists } = node.AlterObjectSchemaStmt;
  const name = relationName(catalog, relation);
  const isAbsent = ifExists === true && catalog.complete && !catalog.relations.has(name);
  if (!stoodBefore(catalog, name) || isAbsent || schemaOf(name) === newschema) return [];
  if (laterInTransaction(statement, context).some((later) => givesName(later, catalog, name))) return [];
  const target = `${newschema}.${bareName(name)}`;
  const view = `CREATE VIEW ${qualifiedText(name)} AS SELECT * FROM ${qualifiedText(target)}`;
  return [
    {
      relation: name,
      message: `Running code that looks for ${code(name)} where it stood fails as soon as it is ${code(target)}.`,
      help: `Leave a view with the same privileges in the old schema in the same transaction, ${code(view)}, and drop it when no running code uses it any more.`,
    },
  ];
}

export const rule: Rule = {
  slug: 'set-schema',
  section: 'tables',
  title: 'Moving a table to another schema breaks the code that still runs',
  condition:
    'A table or view that stood before moves to another schema, and nothing takes its place in the same transaction.',
  effect: 'The version that still runs does not find it any more.',
  workaround: 'Leave a view in the old schema in the same transaction, until no code uses it.',
  severity: 'warning',
  since: 13,
  claim: { lock: 'AccessExclusiveLock', rewrite: false, scan: false, builds: false },
  kinds: ['AlterObjectSchemaStmt'],
  check,
};
